// The append-only file on a disk that fails, fills up, loses power, or is cut anywhere: what was acknowledged is there,
// a transaction is whole or absent, and what a start has given up never comes back.

import Platform
import Synchronization
import TestSupport
import Testing

@testable import Engine

@Suite struct AppendOnlyTests {
    private static let increment = "/data/appendonlydir/appendonly.aof.1.incr.aof"

    private static func settings(_ sync: AppendSync, _ change: (inout Settings) -> Void = { _ in }) -> Settings {
        var settings = Settings()
        settings.appendOnly = true
        settings.appendSync = sync
        settings.savePoints = []
        change(&settings)
        return settings
    }

    @Test func whatWasSaidIsThereAgain() {
        var machine = Machine(AppendOnlyTests.settings(.always))
        #expect(machine.ask("SET a 1") == "+OK\r\n")
        #expect(machine.ask("SELECT 3") == "+OK\r\n")
        #expect(machine.ask("RPUSH l 1 2 3") == ":3\r\n")
        machine.restart()
        #expect(machine.ask("GET a") == "$1\r\n1\r\n")
        _ = machine.ask("SELECT 3")
        #expect(machine.ask("LLEN l") == ":3\r\n")
        #expect(machine.information("aof_enabled") == "1")
    }

    @Test func aFileCutAnywhereBecomesAWholePrefixForEver() {
        var machine = Machine(AppendOnlyTests.settings(.always))
        var whole: [(size: Int, digest: String)] = [(0, machine.ask("DEBUG DIGEST"))]
        for line in [
            "SET a 1", "MULTI\r\nINCR x\r\nINCR y\r\nEXEC", "SELECT 2\r\nRPUSH l a b", "DEL a",
            "MULTI\r\nSELECT 1\r\nINCR x\r\nSELECT 0\r\nINCR y\r\nSET s \"*1 $5\"\r\nEXEC",
            "SELECT 0\r\nSET last 1 PX 900000",
        ] {
            _ = machine.ask(line)
            machine.turns()
            whole.append((machine.disk[AppendOnlyTests.increment]?.count ?? 0, machine.ask("DEBUG DIGEST")))
        }
        let file = machine.disk[AppendOnlyTests.increment] ?? []
        #expect(file.count > 300)
        for size in 0...file.count {
            machine.disk[AppendOnlyTests.increment] = Array(file.prefix(size))
            machine.restart()
            let expected = whole.last { $0.size <= size }
            #expect(machine.ask("DEBUG DIGEST") == expected?.digest, "cut to \(size) bytes")
            // What is written now must not complete what was given up.
            _ = machine.ask("MULTI\r\nSET new 1\r\nSET newer 1\r\nEXEC")
            _ = machine.ask("DEL new newer")
            machine.restart()
            #expect(machine.ask("DEBUG DIGEST") == expected?.digest, "cut to \(size) bytes, at the second start")
        }
    }

    @Test func noReplyUnderAlwaysComesBeforeItsSync() {
        var settings = AppendOnlyTests.settings(.always)
        settings.rewritesAsSnapshot = false
        for count in 0..<40 {
            let host = FakeHost(), acknowledged = Mutex(0)
            host.simulatedDisk.workingDirectory = "/data"
            let end = live(on: host) { [settings] in
                var machine = Machine(settings, host: host)
                host.simulatedDisk.cutPower(afterOperation: count)
                for number in 1...50 where machine.ask("SET n \(number)") == "+OK\r\n" {
                    acknowledged.withLock { $0 = number }
                }
            }
            host.simulatedDisk.restart()
            var machine = Machine(settings, host: host)
            let last = acknowledged.withLock { $0 }
            let reply = machine.ask("GET n")
            let found = Int(reply.split(separator: "\r\n").last ?? "") ?? 0
            #expect(found >= last, "power cut after \(count) steps, \(end)")
            // What no reply has told of may be there, but no more than the one write that was on its way.
            #expect(found <= last + 1)
        }
    }

