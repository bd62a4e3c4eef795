// What several commands ask of the value that a key has before they change it: IFEQ, IFNE, and the same of its digest.

/// Options of a command that goes on only if the value is, or is not, a given one.
protocol ValueConditionOption: CommandOption {
    static var ifEq: Self { get }
    static var ifNe: Self { get }
    static var ifDEq: Self { get }
    static var ifDNe: Self { get }
}

extension ValueConditionOption {
    /// The bits of all four.
    @inline(__always) static var all: UInt32 { ifEq.bit | ifNe.bit | ifDEq.bit | ifDNe.bit }

    static var grammar: [Argument] {
        [
            .token(Self.ifEq, .string("ifeq-value")), .token(Self.ifNe, .string("ifne-value")),
            .token(Self.ifDEq, .string("ifdeq-digest")), .token(Self.ifDNe, .string("ifdne-digest")),
        ]
    }
}

/// A condition on a value.
enum ValueCondition {
    case equals, differs, digestEquals, digestDiffers

    /// Whether it wants equality.
    var wantsEquality: Bool { self == .equals || self == .digestEquals }

    /// Whether the value is as it should be. A digest that has a letter too many is an error; one with letters that no
    /// digest has is just another one.
    func isMet(by value: StringValue, _ word: Bytes) throws(CommandError) -> Bool {
        let isEqual: Bool
        switch self {
        case .equals, .differs: isEqual = value.withBytes { $0 == word }
        case .digestEquals, .digestDiffers:
            guard word.count == 16 else { throw .because("ERR must be exactly 16 hexadecimal characters") }
            isEqual = value.withBytes { XXH3.digest(of: $0) } == word.hexadecimalWord
        }
        return isEqual == wantsEquality
    }
}

extension Arguments {
    /// The condition among the options, and where its word stands.
    @inline(never)
    func valueCondition<Option: ValueConditionOption>(_ options: Options<Option>) -> (ValueCondition, Int)? {
        if let index = index(after: .ifEq, in: options) { return (.equals, index) }
        if let index = index(after: .ifNe, in: options) { return (.differs, index) }
        if let index = index(after: .ifDEq, in: options) { return (.digestEquals, index) }
        if let index = index(after: .ifDNe, in: options) { return (.digestDiffers, index) }
        return nil
    }
}

extension CommandContext {
    /// Whether the string at `key` is as it should be; nil if there is no key. Neither hit nor use.
    mutating func meets(
        _ condition: ValueCondition, _ key: Key, _ word: Bytes
    ) throws(CommandError) -> Bool? {
        guard let value = try keyspace.stringToChange(at: key) else { return nil }
        return try condition.isMet(by: value, word)
    }
}
