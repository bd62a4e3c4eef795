// Reading a sorted set: ranks, stretches in both directions, a stretch for SCAN, members by chance.

extension SortedSetValue {
    /// The rank of a member, counted from 0, and its score.
    func rank(of member: Bytes) -> (rank: Int, score: Double)? {
        if isLarge {
            guard let item = table.find(member, heap.hash(member))?.item else { return nil }
            return (tree.rank(of: item, score: item.score), item.score)
        }
        guard word != 0, let position = list.find(member, stride: 2) else { return nil }
        var rank = 0, place = list.first
        while place < position {
            place = list.skip(2, from: place)
            rank += 1
        }
        return (rank, list.score(at: list.next(position)))
    }

    /// How many members `comesBefore` is true of; the order is such that those come first.
    @inline(__always) private func rank(where comesBefore: (Double, StringValue) -> Bool) -> Int {
        if isLarge { return tree.rank { comesBefore($0, .bytes($1.member)) } }
        if word == 0 { return 0 }
        var rank = 0, position = list.first
        while position < list.end {
            let scorePosition = list.next(position)
            guard comesBefore(list.score(at: scorePosition), list.element(at: position)) else { break }
            position = list.next(scorePosition)
            rank += 1
        }
        return rank
    }

    /// The ranks of the members whose scores are in the range.
    func ranks(in range: ScoreRange) -> Range<Int> {
        let lower = rank { score, _ in range.isBelow(score) }
        return lower..<max(lower, rank { score, _ in range.reaches(score) })
    }

    /// The ranks of the members in the range, if all scores are equal. Where they are not, a small set is searched
    /// from its beginning, or its end, as in Redis; in a large one it is some stretch.
    func ranks(in range: borrowing MemberRange, backwards: Bool = false) -> Range<Int> {
        if count == 0 { return 0..<0 }
        if isLarge {
            // The first member must not lie behind the range, nor the last one before it.
            let first = tree.place(0).member.member, last = tree.place(count &- 1).member.member
            guard range.reaches(.bytes(first)), !range.isBelow(.bytes(last)) else { return 0..<0 }
            let lower = rank { range.isBelow($1) }
            return lower..<max(lower, rank { range.reaches($1) })
        }
        return backwards ? lastStretch(in: range) : firstStretch(in: range)
    }

    /// From the first member that is not below the range, as far as the range goes.
    private func firstStretch(in range: borrowing MemberRange) -> Range<Int> {
        var index = 0, lower: Int?, upper: Int?, isPossible = false
        forEach { member, _ in
            let isBelow = range.isBelow(member), reaches = range.reaches(member)
            if index == 0 { isPossible = reaches }
            if index == count - 1, isBelow { isPossible = false }
            if lower == nil, !isBelow { lower = index }
            if lower != nil, upper == nil, !reaches { upper = index }
            index += 1
        }
        guard isPossible, let lower else { return 0..<0 }
        return lower..<(upper ?? index)
    }

    /// From the last member that is not behind the range, as far down as the range goes.
    private func lastStretch(in range: borrowing MemberRange) -> Range<Int> {
        var index = 0, start = 0, isPossible = false
        var found = 0..<0
        forEach { member, _ in
            let isBelow = range.isBelow(member), reaches = range.reaches(member)
            if index == 0 { isPossible = reaches }
            if index == count - 1, isBelow { isPossible = false }
            if isBelow { start = index + 1 }
            if reaches { found = isBelow ? 0..<0 : start..<index + 1 }
            index += 1
        }
        return isPossible ? found : 0..<0
    }

    /// Members and scores of these ranks, which must exist, from the first to the last or the other way.
    @inline(__always) func forEach(in ranks: Range<Int>, backwards: Bool = false, _ body: (StringValue, Double) -> Void)
    {
        if ranks.isEmpty { return }
        precondition(ranks.lowerBound >= 0 && ranks.upperBound <= count)
        if isLarge { return tree.forEach(in: ranks, backwards: backwards) { body(.bytes($0.member), $1) } }
        let list = list
        var position = list.position(of: 2 &* ranks.lowerBound)
        if !backwards {
            for _ in 0..<ranks.count {
                let scorePosition = list.next(position)
                body(list.element(at: position), list.score(at: scorePosition))
                position = list.next(scorePosition)
            }
            return
        }
        // A packed list is read forwards only.
        var positions: [Int] = []
        positions.reserveCapacity(ranks.count)
        for _ in 0..<ranks.count {
            positions.append(position)
            position = list.skip(2, from: position)
        }
        for position in positions.reversed() { body(list.element(at: position), list.score(at: list.next(position))) }
    }

    @inline(__always) func forEach(_ body: (StringValue, Double) -> Void) { forEach(in: 0..<count, body) }

    /// About `count` members from `cursor` on, and the cursor of the rest; a small set shows all at once.
    func scan(_ cursor: UInt64, count: Int, _ body: (StringValue, Double) -> Void) -> UInt64 {
        if isLarge { return table.scan(cursor, count: count) { body(.bytes($0.member), $0.score) } }
        forEach(body)
        return 0
    }

    /// A member by chance; there must be one.
    func random(_ body: (StringValue, Double) -> Void) {
        let rank = heap.random(below: count)
        forEach(in: rank..<rank + 1, body)
    }

    /// `wanted` different members by chance; all of them if there are fewer.
    func sample(_ wanted: Int, _ body: (StringValue, Double) -> Void) {
        if isLarge { return table.sample(wanted) { body(.bytes($0.member), $0.score) } }
        var left = count, missing = min(wanted, left)
        forEach { member, score in
            if missing > 0, heap.random(below: left) < missing {
                body(member, score)
                missing -= 1
            }
            left -= 1
        }
    }
}
