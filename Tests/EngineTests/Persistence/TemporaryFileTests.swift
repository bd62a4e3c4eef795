// Which files a server takes for the leavings of a process that is gone.

import TestSupport
import Testing

@testable import Engine

@Suite struct TemporaryFileTests {
    @Test(arguments: [
        ("temp-12.rdb", TemporaryFile.Kind.snapshot), ("temp-1700000000.12.rdb", .snapshot),
        ("temp-12.rdb.spill", .snapshot), ("temp-rewriteaof-12.aof", .rewrite),
        ("temp-rewriteaof-bg-12.aof", .rewriteOfChild),
    ])
    func namesAreKnown(_ name: String, _ kind: TemporaryFile.Kind) {
        #expect(TemporaryFile(named: name) == TemporaryFile(kind, of: 12))
        if !name.hasSuffix("spill"), !name.contains("1700") { #expect(TemporaryFile(kind, of: 12).name == name) }
    }

    @Test(arguments: [
        "dump.rdb", "temp-.rdb", "temp-1x.rdb", "temp-1.2.3.rdb", "temp-.1.rdb", "temp-1..rdb", "temp--1.rdb",
        "temp-1.rdb.gz",
        "temp-rewriteaof-.aof", "temp-rewriteaof-1.2.aof", "temp-1.aof", "atemp-1.rdb", "temp-99999999999999999999.rdb",
        "",
    ])
    func otherNamesAreNot(_ name: String) { #expect(TemporaryFile(named: name) == nil) }

    @Test func whatDeadProcessesLeftIsRemoved() {
        let host = FakeHost(), disk = host.simulatedDisk
        let kept = ["dump.rdb", "temp-7.rdb", "temp-rewriteaof-bg-7.aof", "sub/temp-1.rdb", "temp-x.rdb"]
        // The fake process is number 42: one before it had the same.
        for name in kept + ["temp-42.rdb", "temp-6.rdb", "temp-rewriteaof-6.aof", "temp-rewriteaof-bg-6.aof.spill"] {
            disk[name] = [1]
        }
        host.otherProcesses = [7]
        var context = CommandContext(now: 0, seed: 1, host: host)
        context.removeTemporaryFiles()
        #expect(disk.paths == kept.map { "/data/\($0)" }.sorted())
        disk["temp-6.rdb"] = [1]
        disk.fail(.remove)
        context.removeTemporaryFiles()
        disk.fail(.names)
        context.removeTemporaryFiles()
        #expect(disk["temp-6.rdb"] == [1])
        context.removeTemporaryFiles()
        #expect(disk["temp-6.rdb"] == nil)
    }
}
