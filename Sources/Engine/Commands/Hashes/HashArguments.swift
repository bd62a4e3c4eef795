// What the hash commands share: setting the fields that a command names.

internal import Platform

extension CommandContext {
    /// Gives the fields named from the second argument on their values; how many of them are new.
    @inline(__always)
    mutating func setFields(_ arguments: Arguments) throws(CommandError) -> Int {
        guard arguments.count & 1 == 0 else { throw .wrongArgumentCount }
        var created = 0
        try keyspace.update(
            arguments.key(1), as: HashValue.self, ifMissing: .create, event: .hset
        ) { (hash) throws(CommandError) in
            if arguments.count > 4 { hash.prepare(for: arguments) }
            var index = 2
            while index < arguments.count {
                if hash.set(arguments[index], to: arguments[index &+ 1]) { created &+= 1 }
                index &+= 2
            }
            return (arguments.count &- 2) / 2
        }
        return created
    }

    /// Answers a part of each field of the hash at the first key, as `show` writes it.
    @inline(__always)
    mutating func answerHash(
        _ part: ReadingPart, of arguments: Arguments, _ reply: inout ReplyWriter,
        _ show: (HashElement, inout ReplyWriter) -> Void
    ) throws(CommandError) {
        let rest: (value: StoredValue, count: Int)
        do {
            let hash = try keyspace.value(at: arguments.key(1), as: HashValue.self)
            let count = hash?.count ?? 0
            if part == .fieldsAndValues { reply.map(count) } else { reply.array(count) }
            guard let hash else { return }
            guard _slowPath(count > mostAnsweredAtOnce) else { return hash.forEach { show($0, &reply) } }
            rest = (StoredValue(kind: .hash, word: hash.word), count)
        }
        answerGradually(rest.value, part: part, 0..<rest.count, of: arguments)
    }
}

extension HashValue {
    @_lifetime(self: copy self)
    fileprivate mutating func prepare(for arguments: Arguments) {
        var longest = 0
        for index in 2..<arguments.count { longest = max(longest, arguments[index].count) }
        prepare(addingFields: (arguments.count &- 2) / 2, longestSize: longest)
    }
}
