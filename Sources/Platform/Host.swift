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

    /// Where files are kept that must outlive the process.
    var disk: any Disk { get }
    /// Who does the work that waits for the disk.
    var workerMode: WorkerMode { get }

    /// Who knows the addresses of names.
    var names: any NameService { get }

    // MARK: Files
    /// The whole of a file, which may be a pipe or the kernel's own.
    func read(_ path: String) throws(HostError) -> [UInt8]
    func readStandardInput() -> [UInt8]
    /// Writes a small file without ceremony: what must not be lost goes to the `disk`.
    func write(_ path: String, _ contents: [UInt8]) throws(HostError)
    func remove(_ path: String)
    /// Makes sure that the file can be appended to; creates it where there is none.
    func checkAppending(to path: String) throws(HostError)
    /// The files that a pattern with `*`, `?` and `[…]` names, in order.
    func files(matching pattern: String) -> [String]
    var directory: String { get }
    func changeDirectory(to path: String) throws(HostError)

    // MARK: The process
    /// Whether there is a process of that number, whosesoever it is.
    func isRunning(_ processIdentifier: Int) -> Bool
    /// Raises the limit of open files to `wanted`, or as near as it can be brought.
    func raiseOpenFileLimit(to wanted: Int) -> OpenFileLimit
    /// Sets what `ps` shows.
    func setTitle(_ title: String)
    /// Tells the supervisor that `variable` names (`NOTIFY_SOCKET`) how things stand; false if there is none.
    func notifySupervisor(_ state: String) -> Bool
    /// Asks the kernel for no huge pages for this process; false if it will not have it.
    func disableHugePages() -> Bool
    /// The rules by which texts are ordered; an empty name for those of the environment. False if there are none.
    func setCollation(_ locale: String) -> Bool

    // MARK: When things go wrong
    /// From now on a crash is reported in the log at `logPath` (empty: the standard output), or is not.
    func reportCrashes(_ isOn: Bool, logPath: String, version: String)
    /// Reports a standstill if this is not called again within so many milliseconds; zero ends the watch.
    func watch(milliseconds: Int)
    /// Ends the process the hard way. It does not return, but does not say so: before a call of which that is known,
    /// the compiler ends the lives of its caller's values, and the report is to look at them.
    func crash(_ manner: DeliberateCrash)
    /// Ends the process and never returns.
    func exit(_ code: Int32) -> Never
}

/// How a process ends that is to end badly.
public enum DeliberateCrash: Sendable {
    case memoryViolation
    /// With a report that begins with these lines; by an exit code, if `exiting`, and by SIGABRT otherwise.
    case panic(_ lines: [String], exiting: Bool)
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
