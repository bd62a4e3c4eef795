// Saving through the event loop on a disk of which each step fails in turn, or behind each step of which the power
// goes, or that is full for a while.

import Platform
import TestSupport
import Testing

@testable import Engine

@Suite struct SavingFaultTests {
    /// Servers that save when they are told to, or what was changed a second ago; with small and large values.
    private func machine() -> Machine {
        var settings = Settings()
        settings.savePoints = [SavePoint(seconds: 1, changes: 1)]
        settings.stopsWritesOnSaveError = true
        var machine = Machine(settings)
        #expect(machine.ask("DEBUG POPULATE 300 key 20").hasPrefix("+OK"))
        let members = (0..<700).map { "\($0) member-\($0)" }.joined(separator: " ")
        #expect(machine.ask("ZADD large \(members)") == ":700\r\n")
        #expect(machine.ask("SET version old") == "+OK\r\n")
        #expect(machine.ask("SAVE") == "+OK\r\n")
        #expect(machine.ask("SET version new") == "+OK\r\n")
        return machine
    }

    private func version(_ machine: inout Machine) -> String {
        #expect(machine.ask("DBSIZE") == ":302\r\n")
        #expect(machine.ask("ZCARD large") == ":700\r\n")
        return String(machine.ask("GET version").split(separator: "\r\n").last ?? "")
    }

    /// Begins to save and goes on until that is over. Returns whether it succeeded.
    private func save(_ machine: inout Machine, by command: String) -> Bool {
        let reply = machine.ask(command)
        guard command == "BGSAVE" else { return reply == "+OK\r\n" }
        #expect(reply == "+Background saving started\r\n")
        machine.settle()
        return machine.loop.server.context.saving.hasFailed == false
    }

    @Test(arguments: ["SAVE", "BGSAVE"]) func whateverFailsIsSaidAndLeavesTheOldFile(_ command: String) throws {
        var number = 1, isDone = false
        while !isDone {
            var machine = machine()
            let disk = machine.disk, old = try #require(disk["dump.rdb"]), lastSave = machine.ask("LASTSAVE")
            machine.pass(milliseconds: 500)
            let before = disk.operationCount
            disk.fail(operation: number, with: number % 2 == 0 ? .damaged : .full())
            let isSaved = save(&machine, by: command)
            isDone = disk.hasFaults
            let step = disk.operations[min(before + number, disk.operationCount) - 1]
            disk.repair()
            // When its directory cannot be synced, the file is in its place, but not safe there.
            #expect((disk["dump.rdb"] != old) == (isSaved || step.kind == .syncDirectory), "\(step)")
            #expect(disk.paths.filter { $0.hasPrefix("/data/temp") } == [], "\(step)")
            #expect(disk.openCount == 0, "\(step)")
            if command == "BGSAVE" {
                #expect(machine.information("rdb_last_bgsave_status") == (isSaved ? "ok" : "err"), "\(step)")
                #expect(machine.ask("SET other 1").hasPrefix(isSaved ? "+OK" : "-MISCONF"), "\(step)")
            }
            if !isSaved { #expect(machine.ask("LASTSAVE") == lastSave) }
            // Reads go on, the next save succeeds, and then writes do again.
            #expect(machine.ask("GET version") == "$3\r\nnew\r\n")
            #expect(save(&machine, by: command))
            #expect(machine.information("rdb_last_bgsave_status") == "ok")
            #expect(machine.ask("DEL other").hasPrefix(":"))
            machine.restart()
            #expect(machine.ask("DEL other").hasPrefix(":"))
            #expect(version(&machine) == "new", "\(step)")
            number += 1
        }
        #expect(number > 8)
    }

    @Test(arguments: ["SAVE", "BGSAVE"]) func wheneverThePowerGoesOneOfTheFilesIsThere(_ command: String) {
        var number = 0, isDone = false
        while !isDone {
            for seed in 0..<4 {
                var machine = machine()
                let disk = machine.disk
                disk.cutPower(afterOperation: number)
                isDone = save(&machine, by: command)
                machine.restart(seed == 0 ? .durable : .prefix(seed: UInt64(seed)))
                let version = version(&machine)
                #expect(version == "new" || version == "old" && !isDone, "\(number) steps, seed \(seed)")
                #expect(disk.paths == ["/data/dump.rdb"], "\(number) steps, seed \(seed)")
            }
            number += 1
        }
    }

    @Test func aFullDiskStopsWritesUntilThereIsRoom() {
        var machine = machine()
        let disk = machine.disk
        disk.capacity = disk.bytesUsed + 100
        machine.pass(milliseconds: 2500)
        machine.settle()
        #expect(machine.ask("SET a 1").hasPrefix("-MISCONF"))
        #expect(machine.ask("GET version") == "$3\r\nnew\r\n")
        #expect(machine.information("rdb_last_bgsave_status") == "err")
        disk.capacity = .max
        // It is tried again every five seconds.
        machine.pass(milliseconds: 6100)
        machine.settle()
        #expect(machine.ask("SET a 1") == "+OK\r\n")
        #expect(machine.information("rdb_last_bgsave_status") == "ok")
    }

    @Test func aProcessThatIsKilledLeavesNothingToItsSuccessor() {
        var number = 0, isDone = false
        while !isDone {
            var machine = machine()
            machine.say("BGSAVE\r\n")
            machine.turns(number)
            isDone = machine.loop.server.context.saving.run == nil && number > 2
            machine.restart(.everything)
            #expect(machine.disk.paths == ["/data/dump.rdb"])
            _ = version(&machine)
            number += 1
        }
    }
}
