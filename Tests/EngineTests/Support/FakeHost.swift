// A host that exists only in memory: files by their paths, no process.

import Platform
import TestSupport

/// Files that a test puts there, and what was asked of the host.
final class FakeHost: Host, @unchecked Sendable {
    let simulatedDisk = SimulatedDisk()
    var input: [UInt8] = []
    var directory = "/data"
    var title = ""
    var openFiles = 1_000_000
    /// Is told of the end of the process, and must not return.
    var whenItEnds: (@Sendable (Int32) -> Never)?
    /// Processes besides this one.
    var otherProcesses: Set<Int> = []

    init(_ files: [String: String] = [:]) { for (path, text) in files { simulatedDisk[path] = Array(text.utf8) } }

    var processIdentifier: Int { 42 }
    func isRunning(_ processIdentifier: Int) -> Bool { otherProcesses.contains(processIdentifier) }
    func environment(_ name: String) -> String? { nil }

    var disk: any Disk { simulatedDisk }
    var workerMode = WorkerMode.atOnce
    let fakeNames = FakeNames()
    var names: any NameService { fakeNames }

    func read(_ path: String) throws(HostError) -> [UInt8] {
        guard let contents = simulatedDisk[path] else { throw HostError("No such file or directory") }
        return contents
    }

    func readStandardInput() -> [UInt8] { input }
    func write(_ path: String, _ contents: [UInt8]) throws(HostError) { simulatedDisk[path] = contents }
    func remove(_ path: String) { simulatedDisk[path] = nil }

    func checkAppending(to path: String) throws(HostError) {
        if path.hasPrefix("/forbidden") { throw HostError("Permission denied") }
    }

    /// Only a star at the end is understood.
    func files(matching pattern: String) -> [String] {
        simulatedDisk.paths.filter { $0.hasPrefix(pattern.dropLast()) }
    }

    func changeDirectory(to path: String) throws(HostError) {
        if path.hasPrefix("/missing") { throw HostError("No such file or directory") }
        directory = path
        simulatedDisk.workingDirectory = path
    }

    func raiseOpenFileLimit(to wanted: Int) -> OpenFileLimit {
        OpenFileLimit(before: 1024, now: min(wanted, openFiles), reason: "Operation not permitted")
    }

    func setTitle(_ title: String) { self.title = title }
    func disableHugePages() -> Bool { true }
    func setCollation(_ locale: String) -> Bool { locale.isEmpty }
    func reportCrashes(_ isOn: Bool, logPath: String, version: String) {}
    func watch(milliseconds: Int) {}
    func crash(_ manner: DeliberateCrash) { preconditionFailure("the server crashed: \(manner)") }
    func notifySupervisor(_ state: String) -> Bool { false }

    func exit(_ code: Int32) -> Never {
        whenItEnds?(code)
        preconditionFailure("the server ended with code \(code)")
    }
}
