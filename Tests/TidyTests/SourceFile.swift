// A source file as the tidy tests see it: its lines, and the same lines without comments and the contents of strings.

import Foundation
import TestSupport

/// One Swift file of the project.
struct SourceFile: Sendable {
    /// The path below the checkout.
    let path: String
    let lines: [String]
    /// The lines without comments and string contents.
    let code: [String]

    init(path: String) throws {
        self.path = path
        let text = try String(contentsOf: repositoryRoot.appendingPathComponent(path), encoding: .utf8)
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        code = SourceFile.stripped(lines)
    }

    /// The room of the engine that the file lives in, as "Values" for Sources/Engine/Values.
    var room: String? {
        let parts = path.split(separator: "/")
        return parts.count > 3 && parts[1] == "Engine" ? String(parts[2]) : nil
    }

    var isEngine: Bool { path.hasPrefix("Sources/Engine/") }

    /// Every Swift file below the folders of the checkout, in order of path.
    static func all(in folders: [String] = ["Sources", "Tests", "Benchmarks"]) throws -> [SourceFile] {
        try everything.get().filter { file in folders.contains { file.path.hasPrefix($0 + "/") } }
    }

    /// Read once for all tests.
    private static let everything = Result { try read(["Sources", "Tests", "Benchmarks"]) }

    private static func read(_ folders: [String]) throws -> [SourceFile] {
        try folders.flatMap { folder in
            let root = repositoryRoot.appendingPathComponent(folder)
            let paths = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
            return try paths.filter { $0.hasSuffix(".swift") }.sorted().map { try SourceFile(path: "\(folder)/\($0)") }
        }
    }

    private static func stripped(_ lines: [String]) -> [String] {
        var isInText = false
        return lines.map { line in
            if line.contains("\"\"\"") {
                isInText.toggle()
                return ""
            }
            if isInText { return "" }
            var code = ""
            var isQuoted = false
            var isEscaped = false
            var previous: Character = " "
            for character in line {
                if isQuoted {
                    if isEscaped {
                        isEscaped = false
                    } else if character == "\\" {
                        isEscaped = true
                    } else if character == "\"" {
                        isQuoted = false
                        code.append("\"")
                    }
                } else if character == "\"" {
                    isQuoted = true
                    code.append("\"")
                } else if character == "/", previous == "/" {
                    code.removeLast()
                    break
                } else {
                    code.append(character)
                }
                previous = character
            }
            return code
        }
    }

    /// A function, initializer or the like, and how many lines it has.
    struct Function: Sendable {
        let name: String
        let line: Int
        let count: Int
    }

    /// Functions found by indentation: from the declaration to the closing brace below its first letter.
    var functions: [Function] {
        var functions: [Function] = []
        for (index, line) in code.enumerated() {
            guard line.hasSuffix("{") || line.hasSuffix("("),
                line.contains("func ") || line.contains("init")
                    || line.contains("deinit") || line.contains("subscript")
            else { continue }
            guard
                let match = line.firstMatch(
                    of: /^( *)(?:[@a-z(&:)_]+ )*(?:func (\w+|[^\s(]+)|(init\??|deinit|subscript))/)
            else {
                continue
            }
            let indentation = String(match.1)
            guard let opening = code[index...].prefix(12).firstIndex(where: { $0.hasSuffix("{") }) else { continue }
            guard let end = code[opening...].firstIndex(where: { $0 == indentation + "}" }) else { continue }
            let name = match.2.map(String.init) ?? String(match.3 ?? "init")
            functions.append(Function(name: name, line: index + 1, count: end - index + 1))
        }
        return functions
    }
}
