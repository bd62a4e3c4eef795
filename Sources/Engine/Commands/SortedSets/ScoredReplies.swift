// How members and scores are answered: flat in RESP2, as pairs in RESP3; and the ranks and ends that several commands
// show in the same way.

extension ReplyWriter {
    /// One member, with its score if that is asked for.
    @inline(__always) mutating func member(_ member: StringValue, _ score: Double, withScores: Bool) {
        if withScores, version == .three { array(2) }
        bulk(member)
        if withScores { double(score) }
    }

    /// The members of a set that is no key's, which ends here.
    mutating func members(ofResult result: consuming SortedSetValue, withScores: Bool) {
        array(withScores && version == .two ? 2 * result.count : result.count)
        result.forEach { member($0, $1, withScores: withScores) }
        var budget = Int.max
        _ = result.free(budget: &budget)
    }
}

extension CommandContext {
    /// The members that a range asks for, of the set at the first key.
    mutating func members(_ request: RangeRequest, _ arguments: Arguments, _ reply: inout ReplyWriter)
        throws(CommandError)
    {
        let withScores = request.withScores
        let rest: (value: StoredValue, ranks: Range<Int>)
        do {
            guard let set = try keyspace.value(at: arguments.key(1), as: SortedSetValue.self) else {
                return reply.array(0)
            }
            let ranks = try request.ranks(of: set, arguments)
            reply.array(withScores && reply.version == .two ? 2 * ranks.count : ranks.count)
            guard _slowPath(ranks.count > mostAnsweredAtOnce) else {
                return set.forEach(in: ranks, backwards: request.backwards) {
                    reply.member($0, $1, withScores: withScores)
                }
            }
            rest = (StoredValue(kind: .sortedSet, word: set.word), ranks)
        }
        answerGradually(
            rest.value, part: withScores ? .membersAndScores : .elements, rest.ranks, backwards: request.backwards,
            of: arguments)
    }

    mutating func rank(_ arguments: Arguments, backwards: Bool, _ reply: inout ReplyWriter) throws(CommandError) {
        guard arguments.count <= 4 else { throw .wrongArgumentCount }
        let withScore = try !arguments.options(ZRANK.Option.self).isEmpty
        guard let set = try keyspace.value(at: arguments.key(1), as: SortedSetValue.self),
            let (rank, score) = set.rank(of: arguments[2])
        else { return withScore ? reply.nullArray() : reply.null() }
        if withScore { reply.array(2) }
        reply.integer(backwards ? set.count - 1 - rank : rank)
        if withScore { reply.double(score) }
    }

    /// ZPOPMIN and ZPOPMAX.
    mutating func popScores(_ arguments: Arguments, backwards: Bool, _ reply: inout ReplyWriter) throws(CommandError) {
        guard arguments.count <= 3 else { throw .syntax }
        let hasCount = arguments.count == 3
        let wanted = hasCount ? try arguments.count(2, else: .mustBePositive) : 1
        let popped = try keyspace.update(
            arguments.key(1), as: SortedSetValue.self, ifMissing: .leave, event: backwards ? .zpopmax : .zpopmin
        ) { set in
            let count = min(wanted, set.count)
            let isNested = hasCount && reply.version == .three
            reply.array(isNested ? count : 2 &* count)
            set.pop(count, backwards: backwards, nested: isNested, &reply)
            return count
        }
        if popped == nil { reply.array(0) }
    }
}

extension SortedSetValue {
    /// Shows `count` members with their scores from one end on, and removes them; there are as many.
    @_lifetime(self: copy self)
    mutating func pop(_ count: Int, backwards: Bool, nested: Bool, _ reply: inout ReplyWriter) {
        let total = self.count, ranks = backwards ? total &- count..<total : 0..<count
        forEach(in: ranks, backwards: backwards) { member, score in
            if nested { reply.array(2) }
            reply.bulk(member)
            reply.double(score)
        }
        remove(ranks)
    }
}
