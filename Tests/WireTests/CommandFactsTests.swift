// Where the keys of some 1,200 sample calls are, what COMMAND DOCS says in words, and which commands each category has,
// as Redis 7.2 answers, for the commands that the server has. Known differences: LeftOut/getkeys.txt,
// LeftOut/documentation.txt.

import TestSupport
import Testing

@Suite(.enabled(if: ServerProcess.apus != nil, "the server is not built"))
struct CommandFactsTests {
    private let server: ServerProcess
    private let names: Set<String>

    init() throws {
        server = try ServerProcess(try #require(ServerProcess.apus))
        var connection = try server.connect()
        let answer = connection.call(["COMMAND", "LIST"])
        names = Set(try #require(answer).elements.compactMap(\.text))
    }

    @Test func keysOfCallsAreFoundWhereRedisFindsThem() throws {
        var connection = try server.connect()
        var leftOut = LeftOut("getkeys")
        for row in try Fact.file("getkeys").list {
            let words = row["call"].list.compactMap(\.text)
            guard isBuilt(words) else { continue }
            let name = words.joined(separator: " ")
            let expected = row["keys"]
            let keys = expected.text == nil ? Fact.list(expected.list.map { $0.list[0] }) : expected
            for (subcommand, fact) in [("GETKEYS", keys), ("GETKEYSANDFLAGS", expected)] {
                let heard = connection.call(["COMMAND", subcommand] + words).map { CommandFactsTests.plain(Fact($0)) }
                if heard != fact {
                    leftOut.note(
                        "\(subcommand) \(name)", "expected \(fact.shown), heard \(heard?.shown ?? "nothing")")
                }
            }
        }
        for finding in leftOut.findings() { Issue.record("\(finding)") }
    }

    @Test func documentationSaysWhatThatOfRedisSays() throws {
        var connection = try server.connect()
        var leftOut = LeftOut("documentation")
        for (name, fact) in try Fact.file("documentation").record where names.contains(name) {
            compare(name, connection.call(["COMMAND", "DOCS", name])?[name], fact, into: &leftOut)
        }
        for finding in leftOut.findings() { Issue.record("\(finding)") }
    }

    @Test func categoriesHaveTheCommandsThatTheyHaveInRedis() throws {
        var connection = try server.connect()
        let categories = try Fact.file("categories").record
        // Newer commands are not asked for.
        let known = Set(categories.flatMap { $0.value.list.compactMap(\.text) })
        for (category, fact) in categories {
            let answer = connection.call(["ACL", "CAT", category])
            let heard = Set(try #require(answer).elements.compactMap(\.text)).intersection(known)
            let expected = Set(fact.list.compactMap(\.text)).intersection(names)
            #expect(heard == expected, "\(category): \(heard.symmetricDifference(expected).sorted())")
        }
    }

    private func compare(_ name: String, _ docs: Reply?, _ fact: Fact, into leftOut: inout LeftOut) {
        guard let docs else { return leftOut.note("\(name) DOCS", "no reply") }
        for (field, expected) in fact.record where field != "subcommands" {
            let heard = docs[field].map { CommandFactsTests.plain(Fact($0)) }
            if heard != expected {
                leftOut.note("\(name) \(field)", "expected \(expected.shown), heard \(heard?.shown ?? "nothing")")
            }
        }
        for (subcommand, fact) in fact["subcommands"].record where names.contains(subcommand) {
            compare(subcommand, docs["subcommands"]?[subcommand], fact, into: &leftOut)
        }
    }

    private func isBuilt(_ words: [String]) -> Bool {
        let name = words[0].lowercased()
        if name == "nosuch" { return true }
        guard names.contains(name) else { return false }
        let isContainer = names.contains { $0.hasPrefix(name + "|") }
        return !isContainer || words.count < 2 || names.contains("\(name)|\(words[1].lowercased())")
    }

    /// Simple strings without their sign, at any depth.
    private static func plain(_ fact: Fact) -> Fact {
        switch fact {
        case .list(let list): .list(list.map(plain))
        case .text(let text) where text.hasPrefix("+"): .text(String(text.dropFirst()))
        default: fact
        }
    }
}
