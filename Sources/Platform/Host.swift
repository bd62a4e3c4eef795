// The process and its files, as the engine asks for them: configuration files, directories, limits, the pid file.
// Tests hand the engine a host of their own. Sockets are not here.

/// Why the operating system refused, in its own words.
public struct HostError: Error {
    public let reason: String

    public init(_ reason: String) { self.reason = reason }
}

/// What the engine may ask of the machine besides sockets and time.
public protocol Host: Sendable {
    var processIdentifier: Int { get }
    func environment(_ name: String) -> String?

    // MARK: Files
    func exists(_ path: String) -> Bool
    func read(_ path: String) throws(HostError) -> [UInt8]
    func readStandardInput() -> [UInt8]
    /// Puts `contents` in the place of the file, whole or not at all, and waits until it is on disk.
    func replace(_ path: String, with contents: [UInt8]) throws(HostError)
    /// Writes a small file without ceremony.
    func write(_ path: String, _ contents: [UInt8]) throws(HostError)
    func remove(_ path: String)
    /// Makes sure that the file can be appended to; creates it where there is none.
    func checkAppending(to path: String) throws(HostError)
    /// The files that a pattern with `*`, `?` and `[…]` names, in order.
    func files(matching pattern: String) -> [String]
    var directory: String { get }
    func changeDirectory(to path: String) throws(HostError)

    // MARK: The process
    /// Raises the limit of open files to `wanted`, or as near as it can be brought.
    func raiseOpenFileLimit(to wanted: Int) -> OpenFileLimit
    /// Sets what `ps` shows.
    func setTitle(_ title: String)
    /// Tells the supervisor that `variable` names (`NOTIFY_SOCKET`) how things stand; false if there is none.
    func notifySupervisor(_ state: String) -> Bool
    /// Ends the process and never returns.
    func exit(_ code: Int32) -> Never
}

/// What became of the wish for more open files.
public struct OpenFileLimit {
    public let before: Int
    public let now: Int
    /// Why there are not as many as wished for.
    public let reason: String?

    public init(before: Int, now: Int, reason: String? = nil) {
        self.before = before
        self.now = now
        self.reason = reason
    }
}
