// One run of a program from its start to its end: what it was given, what it said, and how it ended.

import Foundation

/// A program that runs, with everything it says kept in files.
public final class ProgramRun {
    public let folder: URL
    private let process = Process()

    /// Starts `binary` in a folder of its own; `files` are put there first.
    public init(
        _ binary: URL, _ arguments: [String], input: String = "", files: [String: String] = [:],
        environment: [String: String] = [:]
    ) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("apus-run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, text) in files {
            try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
        }
        try input.write(to: folder.appendingPathComponent("input"), atomically: true, encoding: .utf8)
        process.executableURL = binary
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = try FileHandle(forReadingFrom: folder.appendingPathComponent("input"))
        process.standardOutput = try emptyFile("output")
        process.standardError = try emptyFile("errors")
        try process.run()
    }

    private func emptyFile(_ name: String) throws -> FileHandle {
        let file = folder.appendingPathComponent(name)
        _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        return try FileHandle(forWritingTo: file)
    }

    public var processIdentifier: Int32 { process.processIdentifier }
    public var output: String { text(of: "output") }
    public var errors: String { text(of: "errors") }
    public var isRunning: Bool { process.isRunning }

    /// It waits for something to happen, with nothing in its hands.
    public var isAsleep: Bool {
        let facts = (try? String(contentsOfFile: "/proc/\(processIdentifier)/stat", encoding: .utf8)) ?? ""
        // The name stands in parentheses and may hold some; its state follows.
        return facts.split(separator: ")").last?.split(separator: " ").first == "S"
    }

    public func text(of file: String) -> String {
        (try? String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)) ?? ""
    }

    /// Waits until `condition` holds, or so long.
    public func wait(seconds: Double = 20, until condition: (ProgramRun) -> Bool) -> Bool {
        let end = Date().addingTimeInterval(seconds)
        while Date() < end {
            if condition(self) { return true }
            usleep(5000)
        }
        return condition(self)
    }

    public func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// How it ended; nil if it does not end.
    public func exitCode(within seconds: Double = 20) -> Int32? {
        guard wait(seconds: seconds, until: { !$0.process.isRunning }) else { return nil }
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }
}
