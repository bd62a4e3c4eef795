// redis-check-aof beside the real one: the same files, the same words, the same exit code, the same file afterwards.

import Foundation
import TestSupport
import Testing

@Suite struct FileToolTests {
    /// What a tool made of some files.
    private struct Finding: Equatable {
        let code: Int32?
        let output: String
        let files: [String: String]
    }

    /// Our server under the name of the tool, and the real tool, if there is one.
    private static let tools: (ours: URL, theirs: URL)? = {
        guard let apus = ServerProcess.apus, let reference = ServerProcess.reference else { return nil }
        let theirs = reference.deletingLastPathComponent().appendingPathComponent("redis-check-aof")
        guard FileManager.default.isExecutableFile(atPath: theirs.path) else { return nil }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("apus-tools-\(UUID().uuidString)")
        let ours = folder.appendingPathComponent("redis-check-aof")
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try? FileManager.default.createSymbolicLink(at: ours, withDestinationURL: apus)
        return (ours, theirs)
    }()

    private func run(_ tool: URL, _ options: [String], _ answer: String, _ files: [String: String]) throws -> Finding {
        let run = try ProgramRun(tool, options, input: answer, files: files)
        let code = run.exitCode()
        return Finding(
            code: code, output: run.output.replacingOccurrences(of: tool.path, with: "TOOL"),
            files: files.keys.reduce(into: [:]) { $0[$1] = run.text(of: $1) })
    }

    private func compare(_ options: [String], answer: String = "", _ files: [String: String]) throws {
        guard let tools = FileToolTests.tools else { return }
        let ours = try run(tools.ours, options, answer, files)
        #expect(ours == (try run(tools.theirs, options, answer, files)), "\(options) \(files)")
        #expect(ours.code != nil)
    }

    private static let set = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nvalue\r\n"
    private static let transaction = "*1\r\n$5\r\nMULTI\r\n" + set + "*1\r\n$4\r\nEXEC\r\n"
    private static let whole = set + "#TS:100\r\n" + transaction + "#TS:200\r\n" + set

    private static let damaged = [
        "", whole, String(whole.dropLast(3)), set + "*1\r\n$5\r\nMULTI\r\n" + set, set + "*1\r\n$4\r\nEXEC\r\n",
        set + "*1\r\n$5\r\nMULTI\r\n*1\r\n$5\r\nmulti\r\n", set + "nonsense", set + "*1\r\n+4\r\nPING\r\n",
        set + "*1\r\n$-1\r\n", set + "*1\r\n$3\r\nPING\r\n", set + "*2\r\n$4\r\nPING\r\n", set + "*0\r\n" + set,
        set + "*1\r\n$99999999999\r\nPING\r\n", set + "*x\r\n", "#TS:100", set + "#TS:10x\r\n",
    ]

    @Test(arguments: damaged) func oldFilesAreJudgedAlike(_ file: String) throws {
        try compare(["file"], ["file": file])
        try compare(["--fix", "file"], answer: "y\n", ["file": file])
        try compare(["--fix", "file"], answer: "n\n", ["file": file])
    }

    @Test func whatIsLaterCanBeCutOff() throws {
        for time in ["50", "100", "150", "250", "x", ""] {
            try compare(["--truncate-to-timestamp", time, "file"], ["file": FileToolTests.whole])
        }
        try compare(["--truncate-to-timestamp", "50", "file"], ["file": "#TS:100\r\n" + FileToolTests.set])
        try compare(["--truncate-to-timestamp", "150", "file"], ["file": "#TS:x\r\n" + FileToolTests.set])
    }

    @Test func partsAreJudgedTogether() throws {
        let manifest = "file base.aof seq 1 type b\nfile one.aof seq 1 type i\nfile two.aof seq 2 type i\n"
        let cut = String(FileToolTests.whole.dropLast(3))
        for (one, two) in [(FileToolTests.whole, FileToolTests.whole), (FileToolTests.whole, cut), (cut, "")] {
            let files = ["m": manifest, "base.aof": FileToolTests.set, "one.aof": one, "two.aof": two]
            try compare(["m"], files)
            try compare(["--fix", "m"], answer: "y\n", files)
            try compare(["--truncate-to-timestamp", "150", "m"], files)
        }
        try compare(["m"], ["m": manifest, "one.aof": "", "two.aof": ""])
    }

    @Test func mistakesAreTold() throws {
        try compare([], [:])
        try compare(["missing"], [:])
        try compare(["--fox", "file"], ["file": FileToolTests.set])
        try compare(["--fix", "--fix", "file"], ["file": FileToolTests.set])
    }
}
