// Some 550 bad or odd calls, their sequences and raw bytes, with what Redis 7.2 answers: replayed against our server
// for the commands that it has. What is known to differ is listed in LeftOut/errors.txt.

import Foundation
import TestSupport
import Testing

@Suite struct ErrorTableTests {
    @Test(.enabled(if: ServerProcess.apus != nil, "the server is not built"))
    func badCallsAreAnsweredAsRedisAnswersThem() throws {
        let binary = try #require(ServerProcess.apus)
        var leftOut = LeftOut("errors")
        try ErrorTable(binary).replay(into: &leftOut)
        for finding in leftOut.findings() { Issue.record("\(finding)") }
    }

    @Test(
        .enabled(
            if: ServerProcess.referenceVersion.minor == 2 && ServerProcess.referenceVersion.major == 7, "no Redis 7.2"))
    func theTableIsTrue() throws {
        let binary = try #require(ServerProcess.reference)
        var leftOut = LeftOut("errors-of-the-reference")
        try ErrorTable(binary).replay(into: &leftOut)
        for finding in leftOut.findings() { Issue.record("\(finding)") }
    }
}

/// The table and the server that it is held against.
private struct ErrorTable {
    let server: ServerProcess
    let commands: Set<String>
    let table: Fact
    let setup: [UInt8]
    let setupCount: Int

    init(_ binary: URL) throws {
        server = try ServerProcess(binary, ["--enable-debug-command", "no"])
        table = try Fact.file("errors")
        var connection = try server.connect()
        let answer = connection.call(["COMMAND"])
        let reply = try #require(answer)
        commands = Set(reply.elements.compactMap { $0.elements.first?.text })
        let calls = table["setup"].list.map { $0.list.compactMap(\.text) }
        setup = calls.flatMap { Words.request($0.map { Array($0.utf8) }) }
        setupCount = calls.count
    }

    func replay(into leftOut: inout LeftOut) throws {
        for call in table["calls"].list where isBuilt(call["call"]) {
            try replay([call], call["call"], into: &leftOut)
        }
        for sequence in table["sequences"].list where sequence.list.allSatisfy({ isBuilt($0["call"]) }) {
            try replay(sequence.list, .list(sequence.list.map { $0["call"] }), into: &leftOut)
        }
        for raw in table["raw"].list {
            guard let bytes = raw["bytes"].text, let expected = raw["reply"].text else { continue }
            var connection = try prepared()
            connection.send(ErrorTable.bytes(bytes))
            var heard: [UInt8] = []
            while heard.count < expected.utf8.count || raw["closed"] == .integer(1), !connection.isClosed {
                let more = connection.receive(milliseconds: 1000)
                if more.isEmpty { break }
                heard += more
            }
            let closed: Int64 = connection.isClosed ? 1 : 0
            if heard != Array(expected.utf8) || raw["closed"] != .integer(closed) {
                leftOut.note(
                    "raw " + Words.show(bytes.utf8),
                    "expected \(Words.show(expected.utf8)) closed \(raw["closed"].shown), "
                        + "heard \(Words.show(heard)) closed \(closed)"
                )
            }
        }
    }

    /// Only commands that this server has, on keys that it can hold.
    private func isBuilt(_ call: Fact) -> Bool {
        let words = call.list.compactMap(\.text)
        guard let name = words.first?.lowercased() else { return false }
        if name == "nosuch" { return true }
        // How often a key was used, after a change of policy, is what its access time happened to be.
        if words.prefix(2) == ["OBJECT", "FREQ"], words.last == "str" { return false }
        let later = ["stream": "xadd", "hll": "pfadd", "geo": "geoadd"]
        return commands.contains(name) && words.dropFirst().allSatisfy { later[$0].map(commands.contains) ?? true }
    }

    private func replay(_ calls: [Fact], _ name: Fact, into leftOut: inout LeftOut) throws {
        var connection = try prepared()
        for call in calls {
            // A missing reply takes seconds to prove, and a map is a matter of HELLO's own test.
            if call["reply"].text?.hasPrefix("(no reply") == true || call["reply"].list.first == .text("%map") {
                return
            }
            let words = call["call"].list.map { $0.text ?? $0.shown }
            let heard = connection.call(words).map { Fact($0) }
            if heard != call["reply"], !isNamedLikeIt(heard, call["reply"]) {
                let names = name.list.map {
                    $0.list.isEmpty ? $0.text ?? "" : $0.list.compactMap(\.text).joined(separator: " ")
                }
                let joined = calls.count > 1 ? names.joined(separator: "; ") : names.joined(separator: " ")
                leftOut.note(
                    Words.show(joined.utf8),
                    "\(words.joined(separator: " ")): "
                        + "expected \(call["reply"].shown), heard \(heard?.shown ?? "nothing")"
                )
                return
            }
        }
    }

    /// Simple strings stand in the table with or without their sign.
    private func isNamedLikeIt(_ heard: Fact?, _ expected: Fact) -> Bool {
        guard let heard = heard?.text, let expected = expected.text else { return false }
        return heard == "+" + expected
            || heard.trimmingCharacters(in: .whitespaces) == expected.trimmingCharacters(in: .whitespaces)
    }

    /// The text as it stands, or `x` as often as `xxx...(70000)` says.
    private static func bytes(_ text: String) -> [UInt8] {
        if let times = text.firstMatch(of: /x\.\.\.\((\d+)\)/), let count = Int(times.1) {
            return Array(repeating: UInt8(ascii: "x"), count: count)
        }
        return Array(text.utf8)
    }

    private func prepared() throws -> Connection {
        var connection = try server.connect()
        connection.send(setup)
        var hearing = Hearing()
        var count = 0
        while count < setupCount {
            if hearing.nextReply() != nil {
                count += 1
            } else {
                let bytes = connection.receive(milliseconds: 3000)
                if bytes.isEmpty { break }
                hearing.append(bytes)
            }
        }
        #expect(count == setupCount, "the server did not answer the setup")
        return connection
    }
}
