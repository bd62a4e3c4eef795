// A disk in memory that forgets, as real ones do, what was written and not synced when the power goes, and names that
// were given and whose directory was not synced. Any step can be made to fail, the power can be cut behind any step,
// and it can be full. What it holds is in `SimulatedFiles`; this file counts the steps and spoils them.

public import Platform
import Synchronization

/// A disk that a test watches, breaks and repairs.
public final class SimulatedDisk: Disk {
    /// One step, as a test may want to name it.
    public struct Operation: CustomStringConvertible, Sendable {
        public enum Kind: String, CaseIterable, Sendable {
            case open, close, size, read, append, write, truncate, sync, rename, syncDirectory, remove, removeDirectory
            case createDirectory, names
        }

        public let kind: Kind
        public let path: String

        public var description: String { "\(kind.rawValue) \(path)" }
    }

    /// What a power cut leaves of that which was not safe.
    public enum Survival: Sendable {
        /// Nothing.
        case durable
        /// Of each file's writes and of each directory's names the first ones; the last write may be torn.
        case prefix(seed: UInt64)
        /// Everything: not the power was cut, but the process was killed.
        case everything
    }

    /// A step that is to go wrong.
    private struct Fault {
        let kind: Operation.Kind?
        /// Steps of that kind before it.
        var delay: Int
        let error: DiskError
        /// Later ones go wrong as well.
        let lasts: Bool
    }

    private struct State {
        var files = SimulatedFiles()
        var operations: [Operation] = []
        var faults: [Fault] = []
        /// Steps until the power goes.
        var stepsUntilCut = Int.max
        var longestAppend = Int.max
        var syncFailureLosesData = false
    }

    private let state = Mutex(State())

    public init() {}

    // MARK: What a test does

    /// The steps so far, of those that can fail.
    public var operations: [Operation] { state.withLock { $0.operations } }
    public var operationCount: Int { state.withLock { $0.operations.count } }

    /// The n-th step from now on, or the n-th of a kind, fails; with `lasts`, all later ones too.
    public func fail(
        operation number: Int = 1, _ kind: Operation.Kind? = nil, with error: DiskError = .damaged, lasts: Bool = false
    ) {
        state.withLock { $0.faults.append(Fault(kind: kind, delay: number - 1, error: error, lasts: lasts)) }
    }

    /// From now on no step is made to fail.
    public func repair() { state.withLock { $0.faults = [] } }

    /// Whether steps are still to fail.
    public var hasFaults: Bool { state.withLock { !$0.faults.isEmpty } }

    /// The power goes when `count` more steps are done; with zero at once. From then on every step fails.
    public func cutPower(afterOperation count: Int) { state.withLock { $0.stepsUntilCut = count } }

    public var isOff: Bool { state.withLock { $0.stepsUntilCut <= 0 } }

    /// Power returns, and only what survived is there. No file is open.
    public func restart(_ survival: Survival = .durable) {
        state.withLock {
            $0.files.restart(survival)
            $0.stepsUntilCut = .max
            $0.faults = []
        }
    }

    /// How many bytes all files may hold together.
    public var capacity: Int {
        get { state.withLock { $0.files.capacity } }
        set { state.withLock { $0.files.capacity = newValue } }
    }

    /// More is not appended in one step.
    public var longestAppend: Int {
        get { state.withLock { $0.longestAppend } }
        set { state.withLock { $0.longestAppend = newValue } }
    }

    /// What was written before a failed sync is not written by the next one either, as with Linux.
    public var syncFailureLosesData: Bool {
        get { state.withLock { $0.syncFailureLosesData } }
        set { state.withLock { $0.syncFailureLosesData = newValue } }
    }

    /// Where relative paths begin.
    public var workingDirectory: String {
        get { state.withLock { $0.files.workingDirectory } }
        set { state.withLock { $0.files.workingDirectory = newValue } }
    }

    /// The time at which files are modified.
    public var now: Int64 {
        get { state.withLock { $0.files.now } }
        set { state.withLock { $0.files.now = newValue } }
    }

    public var bytesUsed: Int { state.withLock { $0.files.bytesUsed } }

    /// How many files are open.
    public var openCount: Int { state.withLock { $0.files.open.count } }

    /// A file as a whole: what is written, safe or not. What a test puts there is safe.
    public subscript(path: String) -> [UInt8]? {
        get { state.withLock { $0.files.contents(of: path) } }
        set { state.withLock { $0.files.put(newValue, at: path) } }
    }

    /// The paths of all files.
    public var paths: [String] { state.withLock { $0.files.paths } }

    // MARK: Steps

    /// Counts a step, and does it unless it is to fail.
    private func step<Result>(
        _ kind: Operation.Kind, _ path: (borrowing SimulatedFiles) -> String,
        _ body: (inout State) throws(DiskError) -> Result
    ) throws(DiskError) -> Result {
        try state.withLock { (state) throws(DiskError) -> Result in
            guard state.stepsUntilCut > 0 else { throw .damaged }
            state.operations.append(Operation(kind: kind, path: path(state.files)))
            state.stepsUntilCut -= state.stepsUntilCut == .max ? 0 : 1
            try SimulatedDisk.meetFaults(&state.faults, kind)
            return try body(&state)
        }
    }

