// A conversation with the server, written down (the format: Tests/README.md). Reading one knows nothing of how it is
// held.

import Foundation

/// A transcript file, taken apart into steps.
public struct Transcript: Sendable {
    public struct Step: Sendable {
        public let line: Int
        public let client: Int
        public let marks: [String]
        public let action: Action
    }

    public enum Action: Sendable {
        case say([UInt8], shown: String)
        case hear(String)
        case hearLike(String)
        /// An integer, to be used later as `{name}`.
        case note(name: String)
        /// The next lines, whose elements (in groups of so many) may come in any order.
        case hearUnordered([String], group: Int)
        case skipReply
        case wait(milliseconds: Int64)
        case malformed(String)
    }

    public let name: String
    public let steps: [Step]

    public init(name: String, text: String) {
        self.name = name
        var steps: [Step] = []
        var standing: [String] = []
        var block: (line: Int, client: Int, marks: [String], group: Int, lines: [String])?
        for (index, whole) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            var line = whole.hasSuffix("\r") ? whole.dropLast() : whole
            if line.isEmpty || line.hasPrefix("#") { continue }
            var marks = standing
            while line.hasPrefix("["), let end = line.firstIndex(of: "]") {
                marks.append(String(line[line.index(after: line.startIndex)..<end]))
                line = line[line.index(after: end)...].drop { $0 == " " }
            }
            if line.isEmpty {
                standing = marks.last == "all" ? [] : marks
                continue
            }
            let client = line.first?.wholeNumberValue
            if client != nil { line = line.dropFirst() }
            if line.hasPrefix("<{") {
                block = (index + 1, client ?? 1, marks, Int(line.dropFirst(2)) ?? 1, [])
            } else if line == "<}", let open = block {
                steps.append(
                    Step(
                        line: open.line, client: open.client, marks: open.marks,
                        action: .hearUnordered(open.lines, group: open.group)))
                block = nil
            } else if block != nil, line.hasPrefix("<") {
                block?.lines.append(Transcript.expected(line.dropFirst()))
            } else {
                steps.append(Step(line: index + 1, client: client ?? 1, marks: marks, action: Transcript.action(line)))
            }
        }
        if let block {
            steps.append(
                Step(line: block.line, client: 1, marks: [], action: .malformed("the block <{ is never closed")))
        }
        self.steps = steps
    }

    private static func action(_ line: Substring) -> Action {
        if line.hasPrefix(">>") {
            let shown = line.dropFirst(line.hasPrefix(">> ") ? 3 : 2)
            return .say(Words.unescape(shown), shown: String(shown))
        }
        if line.hasPrefix(">") {
            guard let words = Words.split(line.dropFirst()), !words.isEmpty else {
                return .malformed("a quote stays open")
            }
            return .say(Words.request(words), shown: String(line.dropFirst(2)))
        }
        if line == "<..." { return .skipReply }
        if line.hasPrefix("<= ") { return .note(name: String(line.dropFirst(3))) }
        if line.hasPrefix("<~") { return .hearLike(String(line.dropFirst(line.hasPrefix("<~ ") ? 3 : 2))) }
        if line.hasPrefix("<") { return .hear(expected(line.dropFirst())) }
        if line.hasPrefix("+"), let milliseconds = Int64(line.dropFirst().drop { $0 == " " }) {
            return .wait(milliseconds: milliseconds)
        }
        return .malformed("this is no line of a transcript: \(line)")
    }

    /// The text after `<`, with what is not ASCII written as replies are shown.
    private static func expected(_ rest: Substring) -> String {
        Words.show(Words.unescape(rest.hasPrefix(" ") ? rest.dropFirst() : rest))
    }

    /// How long the conversation waits in all, and the shortest of its pauses: real clocks cannot follow every
    /// transcript.
    public var pauses: (total: Int64, shortest: Int64) {
        var total: Int64 = 0
        var shortest = Int64.max
        for step in steps {
            guard case .wait(let milliseconds) = step.action else { continue }
            total += milliseconds
            shortest = min(shortest, milliseconds)
        }
        return (total, shortest)
    }

    // MARK: Finding them

    /// The folder of all transcripts.
    public static let folder = repositoryRoot.appendingPathComponent("Tests/EngineTests/Transcripts")

    /// The names of all transcripts, as paths below the folder.
    public static let allNames: [String] = {
        let paths = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".txt") }.sorted()
    }()

    public init(named name: String) throws {
        self.init(
            name: name, text: try String(contentsOf: Transcript.folder.appendingPathComponent(name), encoding: .utf8))
    }
}

/// The checkout that these tests belong to.
public let repositoryRoot = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
