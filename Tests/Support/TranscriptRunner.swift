// Holds a conversation as a transcript says and reports where the other side says something else. The other side may be
// a server in this process or one behind a socket.

import Foundation

/// Whom a transcript talks to; marks in brackets choose lines by it.
public struct Partner: Sendable {
    public enum Server: Sendable, Equatable { case apus, redis(major: Int, minor: Int) }
    public enum Place: Sendable { case process, socket }

    public let server: Server
    public let place: Place

    public init(_ server: Server, _ place: Place) {
        self.server = server
        self.place = place
    }

    /// Whether a line with this mark is for this partner.
    func fits(_ mark: String) -> Bool {
        switch mark {
        case "apus": return server == .apus
        case "redis": return server != .apus
        case "process": return place == .process
        case "socket": return place == .socket
        case "7.0":
            if case .redis(let major, let minor) = server { return (major, minor) < (7, 2) }
            return false
        case "7.2":
            if case .redis(let major, let minor) = server { return (major, minor) >= (7, 2) }
            return true
        default: return false
        }
    }
}

/// The other side of a conversation.
public protocol Conversing: ~Copyable {
    /// Sends bytes as one of the clients, who connects when first mentioned.
    mutating func say(_ bytes: [UInt8], as client: Int)
    /// Takes what has come for the client. False when nothing more will come.
    mutating func listen(as client: Int) -> Bool
    mutating func pass(milliseconds: Int64)
    /// What each client has heard and nobody has read.
    var hearings: [Int: Hearing] { get set }
}

/// A place where the conversation went another way than written.
public struct Mismatch: Sendable, CustomStringConvertible {
    public let file: String
    public let line: Int
    public let request: String
    public let problem: String

    public var description: String { "\(file):\(line): after `\(request)`: \(problem)" }
}

extension Transcript {
    /// Holds the conversation and returns where it differed, at most ten places.
    public func run(with partner: Partner, _ conversation: inout some Conversing & ~Copyable) -> [Mismatch] {
        var run = TranscriptRun(name: name)
        for step in steps where step.marks.allSatisfy(partner.fits) {
            run.take(step, &conversation)
            if run.mismatches.count >= 10 { break }
        }
        for client in conversation.hearings.keys.sorted() {
            run.expectSilence(of: client, steps.last?.line ?? 0, &conversation)
        }
        return run.mismatches
    }
}

/// The state of a conversation that is being held.
private struct TranscriptRun {
    let name: String
    var mismatches: [Mismatch] = []
    private var request = "(nothing said yet)"
    /// After a difference the rest of that answer is not looked at.
    private var isLost = false
    /// What was noted, by `{name}`.
    private var notes: [(placeholder: String, text: String)] = []

    init(name: String) { self.name = name }

    mutating func take(_ step: Transcript.Step, _ conversation: inout some Conversing & ~Copyable) {
        switch step.action {
        case .malformed(let problem): report(step.line, problem)
        case .wait(let milliseconds): conversation.pass(milliseconds: milliseconds)
        case .say(let bytes, let shown):
            expectSilence(of: step.client, step.line, &conversation)
            isLost = false
            request = shown
            let filled = filled(shown), isFilled = filled != shown
            let words = isFilled ? Words.split(Substring(filled)) : nil
            conversation.say(words.map(Words.request) ?? bytes, as: step.client)
        case .hear(let expected):
            let filled = filled(expected)
            compare(step, &conversation, "expected \(filled)") { $0 == filled }
        case .note(let name):
            var heard = ""
            compare(step, &conversation, "expected an integer") { line in
                heard = String(line.dropFirst())
                return line.hasPrefix(":")
            }
            notes.append(("{\(name)}", heard))
        case .hearLike(let pattern):
            guard let pattern = try? Regex(pattern) else { return report(step.line, "this is no regular expression") }
            compare(step, &conversation, "expected a line like it") { (try? pattern.wholeMatch(in: $0)) != nil }
        case .hearUnordered(let lines, let group): compareUnordered(step, lines, group, &conversation)
        case .skipReply:
            while conversation.hearings[step.client, default: Hearing()].skipReply() == false {
                guard conversation.listen(as: step.client) else {
                    return report(step.line, "expected a reply, heard nothing")
                }
            }
        }
    }

    private func filled(_ text: String) -> String {
        notes.reduce(text) { $0.replacingOccurrences(of: $1.placeholder, with: $1.text) }
    }

    mutating func expectSilence(of client: Int, _ line: Int, _ conversation: inout some Conversing & ~Copyable) {
        guard var hearing = conversation.hearings[client] else { return }
        let unheard = hearing.takeUnheard()
        conversation.hearings[client] = hearing
        if !unheard.isEmpty, !isLost {
            report(line, "client \(client) also heard \(unheard.prefix(8).joined(separator: " | "))")
        }
    }

    private mutating func compare(
        _ step: Transcript.Step, _ conversation: inout some Conversing & ~Copyable, _ expectation: String,
        _ matches: (String) -> Bool
    ) {
        if isLost { return }
        let heard = nextLine(of: step.client, &conversation) ?? "(nothing)"
        if !matches(heard) {
            report(step.line, "\(expectation), heard \(heard)")
            isLost = true
        }
    }

    private mutating func compareUnordered(
        _ step: Transcript.Step, _ expected: [String], _ group: Int, _ conversation: inout some Conversing & ~Copyable
    ) {
        if isLost { return }
        var heard: [String] = []
        while heard.count < expected.count, let line = nextLine(of: step.client, &conversation) { heard.append(line) }
        let (left, right) = (TranscriptRun.sorted(expected, group), TranscriptRun.sorted(heard, group))
        if left != right {
            report(
                step.line, "expected in any order \(left.joined(separator: " ")), heard \(right.joined(separator: " "))"
            )
            isLost = true
        }
    }

    private func nextLine(of client: Int, _ conversation: inout some Conversing & ~Copyable) -> String? {
        while true {
            if let line = conversation.hearings[client, default: Hearing()].nextLine() { return line }
            guard conversation.listen(as: client) else { return nil }
        }
    }

    private mutating func report(_ line: Int, _ problem: String) {
        mismatches.append(Mismatch(file: name, line: line, request: request, problem: problem))
    }

    /// Elements of one or more lines each, in groups, sorted.
    private static func sorted(_ lines: [String], _ group: Int) -> [String] {
        var elements: [String] = []
        var place = 0
        while place < lines.count { elements.append(element(lines, &place)) }
        let groups = stride(from: 0, to: elements.count, by: group).map { start in
            elements[start..<min(start + group, elements.count)].joined(separator: " ")
        }
        return groups.sorted()
    }

    private static func element(_ lines: [String], _ place: inout Int) -> String {
        guard place < lines.count else { return "(missing)" }
        let head = lines[place]
        place += 1
        let count = Int(head.dropFirst()) ?? 0
        switch head.first {
        case "$" where count >= 0:
            defer { place += 1 }
            return head + " " + (place < lines.count ? lines[place] : "(missing)")
        case "*", "~": return ([head] + (0..<max(0, count)).map { _ in element(lines, &place) }).joined(separator: " ")
        default: return head
        }
    }
}
