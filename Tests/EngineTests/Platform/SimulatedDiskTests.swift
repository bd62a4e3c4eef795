// What the simulated disk does that no other should: it fails at will, forgets what was not safe, and fills up.

import Platform
import TestSupport
import Testing

@Suite struct SimulatedDiskTests {
    private let disk = SimulatedDisk()

    /// Writes a file, safe or not.
    private func put(_ text: String, _ path: String, syncs: Bool = true) throws {
        let file = try disk.open(path, .append), bytes = Array(text.utf8)
        try unsafe disk.appendAll(file, bytes.span.bytes)
        if syncs { try disk.sync(file) }
        try disk.close(file)
    }

    private func text(_ path: String) -> String? { disk[path].map { String(decoding: $0, as: UTF8.self) } }

    @Test func powerTakesWhatWasNotSynced() throws {
        try put("safe", "a")
        try put("named", "b")
        try disk.syncDirectory(".")
        try put(" and not", "a", syncs: false)
        try put("lost", "c")
        disk.restart()
        #expect(text("a") == "safe")
        #expect(text("b") == "named")
        #expect(text("c") == nil)
    }

    @Test func aRenameIsSafeWhenItsDirectoryIs() throws {
        for syncs in [false, true] {
            disk["old"] = Array("old".utf8)
            try put("new", "draft")
            try disk.rename("draft", to: "old")
            #expect(text("old") == "new")
            if syncs { try disk.syncDirectory(".") }
            disk.restart()
            #expect(text("old") == (syncs ? "new" : "old"))
            #expect(text("draft") == nil)
        }
    }

    @Test func aDirectoryIsLostWithAllThatIsInIt() throws {
        try disk.createDirectory("d")
        try put("x", "d/x")
        try disk.syncDirectory("d")
        disk.restart()
        #expect(text("d/x") == nil)
        #expect(!disk.exists("d"))
        try disk.createDirectory("d")
        try disk.syncDirectory(".")
        try put("x", "d/x")
        try disk.syncDirectory("d")
        disk.restart()
        #expect(text("d/x") == "x")
    }

    @Test func aPrefixOfWhatWasWrittenMaySurvive() throws {
        var seen: Set<String> = []
        for seed in 0..<200 {
            disk["a"] = Array("0".utf8)
            for part in ["12", "34", "56"] { try put(part, "a", syncs: false) }
            try put("", "new", syncs: false)
            disk.restart(.prefix(seed: UInt64(seed)))
            let left = text("a") ?? ""
            #expect("0123456".hasPrefix(left) && left.hasPrefix("0"))
            seen.insert(left + (disk.exists("new") ? "+" : ""))
            disk["new"] = nil
        }
        #expect(seen.count == 14)
    }

    @Test func aKilledProcessLosesNothingWritten() throws {
        try put("x", "a", syncs: false)
        _ = try disk.open("a", .read)
        disk.restart(.everything)
        #expect(text("a") == "x")
        #expect(disk.openCount == 0)
    }

