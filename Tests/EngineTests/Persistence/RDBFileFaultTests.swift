// The file of a snapshot on a disk of which each step fails in turn, or behind each step of which the power goes. What
// is in its place afterwards is the old file or the new one, whole, and nothing else is left.

import Platform
import TestSupport
import Testing

@testable import Engine

@Suite struct RDBFileFaultTests {
    private static let old: [UInt8] = Array("the old file".utf8)

    private func chunk(_ stream: Int, _ fill: UInt8, ends: Bool = false) -> SnapshotChunk {
        var bytes = Buffer()
        bytes.append(array: [UInt8](repeating: fill, count: 3000))
        return SnapshotChunk(stream: stream, endsStream: ends, bytes: bytes, compressible: [])
    }

    private func plan(_ form: SnapshotForm) -> RDBFilePlan {
        var plan = RDBFilePlan(
            temporaryPath: "temp-42.rdb", path: "dump.rdb", spillPath: "temp-42.rdb.spill", directory: ".")
        plan.form = form
        plan.fields = RDBFilePlan.fields(now: 0, usedMemory: 0, isAppendOnlyBase: false)
        return plan
    }

    /// Saves two large values, whose pieces come by turns, between small ones.
    private func save(_ disk: SimulatedDisk, _ form: SnapshotForm = .rdb) -> DiskError? {
        var writer = RDBFileWriter(plan(form), disk: disk)
        do throws(DiskError) {
            try writer.begin()
            try writer.write(chunk(0, 1))
            try writer.write(chunk(1, 2))
            try writer.write(chunk(2, 3))
            try writer.write(chunk(0, 4))
            try writer.write(chunk(2, 5, ends: true))
            try writer.write(chunk(1, 6))
            try writer.write(chunk(1, 7, ends: true))
            try writer.write(chunk(0, 8))
            try writer.finish()
            return nil
        } catch {
            writer.abort()
            return error
        }
    }

    private func whole(_ form: SnapshotForm) throws -> [UInt8] {
        let disk = SimulatedDisk()
        #expect(save(disk, form) == nil)
        #expect(disk.paths == ["/data/dump.rdb"])
        #expect(disk.openCount == 0)
        let contents = try #require(disk["dump.rdb"])
        let order = contents.filter { (1...8).contains($0) }.reduce(into: [UInt8]()) { list, byte in
            if list.last != byte { list.append(byte) }
        }
        #expect(order.count >= 8)
        return contents
    }

    @Test(arguments: [(SnapshotForm.rdb, Int.max), (.commands, 700)])
    func whateverFailsLeavesTheOldFile(_ form: SnapshotForm, _ longestAppend: Int) throws {
        let new = try whole(form)
        var number = 1, isDone = false
        while !isDone {
            let disk = SimulatedDisk()
            disk["dump.rdb"] = RDBFileFaultTests.old
            disk.longestAppend = longestAppend
            disk.fail(operation: number, with: number % 2 == 0 ? .damaged : .full())
            let error = save(disk, form)
            isDone = disk.hasFaults
            let step = disk.operations[min(number, disk.operationCount) - 1]
            // Once it has taken its place, it can only fail to be safe there. What has served its purpose may be left.
            #expect((error == nil) == (isDone || disk["dump.rdb"] == new && step.path.contains("spill")), "\(step)")
            let isNew = error == nil || step.kind == .syncDirectory
            #expect(disk["dump.rdb"] == (isNew ? new : RDBFileFaultTests.old), "\(step)")
            let left = step.kind == .remove && !isDone ? ["/data/temp-42.rdb.spill"] : []
            #expect(disk.paths == ["/data/dump.rdb"] + left, "\(step)")
            #expect(disk.openCount == 0, "\(step)")
            disk.repair()
            #expect(save(disk, form) == nil)
            #expect(disk["dump.rdb"] == new)
            #expect(disk.paths == ["/data/dump.rdb"])
            number += 1
        }
        #expect(number > 12)
    }

    @Test func wheneverThePowerGoesOneOfTheFilesIsThere() throws {
        let new = try whole(.rdb)
        var number = 0, isDone = false
        while !isDone {
            for seed in 0..<10 {
                let disk = SimulatedDisk()
                disk["dump.rdb"] = RDBFileFaultTests.old
                disk.cutPower(afterOperation: number)
                isDone = save(disk) == nil
                disk.restart(seed == 0 ? .durable : .prefix(seed: UInt64(seed)))
                let left = disk["dump.rdb"]
                #expect(left == new || left == RDBFileFaultTests.old && !isDone, "\(number) steps, seed \(seed)")
                // A successor finds no more than a file it knows by its name.
                for path in disk.paths where path != "/data/dump.rdb" {
                    #expect(TemporaryFile(named: DiskPath.name(of: path))?.processIdentifier == 42)
                }
            }
            number += 1
        }
    }

    @Test func aFullDiskIsSaidToBeFull() throws {
        let new = try whole(.rdb)
        for capacity in stride(from: 12, to: new.count * 2, by: 500) {
            let disk = SimulatedDisk()
            disk["dump.rdb"] = RDBFileFaultTests.old
            disk.capacity = capacity
            let error = save(disk)
            #expect(error?.isFull ?? true)
            #expect(disk["dump.rdb"] == (error == nil ? new : RDBFileFaultTests.old))
            #expect(disk.paths == ["/data/dump.rdb"])
            disk.capacity = .max
            #expect(save(disk) == nil)
        }
    }
}
