// PFCOUNT key …

enum PFCOUNT: Command {
    static let declaration = Declaration(
        "pfcount", .hyperloglog, since: "2.8.9",
        complexity:
            "O(1) with a very small average constant time when called with a single key. O(N) with N being the "
            + "number of keys, and much bigger constant times, when called with multiple keys.",
        summary: "Returns the approximated cardinality of the set(s) observed by the HyperLogLog key(s).",
        flags: [.readOnly, .mayReplicate], propagates: .verbatim,
        grammar: [
            .key(
                "key", .readAndConvert,
                note: "RW because it may change the internal representation of the key, and propagate to replicas"
            ).repeated
        ])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        if arguments.count > 2 { return reply.integer(Int(try context.cardinalityOfUnion(arguments))) }
        let key = arguments.key(1)
        guard let found = try context.cardinality(at: key) else { return reply.integer(0) }
        if !found.isCached {
            try context.keyspace.editString(key, event: nil) { string in
                string.setWord(UInt64(bitPattern: found.cardinality), at: HyperLogLog.cardinalityOffset)
                return 1
            }
        }
        reply.integer(Int(found.cardinality))
    }
}

extension CommandContext {
    /// Brings every HyperLogLog in that one of the words from `first` on names; keys that are not there are empty.
    mutating func merge(
        _ arguments: Arguments, from first: Int, into registers: inout RegisterMaxima
    ) throws(CommandError) -> HyperLogLog.Form {
        var form = HyperLogLog.Form.sparse
        for index in first..<arguments.count {
            guard let value = try keyspace.string(at: arguments.key(index)) else { continue }
            try value.withBytes { string throws(CommandError) in
                let own = try string.requiredHyperLogLogForm()
                guard registers.merge(string, own) else { throw .corruptHyperLogLog }
                if own == .dense { form = .dense }
            }
        }
        return form
    }

    /// The cardinality that one key has kept or, if it is out of date, computed; nil if there is no such key.
    fileprivate mutating func cardinality(at key: Key) throws(CommandError) -> (cardinality: Int64, isCached: Bool)? {
        guard let value = try keyspace.string(at: key) else { return nil }
        return try value.withBytes { string throws(CommandError) in
            let form = try string.requiredHyperLogLogForm()
            if let cached = string.cachedCardinality { return (cached, true) }
            guard let histogram = string.registerHistogram(form) else { throw .corruptHyperLogLog }
            return (histogram.estimate, false)
        }
    }

    fileprivate mutating func cardinalityOfUnion(_ arguments: Arguments) throws(CommandError) -> Int64 {
        var registers = RegisterMaxima()
        _ = try merge(arguments, from: 1, into: &registers)
        return registers.histogram.estimate
    }
}
