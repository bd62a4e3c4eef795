// What COMMAND and COMMAND DOCS say of the commands that the server has, against what Redis 7.2 says of them: arity,
// flags, key positions and specifications, categories, tips and argument trees. Known differences:
// LeftOut/metadata.txt.

import Foundation
import TestSupport
import Testing

@Suite struct CommandMetadataTests {
    @Test(.enabled(if: ServerProcess.apus != nil, "the server is not built"))
    func commandsAreDescribedAsRedisDescribesThem() throws {
        let server = try ServerProcess(try #require(ServerProcess.apus))
        var connection = try server.connect()
        let answer = connection.call(["COMMAND"])
        let reply = try #require(answer)
        var leftOut = LeftOut("metadata")
        let facts = try Fact.file("commands").list
        compare(reply.elements, facts, into: &leftOut)
        let arguments = try Fact.file("arguments")
        for command in reply.elements.compactMap({ $0.elements.first?.text }) {
            let docs = connection.call(["COMMAND", "DOCS", command])?[command]
            let fact = arguments[command]
            if fact != Fact.null { compareDocs(command, docs, fact, into: &leftOut) }
        }
        for finding in leftOut.findings() { Issue.record("\(finding)") }
    }

    /// What is newer has its documents from its declaration as everything else.
    @Test(.enabled(if: ServerProcess.apus != nil, "the server is not built"))
    func whatRedisDoesNotHaveIsDescribedToo() throws {
        let server = try ServerProcess(try #require(ServerProcess.apus))
        var connection = try server.connect()
        let facts = try Fact.file("commands").list
        let known = Set(facts.flatMap { [$0] + $0["subcommands"].list }.compactMap { $0["name"].text })
        let answer = connection.call(["COMMAND"])
        let rows = try #require(answer).elements
        var newer: [String] = []
        for row in rows + rows.flatMap({ $0.elements.last?.elements ?? [] }) {
            guard let name = row.elements.first?.text, !known.contains(name) else { continue }
            newer.append(name)
            let docs = connection.call(["COMMAND", "DOCS", name])?[name]
            for field in ["summary", "since", "group", "complexity"] {
                #expect(docs?[field]?.text?.isEmpty == false, "\(name) has no \(field)")
            }
            let words: Int64 = name.contains("|") ? 2 : 1, isContainer = docs?["subcommands"] != nil
            let takesMore = Fact(row.elements[1]) != Fact(.integer(words)) && !isContainer
            #expect((docs?["arguments"]?.elements.isEmpty == false) == takesMore, "\(name): arguments")
        }
        for name in ["hexpire", "increx", "lmovem", "cl.throttle", "hotkeys|start", "client|maint_notifications"] {
            #expect(newer.contains(name))
        }
        #expect(newer.count >= 37, "\(newer)")
    }

    private func compare(_ replies: [Reply], _ facts: [Fact], into leftOut: inout LeftOut) {
        let known = Dictionary(facts.map { ($0["name"].text ?? "", $0) }) { first, _ in first }
        for reply in replies {
            let parts = reply.elements
            guard let name = parts.first?.text, let fact = known[name] else { continue }
            guard parts.count >= 10 else {
                leftOut.note("\(name) INFO", "has \(parts.count) parts instead of 10")
                continue
            }
            let numbers = [("arity", 1), ("first", 3), ("last", 4), ("step", 5)]
            for (field, index) in numbers where Fact(parts[index]) != fact[field] {
                leftOut.note("\(name) \(field)", "expected \(fact[field].shown), heard \(Fact(parts[index]).shown)")
            }
            for (field, index) in [("flags", 2), ("acl", 6), ("tips", 7)] {
                let expected = Set(fact[field].list.compactMap(\.text))
                let heard = Set(parts[index].elements.compactMap(\.text))
                if expected != heard {
                    leftOut.note("\(name) \(field)", "expected \(expected.sorted()), heard \(heard.sorted())")
                }
            }
            let specifications = CommandMetadataTests.record(parts[8])
            if CommandMetadataTests.sorted(specifications) != CommandMetadataTests.sorted(fact["key_specs"]) {
                leftOut.note("\(name) key_specs", "expected \(fact["key_specs"].shown), heard \(specifications.shown)")
            }
            compare(parts[9].elements, fact["subcommands"].list, into: &leftOut)
        }
    }

    private func compareDocs(_ name: String, _ docs: Reply?, _ fact: Fact, into leftOut: inout LeftOut) {
        guard let docs else { return leftOut.note("\(name) DOCS", "no reply") }
        for field in ["summary", "since", "group"] where docs[field]?.text?.isEmpty ?? true {
            leftOut.note("\(name) \(field)", "missing")
        }
        let heard = CommandMetadataTests.record(docs["arguments"] ?? .array([]))
        if fact["arguments"] != Fact.null || heard != Fact.list([]), heard != fact["arguments"] {
            leftOut.note("\(name) arguments", "expected \(fact["arguments"].shown), heard \(heard.shown)")
        }
        for (subcommand, fact) in fact["subcommands"].record where docs["subcommands"]?[subcommand] != nil {
            compareDocs(subcommand, docs["subcommands"]?[subcommand], fact, into: &leftOut)
        }
    }

    /// Alternating names and values, at any depth, as records. A list of texts whose first is a known field name is
    /// one.
    private static func record(_ reply: Reply) -> Fact {
        let elements = reply.elements
        guard !elements.isEmpty else { return Fact(reply) }
        let fields: Set = [
            "name", "flags", "begin_search", "type", "index", "keyword", "lastkey", "keynumidx", "notes",
        ]
        if elements.count % 2 == 0, let first = elements[0].text, fields.contains(first), isPairs(elements) {
            var record: [String: Fact] = [:]
            for index in stride(from: 0, to: elements.count, by: 2) {
                record[elements[index].text ?? ""] = CommandMetadataTests.record(elements[index + 1])
            }
            record["notes"] = nil
            return .record(record)
        }
        return .list(elements.map { element in element.text.map(Fact.text) ?? CommandMetadataTests.record(element) })
    }

    private static func isPairs(_ elements: [Reply]) -> Bool {
        stride(from: 0, to: elements.count, by: 2).allSatisfy { elements[$0].text != nil }
    }

    /// Flags are sets, whatever their order.
    private static func sorted(_ fact: Fact) -> Fact {
        switch fact {
        case .list(let list):
            let elements = list.map(sorted)
            let isTexts = elements.allSatisfy { $0.text != nil }
            return .list(isTexts ? elements.sorted { ($0.text ?? "") < ($1.text ?? "") } : elements)
        case .record(let record): return record.isEmpty ? .list([]) : .record(record.mapValues(sorted))
        default:
            if case .text(let text) = fact, text.hasPrefix("+") { return .text(String(text.dropFirst())) }
            return fact
        }
    }
}