    private static func meetFaults(_ faults: inout [Fault], _ kind: Operation.Kind) throws(DiskError) {
        var met: DiskError?
        for index in faults.indices.reversed() where faults[index].kind ?? kind == kind {
            if faults[index].delay > 0 {
                faults[index].delay -= 1
                continue
            }
            met = faults[index].error
            if !faults[index].lasts { faults.remove(at: index) }
        }
        if let met { throw DiskError(call: kind.rawValue, reason: met.reason, isFull: met.isFull) }
    }

    private func step<Result>(
        _ kind: Operation.Kind, _ path: String, _ body: (inout State) throws(DiskError) -> Result
    ) throws(DiskError) -> Result {
        try step(kind, { _ in path }, body)
    }

    private func step<Result>(
        _ kind: Operation.Kind, _ file: DiskFile, _ body: (inout State) throws(DiskError) -> Result
    ) throws(DiskError) -> Result {
        try step(kind, { $0.open[file.descriptor]?.path ?? "a closed file" }, body)
    }

    // MARK: Disk

    public func open(_ path: String, _ access: DiskAccess) throws(DiskError) -> DiskFile {
        try step(.open, path) { (state) throws(DiskError) in try state.files.open(path, access) }
    }

    public func close(_ file: DiskFile) throws(DiskError) {
        defer { state.withLock { $0.files.open[file.descriptor] = nil } }
        try step(.close, file) { (state) throws(DiskError) in _ = try state.files.node(file) }
    }

    public func size(of file: DiskFile) throws(DiskError) -> Int {
        try step(.size, file) { (state) throws(DiskError) in try state.files.node(file).written.count }
    }

    public func read(_ file: DiskFile, into space: inout MutableRawSpan, at offset: Int) throws(DiskError) -> Int {
        let size = space.byteCount
        let part = try step(.read, file) { (state) throws(DiskError) in
            try state.files.node(file).written.dropFirst(offset).prefix(size)
        }
        for (index, byte) in part.enumerated() { space.storeBytes(of: byte, toByteOffset: index, as: UInt8.self) }
        return part.count
    }

    public func append(_ file: DiskFile, _ bytes: RawSpan) throws(DiskError) -> Int {
        let bytes = SimulatedDisk.array(bytes)
        return try step(.append, file) { (state) throws(DiskError) in
            let end = try state.files.node(file).written.count
            return try state.files.write(file, bytes.prefix(max(1, state.longestAppend)), at: end)
        }
    }

    public func write(_ file: DiskFile, _ bytes: RawSpan, at offset: Int) throws(DiskError) {
        let bytes = SimulatedDisk.array(bytes)
        try step(.write, file) { (state) throws(DiskError) in
            let count = try state.files.write(file, bytes[...], at: offset)
            if count < bytes.count { throw .full("write") }
        }
    }

    public func truncate(_ file: DiskFile, to size: Int) throws(DiskError) {
        try step(.truncate, file) { (state) throws(DiskError) in try state.files.truncate(file, to: size) }
    }

    public func sync(_ file: DiskFile) throws(DiskError) {
        do throws(DiskError) {
            try step(.sync, file) { (state) throws(DiskError) in try state.files.sync(file) }
        } catch {
            state.withLock { if $0.syncFailureLosesData { $0.files.forgetWrites(to: file) } }
            throw error
        }
    }

    public func startWriteback(_ file: DiskFile, offset: Int, count: Int) {}

    public func rename(_ path: String, to target: String) throws(DiskError) {
        try step(.rename, "\(path) to \(target)") { (state) throws(DiskError) in
            try state.files.rename(path, to: target)
        }
    }

    public func syncDirectory(_ path: String) throws(DiskError) {
        try step(.syncDirectory, path) { (state) throws(DiskError) in try state.files.syncDirectory(path) }
    }

    public func remove(_ path: String) throws(DiskError) {
        try step(.remove, path) { (state) throws(DiskError) in try state.files.remove(path, directory: false) }
    }

    public func removeDirectory(_ path: String) throws(DiskError) {
        try step(.removeDirectory, path) { (state) throws(DiskError) in try state.files.remove(path, directory: true) }
    }

    public func createDirectory(_ path: String) throws(DiskError) {
        try step(.createDirectory, path) { (state) throws(DiskError) in try state.files.createDirectory(path) }
    }

    public func names(in directory: String) throws(DiskError) -> [String] {
        try step(.names, directory) { (state) throws(DiskError) in try state.files.names(in: directory) }
    }

    public func status(of path: String) -> DiskStatus? { state.withLock { $0.files.status(of: path) } }

    private static func array(_ bytes: RawSpan) -> [UInt8] { unsafe bytes.withUnsafeBytes { unsafe Array($0) } }
}

extension DiskError {
    /// The disk does not work.
    public static let damaged = DiskError(call: "", reason: "Input/output error")

    public static func full(_ call: String = "write") -> DiskError {
        DiskError(call: call, reason: "No space left on device", isFull: true)
    }
}
