// What the main thread asks of the disk thread while a snapshot is being saved, and what it hears back. The pieces are
// written in the order in which they come; after a failure nothing is left of the file, and what still comes is
// dropped.

internal import Platform

/// A step of the saving of a snapshot.
enum SnapshotJob: ~Copyable, Sendable {
    /// A new file; outcomes name it by this number.
    case begin(RDBFilePlan, number: Int)
    case write(SnapshotChunk)
    case finish
    /// Nobody wants the file any more.
    case abandon
}

/// What became of a step.
struct SnapshotOutcome: Sendable {
    enum Result: Sendable {
        /// A piece has been written: there is room for another. The file has so many bytes.
        case progress(size: Int)
        /// The file is in its place, and so large.
        case saved(size: Int)
        case failed(DiskError, SnapshotStage)
    }

    /// That of the file.
    let number: Int
    let result: Result
}

/// Where a file failed.
enum SnapshotStage: Sendable { case opening, writing, moving }

/// The state of the disk thread: the file that is being written, if any.
struct SnapshotFile: ~Copyable, Sendable {
    private let disk: any Disk
    private var writer: RDBFileWriter?
    private var number = 0

    init(disk: any Disk) { self.disk = disk }

    /// Does one step.
    @Sendable static func run(_ file: inout SnapshotFile, _ job: consuming SnapshotJob) -> SnapshotOutcome? {
        switch consume job {
        case .begin(let plan, let number): file.begin(plan, number)
        case .write(let chunk): file.write(chunk)
        case .finish: file.finish()
        case .abandon: file.abandon()
        }
    }

    private mutating func begin(_ plan: RDBFilePlan, _ number: Int) -> SnapshotOutcome? {
        self.number = number
        writer = RDBFileWriter(plan, disk: disk)
        do throws(DiskError) { try writer?.begin() } catch { return fail(error, .opening) }
        return nil
    }

    private mutating func write(_ chunk: borrowing SnapshotChunk) -> SnapshotOutcome? {
        guard writer != nil else { return nil }
        do throws(DiskError) { try writer?.write(chunk) } catch { return fail(error, .writing) }
        return SnapshotOutcome(number: number, result: .progress(size: writer?.size ?? 0))
    }

    private mutating func finish() -> SnapshotOutcome? {
        guard writer != nil else { return nil }
        do throws(DiskError) { try writer?.finish() } catch {
            return fail(error, error.call == "rename" ? .moving : .writing)
        }
        let size = writer?.size ?? 0
        writer = nil
        return SnapshotOutcome(number: number, result: .saved(size: size))
    }

    private mutating func fail(_ error: DiskError, _ stage: SnapshotStage) -> SnapshotOutcome {
        _ = abandon()
        return SnapshotOutcome(number: number, result: .failed(error, stage))
    }

    private mutating func abandon() -> SnapshotOutcome? {
        writer?.abort()
        writer = nil
        return nil
    }
}
