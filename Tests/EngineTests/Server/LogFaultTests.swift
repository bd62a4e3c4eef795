// The append-only file on a disk of which each step fails in turn, or behind each step of which the power goes, or that
// is full for a while. A client counts: each number comes as a command of its own and as a transaction of two.

import Platform
import Synchronization
import TestSupport
import Testing

@testable import Engine

/// What a client was promised, whatever became of the server that promised it.
private final class Promises: Sendable {
    private let last = Atomic(0)
    /// The last number of which the client has heard that it is there.
    var acknowledged: Int { last.load(ordering: .sequentiallyConsistent) }

    func acknowledge(_ number: Int) { last.store(number, ordering: .sequentiallyConsistent) }
}

/// How far the numbers have come: the list of them, and the two halves of the transactions.
private struct Count: Equatable, CustomStringConvertible {
    let listed: Int
    let halves: [String]
    var isWhole: Bool { halves[0] == halves[1] }
    var description: String { "\(listed) and \(halves)" }
}

@Suite struct LogFaultTests {
    private func settings(_ sync: AppendSync) -> Settings {
        var settings = Settings()
        settings.appendOnly = true
        settings.appendSync = sync
        settings.savePoints = []
        return settings
    }

    /// Counts on until `limit`, or until the server does not agree; a second passes for every tenth number.
    private func count(_ machine: inout Machine, to limit: Int, _ promises: Promises) -> Bool {
        let text = String(repeating: "x", count: 40)
        while promises.acknowledged < limit {
            let number = promises.acknowledged + 1
            guard machine.ask("RPUSH list \(number)") == ":\(number)\r\n" else { return false }
            machine.say("MULTI\r\nSET a \(number)-\(text)\r\nSET b \(number)-\(text)\r\nEXEC\r\n")
            machine.turns()
            guard machine.hear().hasSuffix("*2\r\n+OK\r\n+OK\r\n") else { return false }
            promises.acknowledge(number)
            if number % 10 == 0 { machine.pass(milliseconds: 1000) }
        }
        return true
    }

    private func counted(_ machine: inout Machine) -> Count {
        let numbers = machine.ask("LRANGE list 0 -1").split(separator: "\r\n").filter { !"*$".contains($0.prefix(1)) }
        #expect(numbers.map { Int($0) } == (0..<numbers.count).map { $0 + 1 })
        let halves = ["a", "b"].map { key in
            String(machine.ask("GET \(key)").split(separator: "\r\n").last?.prefix { $0 != "-" } ?? "")
        }
        return Count(listed: numbers.count, halves: halves)
    }

    /// Starts a server on what is left, twice: what the second finds is what the first found.
    private func look(_ host: FakeHost, _ settings: Settings, _ survival: SimulatedDisk.Survival) -> Count? {
        var counts: [Count] = []
        for round in 0..<2 {
            host.simulatedDisk.restart(round == 0 ? survival : .durable)
            let box = Found()
            let end = live(on: host) {
                var machine = Machine(settings, host: host)
                box.count.withLock { $0 = counted(&machine) }
            }
            #expect(end == .released)
            guard let count = box.count.withLock({ $0 }) else { return nil }
            counts.append(count)
        }
        #expect(counts[0] == counts[1])
        return counts.last
    }

    private final class Found: Sendable {
        let count = Mutex<Count?>(nil)
    }

    // MARK: Power