    @Test func everyKindOfStepCanFail() throws {
        let file = try disk.open("a", .create), bytes: [UInt8] = [1, 2, 3]
        var block = [UInt8](repeating: 0, count: 3)
        for kind in SimulatedDisk.Operation.Kind.allCases {
            disk.fail(kind, with: .full(), lasts: true)
            func attempt(_ body: () throws(DiskError) -> Void) {
                do throws(DiskError) {
                    try body()
                    Issue.record("\(kind) did not fail")
                } catch { #expect(error.isFull && error.call == kind.rawValue) }
            }
            switch kind {
            case .open: attempt { () throws(DiskError) in _ = try disk.open("b", .create) }
            case .close: attempt { () throws(DiskError) in try disk.close(disk.openAgain(file)) }
            case .size: attempt { () throws(DiskError) in _ = try disk.size(of: file) }
            case .read:
                attempt { () throws(DiskError) in
                    var span = block.mutableSpan
                    var space = unsafe span.mutableBytes
                    _ = try disk.read(file, into: &space, at: 0)
                }
            case .append: attempt { () throws(DiskError) in _ = unsafe try disk.append(file, bytes.span.bytes) }
            case .write: attempt { () throws(DiskError) in unsafe try disk.write(file, bytes.span.bytes, at: 0) }
            case .truncate: attempt { () throws(DiskError) in try disk.truncate(file, to: 9) }
            case .sync: attempt { () throws(DiskError) in try disk.sync(file) }
            case .rename: attempt { () throws(DiskError) in try disk.rename("a", to: "b") }
            case .syncDirectory: attempt { () throws(DiskError) in try disk.syncDirectory(".") }
            case .remove: attempt { () throws(DiskError) in try disk.remove("a") }
            case .removeDirectory: attempt { () throws(DiskError) in try disk.removeDirectory("d") }
            case .createDirectory: attempt { () throws(DiskError) in try disk.createDirectory("d") }
            case .names: attempt { () throws(DiskError) in _ = try disk.names(in: ".") }
            }
            disk.repair()
        }
        #expect(disk.paths == ["/data/a"])
        #expect(disk["a"] == [])
        #expect(!disk.exists("d"))
    }

    @Test func theNthStepFailsOnceOrFromThereOn() throws {
        for (lasts, expected) in [(false, [true, false, true, true]), (true, [true, false, false, false])] {
            disk.fail(operation: 2, .createDirectory, lasts: lasts)
            disk.fail(operation: 9)
            let results = ["a", "b", "c", "d"].map { (try? disk.createDirectory($0)) != nil }
            #expect(results == expected)
            disk.repair()
        }
    }

    @Test func powerGoesBehindTheNthStep() throws {
        let count = disk.operationCount
        disk.cutPower(afterOperation: 2)
        let file = try disk.open("a", .create), bytes: [UInt8] = [1]
        #expect(!disk.isOff)
        #expect(unsafe try disk.append(file, bytes.span.bytes) == 1)
        #expect(disk.isOff)
        #expect(throws: DiskError.self) { try disk.sync(file) }
        #expect(throws: DiskError.self) { try disk.close(file) }
        #expect(disk.operationCount == count + 2)
        #expect(disk.operations.suffix(2).map(\.description) == ["open a", "append a"])
        disk.restart(.everything)
        #expect(disk["a"] == [1])
    }

    @Test func aFullDiskTakesWhatItCan() throws {
        disk["other"] = [1, 2, 3]
        disk.capacity = 10
        let file = try disk.open("a", .create), bytes = [UInt8](repeating: 7, count: 8)
        #expect(unsafe try disk.append(file, bytes.span.bytes) == 7)
        do throws(DiskError) {
            _ = unsafe try disk.append(file, bytes.span.bytes)
            Issue.record("there was no room")
        } catch { #expect(error.isFull) }
        unsafe try disk.write(file, [UInt8](repeating: 8, count: 7).span.bytes, at: 0)
        try disk.remove("other")
        #expect(unsafe try disk.append(file, bytes.span.bytes) == 3)
        #expect(disk.bytesUsed == 10)
        disk.capacity = .max
        #expect(unsafe try disk.append(file, bytes.span.bytes) == 8)
    }

    @Test func appendingMayStopShort() throws {
        disk.longestAppend = 2
        try put("12345", "a")
        #expect(text("a") == "12345")
        #expect(disk.operations.map(\.kind) == [.open, .append, .append, .append, .sync, .close])
    }

    @Test func aFailedSyncMayLoseWhatWasWritten() throws {
        disk["a"] = [1]
        disk.syncFailureLosesData = true
        let file = try disk.open("a", .append)
        _ = unsafe try disk.append(file, [UInt8](repeating: 2, count: 2).span.bytes)
        disk.fail(.sync)
        #expect(throws: DiskError.self) { try disk.sync(file) }
        _ = unsafe try disk.append(file, [UInt8](repeating: 3, count: 1).span.bytes)
        try disk.sync(file)
        #expect(disk["a"] == [1, 2, 2, 3])
        disk.restart()
        #expect(disk["a"] == [1, 0, 0, 3])
    }

    @Test(arguments: 1...5) func replacingAFileIsWholeOrNothing(_ chunk: Int) throws {
        let new = [UInt8](repeating: 9, count: 10)
        disk.longestAppend = chunk * 2
        var number = 1, isDone = false
        while !isDone {
            disk["a"] = [1, 2, 3]
            disk.fail(operation: number)
            isDone = (try? disk.replace("a", with: new, draft: "a.draft")) != nil
            // Only the sync of the directory comes behind the change.
            #expect(disk["a"] == (isDone || disk.operations.last?.kind == .syncDirectory ? new : [1, 2, 3]))
            #expect(disk["a.draft"] == nil)
            #expect(disk.openCount == 0)
            disk.repair()
            for survival in [SimulatedDisk.Survival.durable, .prefix(seed: UInt64(number))] {
                disk["a"] = [1, 2, 3]
                disk.cutPower(afterOperation: number)
                isDone = (try? disk.replace("a", with: new, draft: "a.draft")) != nil
                disk.restart(survival)
                #expect(disk["a"] == new || disk["a"] == [1, 2, 3] && !isDone)
            }
            number += 1
        }
    }
}

extension SimulatedDisk {
    /// Another door to a file, to be closed.
    fileprivate func openAgain(_ file: DiskFile) throws(DiskError) -> DiskFile { try open("a", .read) }
}
