// What the string commands share: numbers in strings, and adding to them.

internal import Platform

extension StringValue {
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
