// What the set commands share: sets named by arguments, and counts of members to draw.

extension CommandContext {
    /// The sets whose keys are the arguments in this range; a missing one counts as empty.
    mutating func sets(at range: Range<Int>, of arguments: Arguments) throws(CommandError) -> SetOperands {
        var sets = SetOperands(heap: keyspace.heap, expecting: range.count)
        for index in range { sets.append(try keyspace.value(at: arguments.key(index), as: SetValue.self)?.word) }
        return sets
    }

    /// Keeps a set that no key has yet, and answers how many members it has.
    mutating func store(_ set: SetValue, at key: Key, event: KeyspaceEvent, _ reply: inout ReplyWriter) {
        let count = set.count
        keyspace.store(key, set, event: event)
        reply.integer(count)
    }

    /// Answers the members of a set that no key has, which ends with that.
    mutating func answer(withMembersOf made: SetValue, _ arguments: Arguments, _ reply: inout ReplyWriter) {
        var made = made
        reply.set(made.count)
        if made.count > mostAnsweredAtOnce {
            let value = StoredValue(kind: .set, word: made.word), all = 0..<made.count
            return answerGradually(value, all, isOwned: true, of: arguments)
        }
        made.forEach { reply.bulk($0) }
        made.discard()
    }
}

extension SetValue {
    /// The end of a set that is no key's.
    @_lifetime(self: copy self)
    mutating func discard() {
        var budget = Int.max
        _ = free(budget: &budget)
    }
}

extension Arguments {
    /// How many random elements are wanted; if negative, with repetitions.
    func sampleCount(_ index: Int) throws(CommandError) -> Int {
        let count = try integer(index)
        guard count > Int64.min else {
            throw .because("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
        }
        return Int(count)
    }
}

extension ReplyWriter {
    /// What one command draws at random with repetitions must fit in so many bytes of reply.
    private static let longestSample = 32 << 20

    /// Refuses a sample whose reply would be beyond all bounds, before it is begun and while it grows.
    func checkSample(begunAt mark: Int, elements: Int) throws(CommandError) {
        // A client with a limit is cut when its reply meets it; there is no use in going on.
        if hasOverflowed || count - mark > ReplyWriter.longestSample { throw .outOfRange }
        // The shortest element takes six bytes.
        if !isBounded, elements > ReplyWriter.longestSample / 6 { throw .outOfRange }
    }
}
