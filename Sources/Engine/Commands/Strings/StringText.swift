// What the string commands share: the text of a value that is kept as an integer, and adding to one.

internal import Platform

extension StringValue {
    /// How many bytes the value has as text.
    var textCount: Int {
        switch self {
        case .bytes(let bytes): bytes.count
        case .integer: withText { $0.count }
        }
    }

    /// Lets `body` read the value as text.
    func withText<Result>(_ body: (Bytes) throws(CommandError) -> Result) throws(CommandError) -> Result {
        switch self {
        case .bytes(let bytes): return try body(bytes)
        case .integer(let integer):
            var digits = Buffer(capacity: 24)
            digits.append(decimal: integer)
            return try body(digits.contents)
        }
    }

    func withText<Result>(_ body: (Bytes) -> Result) -> Result {
        switch self {
        case .bytes(let bytes): return body(bytes)
        case .integer(let integer):
            var digits = Buffer(capacity: 24)
            digits.append(decimal: integer)
            return body(digits.contents)
        }
    }

    /// The value as a number of the machine's widest kind, if it is one.
    var extendedFloat: ExtendedFloat? {
        switch self {
        case .bytes(let bytes): bytes.extendedFloat
        case .integer(let integer): ExtendedFloat(integer)
        }
    }
}

extension CommandContext {
    /// Adds to the integer at `key`, and answers the sum.
    @inline(__always)
    mutating func increment(_ key: Key, by amount: Int64, _ reply: inout ReplyWriter) throws(CommandError) {
        var sum: Int64 = 0
        try keyspace.update(key, as: Int64.self, event: .incrby) { value throws(CommandError) in
            let (result, overflows) = value.addingReportingOverflow(amount)
            guard !overflows else { throw .overflow }
            value = result
            sum = result
        }
        reply.integer(Int(sum))
    }
}
