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

    /// The ranks of the members in the range, if all scores are equal; some stretch otherwise.
    func ranks(in range: borrowing MemberRange) -> Range<Int> {
        let lower = rank { range.isBelow($1) }
        return lower..<max(lower, rank { range.reaches($1) })
    }

    /// Members and scores of these ranks, which must exist, from the first to the last or the other way.
    @inline(__always) func forEach(in ranks: Range<Int>, backwards: Bool = false, _ body: (StringValue, Double) -> Void) {
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
