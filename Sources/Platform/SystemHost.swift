// The host that is the machine itself: files and directories by their paths.

import Glibc

/// The machine that the process runs on.
public struct SystemHost: Host {
    let titleArea: TitleArea?

    /// With `claimingTitle`, what `ps` shows can be set; only the one host of a process may claim it.
    public init(claimingTitle: Bool = false) {
        // The copy that Swift makes of the arguments comes first.
        titleArea = claimingTitle && !CommandLine.arguments.isEmpty ? TitleArea() : nil
    }

    /// The last error of the operating system.
    static var lastError: HostError { HostError(unsafe String(cString: strerror(errno))) }

    public var processIdentifier: Int { Int(getpid()) }

    public func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    public var disk: any Disk { SystemDisk() }
    public var workerMode: WorkerMode { .thread }
    public var names: any NameService { SystemNameService() }

    /// For a person who waits at the terminal.
    public func print(_ text: String, toErrors: Bool) {
        try? writeAll(toErrors ? STDERR_FILENO : STDOUT_FILENO, Array(text.utf8))
    }

    /// Whether the next line of the standard input says yes.
    public func readConsent() -> Bool {
        var byte: UInt8 = 0
        guard unsafe Glibc.read(STDIN_FILENO, &byte, 1) == 1 else { return false }
        return byte == UInt8(ascii: "y") || byte == UInt8(ascii: "Y")
    }

    // MARK: Reading

    public func read(_ path: String) throws(HostError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemHost.lastError }
        defer { _ = close(descriptor) }
        return try readAll(descriptor)
    }

    public func readStandardInput() -> [UInt8] {
        (try? readAll(STDIN_FILENO)) ?? []
    }

    private func readAll(_ descriptor: Int32) throws(HostError) -> [UInt8] {
        var contents: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = unsafe Glibc.read(descriptor, &block, block.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw SystemHost.lastError }
            if count == 0 { return contents }
            contents += block[..<count]
        }
    }

    public func files(matching pattern: String) -> [String] {
        var found = unsafe glob_t()
        defer { unsafe globfree(&found) }
        guard unsafe glob(pattern, 0, nil, &found) == 0 else { return [] }
        var paths: [String] = []
        for index in unsafe 0..<Int(found.gl_pathc) {
            if let path = unsafe found.gl_pathv[index] { unsafe paths.append(String(cString: path)) }
        }
        return paths
    }

    // MARK: Writing

    public func write(_ path: String, _ contents: [UInt8]) throws(HostError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SystemHost.lastError }
        defer { _ = close(descriptor) }
        try writeAll(descriptor, contents)
    }

    private func writeAll(_ descriptor: Int32, _ contents: [UInt8]) throws(HostError) {
        var offset = 0
        while offset < contents.count {
            let count = unsafe contents[offset...].withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw SystemHost.lastError }
            offset += count
        }
    }

    public func remove(_ path: String) {
        _ = unsafe unlink(path)
    }

    public func checkAppending(to path: String) throws(HostError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SystemHost.lastError }
        _ = close(descriptor)
    }

    // MARK: Directories

    public var directory: String {
        guard let path = unsafe getcwd(nil, 0) else { return "" }
        defer { unsafe free(path) }
        return unsafe String(cString: path)
    }

    public func changeDirectory(to path: String) throws(HostError) {
        guard unsafe chdir(path) == 0 else { throw SystemHost.lastError }
    }
}
