// The wall to the disk: everything that the engine asks of files that must outlive the process, in steps so small that
// a test can let each of them fail, cut the power behind it, or fill the disk. The real one is `SystemDisk`.
//
// What is written is not yet safe: a file's contents are when it has been synced, its name when its directory has been.

/// What the disk refused, and why, in the words of the operating system.
public struct DiskError: Error, Equatable, Sendable {
    /// The step that failed, such as `open`.
    public let call: String
    public let reason: String
    /// There is no room on the disk, or none that this user may have: it may come back.
    public let isFull: Bool
    /// There is no such file.
    public let isMissing: Bool

    public init(call: String, reason: String, isFull: Bool = false, isMissing: Bool = false) {
        self.call = call
        self.reason = reason
        self.isFull = isFull
        self.isMissing = isMissing
    }
}

/// An open file. Whoever has opened it closes it.
public struct DiskFile: Equatable, Sendable {
    public let descriptor: Int32

    public init(descriptor: Int32) { self.descriptor = descriptor }
}

/// What a file is opened for.
public enum DiskAccess: Sendable {
    /// To be read; it must exist.
    case read
    /// To be read and written; it is created if it is missing, and keeps what it holds.
    case append
    /// To be written and read; new, or emptied.
    case create
}

/// What is known of a file that need not be open.
public struct DiskStatus: Equatable, Sendable {
    public enum Kind: Sendable { case file, directory, other }

    public let kind: Kind
    public let size: Int
    /// In milliseconds since 1970.
    public let modified: Int64

    public init(kind: Kind, size: Int, modified: Int64) {
        self.kind = kind
        self.size = size
        self.modified = modified
    }
}

/// Files and directories. Paths that do not begin with `/` begin at the directory of the process.
public protocol Disk: Sendable {
    // MARK: Open files
    func open(_ path: String, _ access: DiskAccess) throws(DiskError) -> DiskFile
    /// The file is closed even if this fails.
    func close(_ file: DiskFile) throws(DiskError)
    func size(of file: DiskFile) throws(DiskError) -> Int
    /// Reads what lies at `offset` into `space`: less than fits if the file ends there, nothing behind its end.
    func read(_ file: DiskFile, into space: inout MutableRawSpan, at offset: Int) throws(DiskError) -> Int
    /// Writes at the end of the file, and returns how much has been written: at least one byte, but maybe not all.
    func append(_ file: DiskFile, _ bytes: RawSpan) throws(DiskError) -> Int
    /// Writes all the bytes at `offset`.
    func write(_ file: DiskFile, _ bytes: RawSpan, at offset: Int) throws(DiskError)
    func truncate(_ file: DiskFile, to size: Int) throws(DiskError)
    /// Waits until what the file holds is safe.
    func sync(_ file: DiskFile) throws(DiskError)
    /// Asks that a part of the file be written to the disk soon, so that `sync` has less to wait for. A hint only.
    func startWriteback(_ file: DiskFile, offset: Int, count: Int)

    // MARK: Names
    /// Gives the file the name `target`, which another one may have had until now.
    func rename(_ path: String, to target: String) throws(DiskError)
    /// Waits until the names in the directory are safe.
    func syncDirectory(_ path: String) throws(DiskError)
    func remove(_ path: String) throws(DiskError)
    func removeDirectory(_ path: String) throws(DiskError)
    /// Creates the directory, unless there is one already.
    func createDirectory(_ path: String) throws(DiskError)
    /// What is in the directory, in order.
    func names(in directory: String) throws(DiskError) -> [String]
    /// Nil if there is nothing of that name.
    func status(of path: String) -> DiskStatus?
}

extension Disk {
    public func exists(_ path: String) -> Bool { status(of: path) != nil }

    /// Appends all the bytes. If this fails, some of them may have been written.
    public func appendAll(_ file: DiskFile, _ bytes: RawSpan) throws(DiskError) {
        var rest = bytes
        while !rest.isEmpty { rest = rest.extracting(droppingFirst: try append(file, rest)) }
    }

    /// Waits until the name of a file is safe.
    public func syncDirectory(of path: String) throws(DiskError) { try syncDirectory(DiskPath.directory(of: path)) }

    /// The whole of a small file.
    public func contents(of path: String) throws(DiskError) -> [UInt8] {
        let file = try open(path, .read)
        defer { try? close(file) }
        var contents: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            var span = block.mutableSpan
            var space = unsafe span.mutableBytes
            let count = try read(file, into: &space, at: contents.count)
            if count == 0 { return contents }
            contents += block[..<count]
        }
    }

    /// Puts `contents` in the place of the file, whole or not at all, and waits until that is safe. The new file grows
    /// under the name `draft`; nothing is left of it if this fails.
    public func replace(_ path: String, with contents: [UInt8], draft: String) throws(DiskError) {
        let file = try open(draft, .create)
        do throws(DiskError) {
            do throws(DiskError) {
                unsafe try appendAll(file, contents.span.bytes)
                try sync(file)
            } catch {
                try? close(file)
                throw error
            }
            try close(file)
            try rename(draft, to: path)
        } catch {
            try? remove(draft)
            throw error
        }
        try syncDirectory(of: path)
    }
}

/// Paths as texts.
public enum DiskPath {
    /// Where the file is.
    public static func directory(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// What the file is called there.
    public static func name(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return String(path[path.utf8.index(after: slash)...])
    }

    /// A name in a directory.
    public static func join(_ directory: String, _ name: String) -> String {
        if directory.isEmpty || directory == "." || name.utf8.first == UInt8(ascii: "/") { return name }
        return directory.utf8.last == UInt8(ascii: "/") ? directory + name : "\(directory)/\(name)"
    }
}