    @Test func aFullDiskRefusesWritesUntilThereIsRoom() {
        var machine = Machine(AppendOnlyTests.settings(.everySecond))
        #expect(machine.ask("SET a 1") == "+OK\r\n")
        machine.disk.fail(.write, with: .full(), lasts: true)
        #expect(machine.ask("SET a 2") == "+OK\r\n")
        #expect(machine.ask("SET a 3") == "-MISCONF Errors writing to the AOF file: No space left on device\r\n")
        #expect(machine.ask("PING").hasPrefix("-MISCONF"))
        #expect(machine.ask("MULTI\r\nSET a 3\r\nEXEC").hasSuffix("previous errors.\r\n"))
        #expect(machine.ask("GET a") == "$1\r\n2\r\n")
        #expect(machine.information("aof_last_write_status") == "err")
        machine.disk.repair()
        machine.turns()
        #expect(machine.information("aof_last_write_status") == "ok")
        #expect(machine.ask("SET a 4") == "+OK\r\n")
        machine.pass(milliseconds: 2000)
        machine.settle()
        machine.restart()
        #expect(machine.ask("GET a") == "$1\r\n4\r\n")
    }

    @Test func everySecondTheFileIsSynced() {
        var machine = Machine(AppendOnlyTests.settings(.everySecond))
        _ = machine.ask("SET a 1")
        machine.pass(milliseconds: 1100)
        machine.settle()
        machine.pass(milliseconds: 1100)
        machine.settle()
        machine.restart()
        #expect(machine.ask("GET a") == "$1\r\n1\r\n")
    }

    @Test func WAITAOFWaitsForTheSync() {
        var machine = Machine(AppendOnlyTests.settings(.everySecond))
        machine.pass(milliseconds: 2000)
        machine.settle()
        _ = machine.ask("SET a 1")
        machine.say("WAITAOF 1 0 0\r\n")
        machine.loop.turn()
        machine.pass(milliseconds: 1100)
        machine.settle()
        #expect(machine.hear() == "*2\r\n:1\r\n:0\r\n")
        #expect(machine.ask("WAITAOF 1 0 0") == "*2\r\n:1\r\n:0\r\n")
        #expect(machine.ask("WAITAOF 1 1 0").isEmpty)
    }

    @Test func aLogIsSwitchedOnAndOffWhileTheServerRuns() {
        var machine = Machine(AppendOnlyTests.settings(.always) { $0.appendOnly = false })
        _ = machine.ask("SET before 1")
        #expect(machine.ask("CONFIG SET appendonly yes") == "+OK\r\n")
        _ = machine.ask("SET meanwhile 1")
        machine.settle()
        #expect(machine.information("aof_enabled") == "1")
        #expect(machine.information("aof_rewrite_in_progress") == "0")
        _ = machine.ask("SET after 1")
        machine.settings.appendOnly = true
        machine.restart()
        #expect(machine.ask("EXISTS before meanwhile after") == ":3\r\n")
        #expect(machine.ask("CONFIG SET appendonly no") == "+OK\r\n")
        _ = machine.ask("SET unlogged 1")
        machine.restart()
        #expect(machine.ask("EXISTS before meanwhile after unlogged") == ":3\r\n")
    }

