// Which stretch of a sorted set a command asks for: by rank, score or member, from either end, as a whole or limited.

/// The request of ZRANGE and its kin.
struct RangeRequest {
    enum Basis { case rank, score, member }

    private var basis: Basis
    private(set) var backwards: Bool
    private(set) var withScores = false
    private var offset = 0
    private var limit = -1
    /// Ranks as they were given.
    private var start = 0, stop = 0
    private var scores = ScoreRange(least: 0, most: 0)
    /// Arguments that name the least and the greatest member or score.
    private var least: Int, greatest: Int

    /// Reads the bounds behind the key, and the options behind those: the ones that basis and direction leave open.
    init(
        _ arguments: Arguments, key: Int, storing: Bool = false, basis given: Basis? = nil,
        backwards givenDirection: Bool? = nil
    ) throws(CommandError) {
        var chosenBasis = given, chosenDirection = givenDirection
        (basis, backwards, least, greatest) = (.rank, false, key + 1, key + 2)
        var index = key + 3
        while index < arguments.count {
            let word = FoldedName(arguments[index])
            if !storing, word == FoldedName("withscores") {
                withScores = true
            } else if word == FoldedName("limit"), index + 2 < arguments.count {
                offset = Int(try arguments.integer(index + 1))
                limit = Int(try arguments.integer(index + 2))
                index += 2
            } else if chosenDirection == nil, word == FoldedName("rev") {
                chosenDirection = true
            } else if chosenBasis == nil, word == FoldedName("bylex") {
                chosenBasis = .member
            } else if chosenBasis == nil, word == FoldedName("byscore") {
                chosenBasis = .score
            } else {
                throw .syntax
            }
            index += 1
        }
        backwards = chosenDirection ?? false
        basis = chosenBasis ?? .rank
        try checkCombination()
        if backwards, basis != .rank { swap(&least, &greatest) }
        try readBounds(arguments)
    }

    private func checkCombination() throws(CommandError) {
        if limit != -1, basis == .rank {
            throw .because(
                "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX")
        }
        if withScores, basis == .member {
            throw .because("ERR syntax error, WITHSCORES not supported in combination with BYLEX")
        }
    }

    private mutating func readBounds(_ arguments: Arguments) throws(CommandError) {
        switch basis {
        case .rank:
            start = Int(try arguments.integer(least))
            stop = Int(try arguments.integer(greatest))
        case .score: scores = try arguments.scoreRange(least, greatest)
        case .member: _ = try arguments.memberRange(least, greatest)
        }
    }

    /// The ranks that are asked for, counted from the least member.
    func ranks(of set: borrowing SortedSetValue, _ arguments: Arguments) throws(CommandError) -> Range<Int> {
        switch basis {
        case .rank:
            let count = set.count, range = Range(clamping: start, through: stop, in: count)
            return backwards ? count - range.upperBound..<count - range.lowerBound : range
        case .score: return limited(set.ranks(in: scores))
        case .member: return limited(set.ranks(in: try arguments.memberRange(least, greatest), backwards: backwards))
        }
    }

    private func limited(_ range: Range<Int>) -> Range<Int> {
        guard offset >= 0, offset < range.count else { return 0..<0 }
        let shown = limit < 0 ? range.count - offset : min(limit, range.count - offset)
        let first = backwards ? range.upperBound - offset - shown : range.lowerBound + offset
        return first..<first + shown
    }
}

extension Arguments {
    /// Two scores; `(` before one leaves it out.
    func scoreRange(_ least: Int, _ most: Int) throws(CommandError) -> ScoreRange {
        let (lower, leavesOutLower) = try scoreBound(least), (upper, leavesOutUpper) = try scoreBound(most)
        return ScoreRange(least: lower, most: upper, leavesOutLeast: leavesOutLower, leavesOutMost: leavesOutUpper)
    }

    private func scoreBound(_ index: Int) throws(CommandError) -> (score: Double, isLeftOut: Bool) {
        let word = self[index], isLeftOut = word.first == UInt8(ascii: "(")
        let digits = isLeftOut ? word.dropping(first: 1) : word
        // Redis takes nothing at all for zero here.
        if digits.isEmpty { return (0, isLeftOut) }
        guard let score = digits.double ?? digits.boundlessDouble else {
            throw .because("ERR min or max is not a float")
        }
        return (score, isLeftOut)
    }

    /// Two members, each behind `[` or `(`; `-` and `+` stand for the ends.
    @_lifetime(copy self)
    func memberRange(_ lower: Int, _ upper: Int) throws(CommandError) -> MemberRange {
        MemberRange(try memberBound(lower), try memberBound(upper))
    }

    @_lifetime(copy self)
    private func memberBound(_ index: Int) throws(CommandError) -> MemberBound {
        let word = self[index]
        switch word.first {
        case UInt8(ascii: "-") where word.count == 1: return .least
        case UInt8(ascii: "+") where word.count == 1: return .most
        case UInt8(ascii: "["): return .including(word.dropping(first: 1))
        case UInt8(ascii: "("): return .excluding(word.dropping(first: 1))
        default: throw .because("ERR min or max not valid string range item")
        }
    }
}

extension Bytes {
    /// A number that may be too large or too small for one, and may have blanks before it, as bounds may.
    fileprivate var boundlessDouble: Double? {
        var start = 0
        while start < count, self[start] == 32 || self[start] >= 9 && self[start] <= 13 { start += 1 }
        guard let number = Double(dropping(first: start).text), !number.isNaN else { return nil }
        return number
    }
}

extension CommandContext {
    /// Removes the members of those ranks that `ranks` finds in the set at the first key, and answers how many.
    @inline(__always)
    mutating func removeMembers(
        of arguments: Arguments, event: KeyspaceEvent, _ reply: inout ReplyWriter,
        at ranks: (SortedSetValue) -> Range<Int>
    ) throws(CommandError) {
        var rest: UInt64?
        let removed = try keyspace.update(
            arguments.key(1), as: SortedSetValue.self, ifMissing: .leave, event: event
        ) { set in
            let found = ranks(set)
            rest = set.detach(found)
            return found.count
        }
        if let rest { keyspace.dispose(StoredValue(kind: .sortedSet, word: rest)) }
        reply.integer(removed ?? 0)
    }
}
