// Values for snapshots and DUMP, each in the form that it has in memory, so that it comes back in the same. A version
// of the format that does not have this form gets the plain one, element by element, which every version reads.

extension ObjectWriter {
    // MARK: Values

    mutating func append(_ value: StringValue) {
        append(.string)
        append(string: value)
    }

    /// A value with blocks of its own.
    mutating func append(_ value: StoredValue, in heap: Heap) {
        switch value.kind {
        case .largeString: append(.bytes(LargeString(word: value.word).bytes))
        case .list: append(ListValue(word: value.word, heap: heap))
        case .hash: append(HashValue(word: value.word, heap: heap))
        case .set: append(SetValue(word: value.word, heap: heap))
        case .sortedSet: append(SortedSetValue(word: value.word, heap: heap))
        case .stream: append(StreamValue(word: value.word, heap: heap), in: heap)
        case .string, .integer32, .integer64, .module: preconditionFailure("no such type in this build")
        }
    }

    /// The head of a value whose elements follow one by one: a list, a set, a hash (field, value), or a sorted set
    /// (member, score, best from the highest down).
    mutating func append(_ type: ObjectType, count: Int) {
        append(type)
        append(length: count)
    }

    mutating func append(score: Double) { append(number: score.bitPattern, size: 8) }

    mutating func append(_ list: ListValue) {
        guard newestVersion >= 10 else {
            append(.list, count: list.count)
            return list.forEach(in: 0..<list.count) { append(string: $0) }
        }
        append(.quicklist, since: 10)
        append(length: list.nodeCount)
        list.forEachNode { append(node: $0) }
    }

    /// A node of a list; to versions that have none, its elements.
    mutating func append(node: PackedDeque) {
        // An element that is so long is alone in its node, which is then no listpack.
        if newestVersion >= 10, node.count == 1, case .bytes(let bytes) = node.element(at: node.first),
            bytes.count >= ListValue.hugeSize
        {
            append(length: 1)
            return append(string: bytes)
        }
        var listpack = ListpackWriter(), position = node.first
        while position < node.end {
            if newestVersion < 10 {
                append(string: node.element(at: position))
            } else {
                listpack.append(node.element(at: position))
            }
            position = node.next(position)
        }
        if newestVersion < 10 { return }
        append(length: 2)
        append(string: listpack.contents)
    }

    mutating func append(_ hash: HashValue) {
        if hash.isTimed, hasFieldDeadlines { return append(timed: hash) }
        guard hash.isPacked, newestVersion >= 10 else {
            append(.hash, count: hash.count)
            return hash.forEach { element in
                append(string: element.field)
                append(string: element.value)
            }
        }
        append(.hashListpack, since: 10)
        var listpack = ListpackWriter()
        hash.forEach { element in
            listpack.append(element.field)
            listpack.append(element.value)
        }
        append(string: listpack.contents)
    }

    /// A hash with fields that end, also those whose time has come: whoever reads it knows the time as well.
    private mutating func append(timed hash: HashValue) {
        guard case .packed(let pairs) = hash.form else {
            begin(hashOf: hash.countInMemory, earliestDeadline: hash.earliestDeadline)
            return hash.forEachTimed { append(field: $0.field, value: $0.value, deadline: $1) }
        }
        var fields: [(moment: Int64, position: Int)] = [], position = pairs.first
        while position < pairs.end {
            fields.append((hash.deadlines[fields.count], position))
            position = pairs.next(position)
        }
        // Those that never end come last.
        fields.sort { one, other in
            let (first, second) = (UInt64(bitPattern: one.moment &- 1), UInt64(bitPattern: other.moment &- 1))
            return (first, one.position) < (second, other.position)
        }
        append(.endingHashListpack, since: ObjectWriter.versionWithFieldDeadlines)
        append(number: UInt64(bitPattern: hash.earliestDeadline), size: 8)
        var listpack = ListpackWriter()
        for (moment, position) in fields {
            listpack.append(pairs.field(at: position))
            listpack.append(pairs.value(at: position))
            listpack.append(moment)
        }
        append(string: listpack.contents)
    }

    mutating func append(_ set: SetValue) {
        switch set.form {
        case .integers(let integers):
            append(.setIntegers)
            append(integers)
        case .packed(let list) where newestVersion < 11:
            append(.set, count: list.count)
            list.forEach { append(string: $0) }
        case .packed(let list):
            append(.setListpack, since: 11)
            var listpack = ListpackWriter()
            list.forEach { listpack.append($0) }
            append(string: listpack.contents)
        case .table(let table):
            append(.set, count: table.count)
            table.forEach { append(string: $0.member) }
        }
    }

    /// Redis's set of integers: how wide they are, how many, and the integers, all with the lowest byte first.
    private mutating func append(_ integers: IntegerSet) {
        var blob = Buffer(capacity: 8 &+ integers.count &* 8)
        let widest = integers.count == 0 ? 0 : [integers[0], integers[integers.count &- 1]].map(\.width).max() ?? 0
        let width = max(2, widest)
        for index in 0..<4 { blob.append(byte: UInt8(truncatingIfNeeded: width &>> (8 &* index))) }
        for index in 0..<4 { blob.append(byte: UInt8(truncatingIfNeeded: integers.count &>> (8 &* index))) }
        integers.forEach { integer in
            for index in 0..<width { blob.append(byte: UInt8(truncatingIfNeeded: integer &>> Int64(8 &* index))) }
        }
        append(string: blob.contents)
    }

    mutating func append(_ set: SortedSetValue) {
        guard set.isLarge || newestVersion < 10 else {
            append(.sortedSetListpack, since: 10)
            var listpack = ListpackWriter()
            set.forEach { member, score in
                listpack.append(member)
                if let integer = score.plainInteger { return listpack.append(integer) }
                var text = Buffer()
                text.append(double: score)
                listpack.append(text.contents)
            }
            return append(string: listpack.contents)
        }
        append(.sortedSet, count: set.count)
        // From the last to the first, as Redis has it: each that is read comes before those that are there.
        set.forEach(in: 0..<set.count, backwards: true) { member, score in
            append(string: member)
            append(score: score)
        }
    }
}

extension Int64 {
    /// How many bytes a set of integers needs for it.
    fileprivate var width: Int { Int16(exactly: self) != nil ? 2 : Int32(exactly: self) != nil ? 4 : 8 }
}
