// Facts measured on Redis 7.2, as JSON, and replies in the same notation, so that the two compare as text.

import Foundation

/// A JSON value with an order of its own, for comparing.
public indirect enum Fact: Equatable, Sendable {
    case null
    case integer(Int64)
    case text(String)
    case list([Fact])
    case record([String: Fact])

    public init(_ json: Any) {
        switch json {
        case let text as String: self = .text(text)
        case let list as [Any]: self = .list(list.map(Fact.init))
        case let record as [String: Any]: self = .record(record.mapValues(Fact.init))
        case let number as NSNumber: self = .integer(number.int64Value)
        default: self = .null
        }
    }

    /// A reply as the fact files write it: simple strings and errors with their sign, nested replies as lists.
    public init(_ reply: Reply) {
        switch reply {
        case .simple(let text): self = .text("+" + text)
        case .error(let text): self = .text("-" + text)
        case .integer(let value): self = .integer(value)
        case .bulk(let bytes): self = .text(String(decoding: bytes, as: UTF8.self))
        case .null: self = .null
        case .array(let elements), .map(let elements), .set(let elements), .push(let elements):
            self = .list(elements.map { Fact($0) })
        case .other(let text): self = .text(text)
        }
    }

    /// A file of facts about Redis 7.2.
    public static func file(_ name: String) throws -> Fact {
        let file = repositoryRoot.appendingPathComponent("Tests/WireTests/Facts/\(name).json")
        return Fact(try JSONSerialization.jsonObject(with: Data(contentsOf: file)))
    }

    public subscript(name: String) -> Fact {
        guard case .record(let record) = self else { return .null }
        return record[name] ?? .null
    }

    public var list: [Fact] {
        guard case .list(let list) = self else { return [] }
        return list
    }

    public var text: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }

    public var integer: Int64? {
        guard case .integer(let value) = self else { return nil }
        return value
    }

    public var record: [String: Fact] {
        guard case .record(let record) = self else { return [:] }
        return record
    }

    /// One line of text, records sorted by name.
    public var shown: String {
        switch self {
        case .null: "null"
        case .integer(let value): String(value)
        case .text(let text): "\"\(Words.show(text.utf8))\""
        case .list(let list): "[" + list.map(\.shown).joined(separator: ",") + "]"
        case .record(let record):
            "{" + record.keys.sorted().map { "\($0):\((record[$0] ?? .null).shown)" }.joined(separator: ",") + "}"
        }
    }
}
