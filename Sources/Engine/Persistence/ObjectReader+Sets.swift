// Sets and sorted sets from snapshots. A member that comes twice is refused, and so is a score that is no number.

extension ObjectReader {
    // MARK: Sets

    /// Type 11: integers of one width, in ascending order.
    func readIntegers(from source: inout PayloadReader) throws(PayloadError) -> LoadedValue {
        var text = Buffer()
        let blob = try source.string(&text)
        guard blob.count >= 8 else { throw .malformed }
        let head = UInt64(littleEndian: blob.word(at: 0))
        let width = Int(head & 0xFFFF_FFFF), count = Int(head >> 32)
        guard [2, 4, 8].contains(width), count == (blob.count - 8) / width, (blob.count - 8) % width == 0 else {
            throw .malformed
        }
        let isTable = count > heap.limits.integerSetEntries
        let empty = isTable ? SetValue.emptyTable(in: heap, expecting: min(count, 1 << 16)) : SetValue.empty(in: heap)
        var integers = PayloadReader(blob.dropping(first: 8))
        return try build(empty) { (set) throws(PayloadError) in
            var last: Int64?
            for _ in 0..<count {
                let unused = Int64(64 - 8 * width)
                let integer = (Int64(bitPattern: try integers.number(size: width)) << unused) >> unused
                if let last, last >= integer { throw .malformed }
                last = integer
                set.insert(.integer(integer))
            }
        }
    }

    /// Type 20: one listpack of members.
    func readPackedSet(from source: inout PayloadReader) throws(PayloadError) -> LoadedValue {
        var text = Buffer()
        guard let listpack = Listpack(checking: try source.string(&text)) else { throw .malformed }
        let isTable = listpack.count > heap.limits.setEntries
        let empty = isTable ? SetValue.emptyTable(in: heap, expecting: 0) : SetValue.emptyList(in: heap)
        // An optional index makes the optimiser of Swift 6.3 stop.
        let isIndexed = !isTable && listpack.count > ObjectReader.mostSearched, index = MemberIndex(in: heap)
        return try withoutSizeLimits { () throws(PayloadError) in
            try build(empty) { (set) throws(PayloadError) in
                var position = listpack.first
                while position < listpack.end {
                    let isNew = listpack.element(at: position).withBytes { member in
                        guard isIndexed else { return set.insert(member) }
                        guard index.insert(member) else { return false }
                        set.append(absent: member)
                        return true
                    }
                    guard isNew else { throw .malformed }
                    position = listpack.next(position)
                }
            }
        }
    }

    // MARK: Sorted sets

    /// Types 12 and 17: members and scores by turns in a ziplist or a listpack.
    func readPackedSortedSet(_ type: ObjectType, from source: inout PayloadReader) throws(PayloadError)
        -> LoadedValue
    {
        var text = Buffer()
        let bytes = try source.string(&text)
        if type == .sortedSetListpack { return try readScores(of: bytes) }
        let listpack = try converted(ziplist: bytes)
        return try readScores(of: listpack.contents)
    }

    private func readScores(of bytes: Bytes) throws(PayloadError) -> LoadedValue {
        guard let listpack = Listpack(checking: bytes), listpack.count % 2 == 0 else { throw .malformed }
        return try withoutSizeLimits { () throws(PayloadError) in
            try build(SortedSetValue.empty(in: heap)) { (set) throws(PayloadError) in
                if listpack.count / 2 > min(heap.limits.sortedSetEntries, ObjectReader.mostSearched / 8) {
                    set.becomeLarge(expecting: 0)
                }
                var position = listpack.first
                while position < listpack.end {
                    let scorePosition = listpack.next(position)
                    guard let score = ObjectReader.score(listpack.element(at: scorePosition)) else { throw .malformed }
                    let change = listpack.element(at: position).withBytes { set.add($0, score: score).change }
                    guard change == .added else { throw .malformed }
                    position = listpack.next(scorePosition)
                }
                set.becomeSmallIfPossible()
            }
        }
    }

    private static func score(_ element: StringValue) -> Double? {
        switch element {
        case .integer(let integer): return Double(integer)
        case .bytes(let bytes):
            guard let score = bytes.double, !score.isNaN else { return nil }
            return score
        }
    }
}
