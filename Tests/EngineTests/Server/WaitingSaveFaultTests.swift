// Saving for which everybody waits, on a disk of which each step fails in turn, or behind each step of which the power
// goes: the end of the process, and DEBUG RELOAD.

import Platform
import Synchronization
import TestSupport
import Testing

@testable import Engine

/// What a life on another thread has seen.
private final class Notes: Sendable {
    let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
}

/// A server with an old snapshot, and data that have changed since.
private func changedMachine(_ host: FakeHost = FakeHost()) -> Machine {
    var machine = Machine(host: host)
    _ = machine.ask("DEBUG POPULATE 40 key 200")
    _ = machine.ask("SETRANGE long 300000 x")
    _ = machine.ask("SET version old")
    _ = machine.ask("SAVE")
    _ = machine.ask("SET version new")
    return machine
}

private func version(_ machine: inout Machine) -> String {
    if machine.ask("DBSIZE") != ":42\r\n" || machine.ask("STRLEN long") != ":300001\r\n" { return "incomplete" }
    return String(machine.ask("GET version").split(separator: "\r\n").last ?? "")
}

/// The data that a server finds which starts on what is left.
private func versionLeft(_ host: FakeHost, _ survival: SimulatedDisk.Survival) -> String {
    host.simulatedDisk.restart(survival)
    let notes = Notes()
    let end = live(on: host) {
        var machine = Machine(host: host)
        notes.add(version(&machine))
    }
    return end == .released && host.simulatedDisk.paths == ["/data/dump.rdb"] ? notes.all.last ?? "" : "\(end)"
}

@Suite struct WaitingSaveFaultTests {
    // MARK: The end of the process

    @Test func anEndThatCannotSaveIsRefusedAndTheNextOneSaves() {
        var number = 1, isDone = false
        while !isDone {
            let host = FakeHost(), disk = host.simulatedDisk, notes = Notes(), failing = number
            let end = live(on: host) {
                var machine = changedMachine(host)
                disk.fail(operation: failing, with: failing % 2 == 0 ? .damaged : .full())
                notes.add(machine.ask("SHUTDOWN SAVE"))
                disk.repair()
                notes.add(version(&machine))
                notes.add("\(disk.paths.filter { $0.hasPrefix("/data/temp") }) \(disk.openCount)")
                _ = machine.ask("SHUTDOWN SAVE")
            }
            isDone = notes.all.isEmpty
            let refusal = "-ERR Errors trying to SHUTDOWN. Check logs.\r\n"
            #expect(end == .exited(0) && (isDone || notes.all == [refusal, "new", "[] 0"]), "\(number): \(notes.all)")
            let left = versionLeft(host, .durable)
            #expect(left == "new", "\(number)")
            number += 1
        }
        #expect(number > 5)
    }

    @Test func anEndThatIsForcedComesWhateverFails() {
        var number = 1, isDone = false
        while !isDone {
            let host = FakeHost(), disk = host.simulatedDisk, failing = number
            let end = live(on: host) {
                var machine = changedMachine(host)
                disk.fail(operation: failing, with: .damaged)
                _ = machine.ask("SHUTDOWN SAVE FORCE")
            }
            isDone = disk.hasFaults
            #expect(end == .exited(0), "\(number)")
            disk.repair()
            let left = versionLeft(host, .everything)
            #expect(left == "new" || left == "old" && !isDone, "\(number): \(left)")
            number += 1
        }
        #expect(number > 5)
    }

    @Test(arguments: 0..<4) func wheneverThePowerGoesAtTheEndOneOfTheFilesIsThere(_ seed: Int) {
        var number = 0, isDone = false
        while !isDone {
            let host = FakeHost(), disk = host.simulatedDisk, last = number
            let end = live(on: host) {
                var machine = changedMachine(host)
                disk.cutPower(afterOperation: last)
                _ = machine.ask("SHUTDOWN SAVE")
            }
            isDone = end == .exited(0) && !disk.isOff
            let left = versionLeft(host, seed == 0 ? .durable : .prefix(seed: UInt64(seed)))
            #expect(left == "new" || left == "old" && !isDone, "\(number) steps: \(left)")
            number += 1
        }
        #expect(number > 5)
    }

    // MARK: DEBUG RELOAD

    @Test func aReloadThatFailsLeavesTheFile() {
        var number = 1, isDone = false, ends: Set<String> = []
        while !isDone {
            let host = FakeHost(), disk = host.simulatedDisk, notes = Notes(), failing = number
            let end = live(on: host) {
                var machine = changedMachine(host)
                disk.fail(operation: failing, with: failing % 2 == 0 ? .damaged : .full())
                notes.add(machine.ask("DEBUG RELOAD"))
                notes.add(version(&machine))
            }
            isDone = disk.hasFaults
            disk.repair()
            // Nothing was saved; or it was, and then could not be read: not at all, or not to its end.
            let said = end == .exited(1) ? "ended" : notes.all.joined(separator: " ")
            let left = versionLeft(host, .everything)
            switch said {
            case "+OK\r\n new", "ended": #expect(left == "new", "\(number)")
            case "-ERR\r\n new": #expect(left == "old" || left == "new", "\(number)")
            case "-ERR Error trying to load the RDB dump, check server logs.\r\n incomplete": #expect(left == "new")
            default: Issue.record("\(number): \(said)")
            }
            ends.insert(said)
            number += 1
        }
        #expect(ends.count == 4, "\(ends)")
    }

    @Test func wheneverThePowerGoesInAReloadOneOfTheFilesIsThere() {
        var number = 0, isDone = false
        while !isDone {
            let host = FakeHost(), disk = host.simulatedDisk, last = number
            _ = live(on: host) {
                var machine = changedMachine(host)
                disk.cutPower(afterOperation: last)
                _ = machine.ask("DEBUG RELOAD")
            }
            isDone = !disk.isOff
            let left = versionLeft(host, .prefix(seed: UInt64(number)))
            #expect(left == "new" || left == "old" && !isDone, "\(number) steps: \(left)")
            number += 1
        }
        #expect(number > 8)
    }
}