    @Test(arguments: 0..<3) func underAlwaysNothingAcknowledgedIsLostToAPowerCut(_ seed: Int) {
        let settings = settings(.always)
        var number = 0, isDone = false
        while !isDone {
            let host = FakeHost(), promises = Promises()
            host.simulatedDisk.cutPower(afterOperation: number)
            let end = live(on: host) {
                var machine = Machine(settings, host: host)
                _ = count(&machine, to: 6, promises)
            }
            isDone = end == .released
            #expect(isDone || end == .exited(1), "\(number) steps")
            let found = look(host, settings, seed == 0 ? .durable : .prefix(seed: UInt64(seed * 1000 + number)))
            #expect(found?.isWhole == true, "\(number) steps: \(String(describing: found))")
            #expect((found?.listed ?? 0) >= promises.acknowledged, "\(number) steps")
            #expect(
                found?.halves[0] ?? "" == "\(found?.listed ?? 0)" || (found?.listed ?? 0) <= promises.acknowledged + 1)
            number += 1
        }
        #expect(number > 20)
    }

    @Test(arguments: 0..<3) func everySecondAWholePrefixIsLeft(_ seed: Int) {
        let settings = settings(.everySecond)
        var number = 0, isDone = false
        while !isDone {
            let host = FakeHost(), promises = Promises()
            host.simulatedDisk.cutPower(afterOperation: number)
            _ = live(on: host) {
                var machine = Machine(settings, host: host)
                _ = count(&machine, to: 35, promises)
            }
            isDone = !host.simulatedDisk.isOff
            let found = look(host, settings, seed == 0 ? .durable : .prefix(seed: UInt64(seed * 1000 + number)))
            #expect(found?.isWhole == true, "\(number) steps: \(String(describing: found))")
            // Ten numbers come each second, and two seconds may be lost.
            #expect((found?.listed ?? 0) >= promises.acknowledged - 20, "\(number) steps")
            number += 7
        }
    }

    // MARK: Failures

    @Test func underAlwaysAFailureEndsTheServerAndLosesNothing() {
        let settings = settings(.always)
        var number = 1, isDone = false
        while !isDone {
            let host = FakeHost(), promises = Promises(), disk = host.simulatedDisk
            disk.fail(operation: number, with: number % 2 == 0 ? .damaged : .full())
            _ = live(on: host) {
                var machine = Machine(settings, host: host)
                _ = count(&machine, to: 6, promises)
            }
            isDone = disk.hasFaults
            let step = disk.operations.last?.description ?? ""
            let found = look(host, settings, .everything)
            #expect(found?.isWhole == true, "\(step)")
            #expect((found?.listed ?? 0) >= promises.acknowledged, "\(step)")
            number += 1
        }
        #expect(number > 20)
    }

    /// Linux drops what it could not write: the sync after that one succeeds, and what it was asked for is not there.
    @Test func underAlwaysNoFailedSyncLeavesWhatIsLostLater() {
        let settings = settings(.always)
        var number = 1, isDone = false
        while !isDone {
            let host = FakeHost(), promises = Promises(), disk = host.simulatedDisk
            disk.syncFailureLosesData = true
            disk.fail(operation: number, .sync)
            let end = live(on: host) {
                var machine = Machine(settings, host: host)
                _ = count(&machine, to: 6, promises)
            }
            isDone = disk.hasFaults
            #expect(isDone || end == .exited(1), "sync \(number)")
            disk.restart(.everything)
            let next = live(on: host) {
                var machine = Machine(settings, host: host)
                let found = counted(&machine)
                #expect(found.isWhole)
                // The list may have been told of, and the transaction not.
                if found.listed > promises.acknowledged { #expect(machine.ask("RPOP list").hasPrefix("$")) }
                #expect(count(&machine, to: promises.acknowledged + 3, promises))
            }
            #expect(next == .released)
            let found = look(host, settings, .durable)
            let last = promises.acknowledged
            #expect(found == Count(listed: last, halves: ["\(last)", "\(last)"]), "sync \(number)")
            number += 1
        }
        #expect(number > 10)
    }

    @Test func everySecondWhatAFailedSyncLostIsWrittenAgain() {
        let settings = settings(.everySecond)
        var number = 1, isDone = false
        while !isDone {
            let host = FakeHost(), promises = Promises(), disk = host.simulatedDisk
            disk.syncFailureLosesData = true
            let sync = number
            let end = live(on: host) {
                var machine = Machine(settings, host: host)
                disk.fail(operation: sync, .sync)
                while promises.acknowledged < 45 {
                    if count(&machine, to: 45, promises) { break }
                    // What was not agreed to may have been done.
                    machine.pass(milliseconds: 1100)
                    let found = counted(&machine)
                    #expect(found.isWhole)
                    if found.listed > promises.acknowledged { #expect(machine.ask("RPOP list").hasPrefix("$")) }
                }
                for _ in 0..<4 {
                    machine.pass(milliseconds: 1000)
                    machine.settle()
                }
                #expect(machine.information("aof_last_write_status") == "ok")
                #expect(machine.ask("WAITAOF 1 0 0") == "*2\r\n:1\r\n:0\r\n")
            }
            isDone = disk.hasFaults
            #expect(end == .released)
            #expect(look(host, settings, .durable) == Count(listed: 45, halves: ["45", "45"]), "sync \(number)")
            number += 1
        }
        #expect(number > 4)
    }

    @Test(arguments: [false, true]) func afterAFailureWritesGoOnWithoutARestart(_ shortens: Bool) {
        let settings = settings(.everySecond)
        var number = 1, isDone = false
        while !isDone {
            let host = FakeHost(), promises = Promises(), disk = host.simulatedDisk
            if shortens { disk.longestAppend = 5 }
            let step = number
            let end = live(on: host) {
                var machine = Machine(settings, host: host)
                disk.fail(operation: step, with: .full())
                let isCounted = count(&machine, to: 25, promises)
                if !isCounted {
                    #expect(machine.ask("LLEN list").hasPrefix(":"))
                    // What was not agreed to may have been done: it is not counted twice.
                    machine.pass(milliseconds: 1100)
                    let count = counted(&machine)
                    if count.listed > promises.acknowledged { #expect(machine.ask("RPOP list").hasPrefix("$")) }
                    #expect(count.isWhole)
                }
                #expect(count(&machine, to: 30, promises))
                machine.pass(milliseconds: 2000)
                #expect(machine.information("aof_last_write_status") == "ok")
            }
            isDone = disk.hasFaults
            #expect(end == .released)
            let found = look(host, settings, .durable)
            #expect(found == Count(listed: 30, halves: ["30", "30"]), "step \(number): \(String(describing: found))")
            number += shortens ? 11 : 1
        }
        #expect(number > 5)
    }

    @Test func aFullDiskStopsWritesUntilThereIsRoom() {
        let settings = settings(.everySecond)
        for room in [0, 1, 20, 50, 100, 150, 200, 777] {
            let host = FakeHost(), promises = Promises(), disk = host.simulatedDisk
            let end = live(on: host) {
                var machine = Machine(settings, host: host)
                #expect(count(&machine, to: 15, promises))
                disk.capacity = disk.bytesUsed + room
                _ = count(&machine, to: 60, promises)
                #expect(promises.acknowledged < 25)
                machine.pass(milliseconds: 1000)
                #expect(machine.ask("RPUSH list 0").hasPrefix("-MISCONF Errors writing to the AOF file: No space left"))
                #expect(machine.information("aof_last_write_status") == "err")
                let count = counted(&machine)
                #expect(count.listed >= promises.acknowledged)
                disk.capacity = .max
                machine.pass(milliseconds: 1000)
                #expect(machine.ask("RPUSH list \(count.listed + 1)").hasPrefix(":"))
                #expect(machine.information("aof_last_write_status") == "ok")
                machine.pass(milliseconds: 2000)
                machine.settle()
                promises.acknowledge(count.listed + 1)
            }
            #expect(end == .released)
            let found = look(host, settings, .durable)
            #expect(found?.isWhole == true)
            #expect(found?.listed == promises.acknowledged)
        }
    }

    // MARK: The start

    @Test func whateverFailsAtTheStartTheNextStartSucceeds() {
        let settings = settings(.always)
        var number = 1, isDone = false
        while !isDone {
            let host = FakeHost(), promises = Promises(), disk = host.simulatedDisk
            _ = live(on: host) {
                var machine = Machine(settings, host: host)
                #expect(count(&machine, to: 5, promises))
            }
            disk.restart(.everything)
            // The end of a transaction is missing: it is cut off at the start.
            let name = "appendonlydir/appendonly.aof.1.incr.aof"
            disk[name] =
                (disk[name] ?? []) + Array("*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nx\r\n".utf8)
            disk.fail(operation: number)
            _ = live(on: host) {
                var machine = Machine(settings, host: host)
                #expect(counted(&machine) == Count(listed: 5, halves: ["5", "5"]))
                _ = count(&machine, to: 8, promises)
            }
            isDone = disk.hasFaults
            let step = disk.operations.last?.description ?? ""
            let found = look(host, settings, number % 2 == 0 ? .durable : .everything)
            #expect(found?.isWhole == true, "step \(number): \(String(describing: found))")
            #expect((found?.listed ?? 0) >= promises.acknowledged, "\(step)")
            number += 1
        }
    }
}
