// A server under test in a process of its own: started on an unused port in an empty folder, ended with its owner.

import Foundation

/// Ours or the reference server, running.
public final class ServerProcess {
    public let port: UInt16
    private let process = Process()
    private let folder: URL

    public static let apus: URL? = {
        for build in ["debug", "release"] {
            let binary = repositoryRoot.appendingPathComponent(".build/\(build)/apus-server")
            if FileManager.default.isExecutableFile(atPath: binary.path) { return binary }
        }
        return nil
    }()

    /// The real redis-server: REDIS_SERVER, or the one on PATH, or none.
    public static let reference: URL? = {
        let environment = ProcessInfo.processInfo.environment
        if let named = environment["REDIS_SERVER"], !named.isEmpty { return URL(fileURLWithPath: named) }
        let folders = (environment["PATH"] ?? "").split(separator: ":")
        let candidates = folders.map { URL(fileURLWithPath: "\($0)/redis-server") }
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) && !isApus($0) }
    }()

    private static func isApus(_ binary: URL) -> Bool {
        binary.resolvingSymlinksInPath().lastPathComponent == "apus-server"
    }

    /// The version that the reference server says it has.
    public static let referenceVersion: (major: Int, minor: Int) = {
        guard let reference else { return (0, 0) }
        let process = Process()
        let output = Pipe()
        process.executableURL = reference
        process.arguments = ["--version"]
        process.standardOutput = output
        guard (try? process.run()) != nil else { return (0, 0) }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let numbers = text.firstMatch(of: /v=(\d+)\.(\d+)/)
        return (numbers.flatMap { Int($0.1) } ?? 0, numbers.flatMap { Int($0.2) } ?? 0)
    }()

    /// Starts the server in a folder with these files, and waits until it accepts connections.
    public init(_ binary: URL, _ arguments: [String] = [], files: [String: [UInt8]] = [:]) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("apus-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, contents) in files { try Data(contents).write(to: folder.appendingPathComponent(name)) }
        port = unusedPort()
        process.executableURL = binary
        let options = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--enable-debug-command", "yes"]
        process.arguments = options + arguments
        process.currentDirectoryURL = folder
        let log = folder.appendingPathComponent("log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let output = try FileHandle(forWritingTo: log)
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let end = Date().addingTimeInterval(10)
        while process.isRunning, Date() < end {
            if Connection(port: port) != nil { return }
            usleep(5000)
        }
        let said = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
        throw StartFailure(
            description: "\(binary.lastPathComponent) did not start on port \(port): \(said.suffix(600))")
    }

    /// A connection to it.
    public func connect() throws -> Connection {
        guard let connection = Connection(port: port) else {
            throw StartFailure(description: "the server does not accept connections")
        }
        return connection
    }

    /// A file of its folder.
    public func contents(of name: String) -> [UInt8]? {
        (try? Data(contentsOf: folder.appendingPathComponent(name))).map { Array($0) }
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }
}

/// Why a server under test did not come up.
public struct StartFailure: Error, CustomStringConvertible {
    public let description: String
}