    @Test(arguments: [true, false]) func aRewriteLosesAndDoublesNothing(asSnapshot: Bool) {
        var machine = Machine(AppendOnlyTests.settings(.always) { $0.rewritesAsSnapshot = asSnapshot })
        for number in 0..<50 { _ = machine.ask("INCR n\r\nRPUSH l \(number)") }
        #expect(machine.ask("BGREWRITEAOF") == "+Background append only file rewriting started\r\n")
        _ = machine.ask("INCR n\r\nRPUSH l meanwhile")
        machine.settle()
        _ = machine.ask("INCR n")
        let digest = machine.ask("DEBUG DIGEST")
        #expect(machine.information("aof_last_bgrewrite_status") == "ok")
        #expect(
            machine.disk["/data/appendonlydir/appendonly.aof.manifest"]?.string == """
                file appendonly.aof.2.base.\(asSnapshot ? "rdb" : "aof") seq 2 type b
                file appendonly.aof.2.incr.aof seq 2 type i

                """)
        #expect(machine.disk[AppendOnlyTests.increment] == nil)
        machine.restart()
        #expect(machine.ask("DEBUG DIGEST") == digest)
        #expect(machine.ask("GET n") == "$2\r\n52\r\n")
    }

    @Test(arguments: [
        "appendonly.aof.2.base.rdb", "appendonly.aof.2.base.aof", "appendonly.aof.2.incr.aof",
        "temp-appendonly.aof.manifest",
    ]) func whatNoManifestNamesIsRemoved(name: String) {
        var machine = Machine(AppendOnlyTests.settings(.always))
        _ = machine.ask("INCR n")
        let left = "/data/appendonlydir/\(name)"
        machine.disk[left] = Array("whole, but for its name in the manifest".utf8)
        machine.restart()
        #expect(machine.disk[left] == nil)
        #expect(machine.ask("GET n") == "$1\r\n1\r\n")
    }

    @Test func whatTheManifestHasForgottenIsRemovedAtTheStart() {
        let past = ["1.base.rdb", "2.base.aof", "1.incr.aof", "2.incr.aof"]
        let others = ["9.base.rdb", "9.incr.aof", "1.incr.aof.bak", "x.base.rdb", "-1.incr.aof", "1.base"]
        for keepsHistory in [true, false] {
            var machine = Machine(AppendOnlyTests.settings(.always) { $0.keepsLogHistory = keepsHistory })
            for _ in 0..<2 {
                _ = machine.ask("INCR n\r\nBGREWRITEAOF")
                machine.settle()
            }
            _ = machine.ask("CONFIG SET aof-disable-auto-gc no")
            machine.settle()
            let path = "/data/appendonlydir/"
            #expect(machine.disk[path + "appendonly.aof.3.base.rdb"] != nil)
            for name in past + others { machine.disk[path + "appendonly.aof." + name] = [1, 2, 3] }
            machine.disk[path + "other.aof.1.incr.aof"] = [1]
            machine.restart()
            #expect(machine.disk.paths.filter { $0.contains(".aof.9.") || $0.contains("other") }.count == 3)
            for name in past { #expect((machine.disk[path + "appendonly.aof." + name] != nil) == keepsHistory) }
            for name in others { #expect(machine.disk[path + "appendonly.aof." + name] != nil) }
            #expect(machine.ask("GET n") == "$1\r\n2\r\n")
        }
    }

    @Test func aRewriteMayFailAnywhere() {
        var step = 1, isThrough = false
        while !isThrough, step < 200 {
            var machine = Machine(AppendOnlyTests.settings(.everySecond))
            for _ in 0..<5 { _ = machine.ask("INCR n") }
            machine.disk.fail(operation: step)
            _ = machine.ask("BGREWRITEAOF")
            var count = 5
            // A sync may have failed until now, and then nothing is written.
            if machine.ask("INCR n").hasPrefix(":") { count += 1 }
            machine.settle()
            isThrough = machine.disk.hasFaults
            machine.disk.repair()
            machine.pass(milliseconds: 2100)
            machine.settle()
            #expect(machine.ask("INCR n").hasPrefix(":"), "step \(step) failed")
            count += 1
            machine.pass(milliseconds: 2100)
            machine.settle()
            machine.restart(.everything)
            #expect(machine.ask("GET n") == "$1\r\n\(count)\r\n", "step \(step) failed")
            step += 1
        }
        #expect(step > 10 && isThrough)
    }

    @Test func powerMayGoAnywhereInARewrite() {
        let settings = AppendOnlyTests.settings(.always)
        var count = 0, isThrough = false
        while !isThrough, count < 200 {
            let host = FakeHost(), acknowledged = Mutex(0), done = Mutex(false)
            host.simulatedDisk.workingDirectory = "/data"
            _ = live(on: host) { [settings, count] in
                var machine = Machine(settings, host: host)
                for _ in 0..<5 where machine.ask("INCR n").hasPrefix(":") { acknowledged.withLock { $0 += 1 } }
                host.simulatedDisk.cutPower(afterOperation: count)
                _ = machine.ask("BGREWRITEAOF")
                for _ in 0..<5 where machine.ask("INCR n").hasPrefix(":") { acknowledged.withLock { $0 += 1 } }
                machine.settle()
                done.withLock { $0 = !host.simulatedDisk.isOff }
            }
            isThrough = done.withLock { $0 }
            host.simulatedDisk.restart()
            var machine = Machine(settings, host: host)
            let last = acknowledged.withLock { $0 }
            let found = Int(machine.ask("GET n").split(separator: "\r\n").last ?? "") ?? 0
            #expect(found >= last && found <= last + 1, "power cut after \(count) steps")
            count += 1
        }
        #expect(isThrough)
    }
}
