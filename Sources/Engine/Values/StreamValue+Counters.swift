// How far a group has read: Redis estimates it where it cannot know, and so do we, in the same way.

extension StreamValue {
    /// What stands for a number of entries that is not known.
    static var unknownCount: Int64 { -1 }

    /// Whether an entry may have been deleted at or behind this number.
    private func mayHaveGaps(from start: StreamID) -> Bool {
        if length == 0 || largestDeletedID.isZero || firstID > largestDeletedID { return false }
        return start <= largestDeletedID
    }

    /// How many entries there have been up to this number, if that is known.
    func entriesAdded(through id: StreamID) -> Int64 {
        let added = Int64(bitPattern: entriesAdded)
        if added == 0 { return 0 }
        if length == 0, id <= lastID { return added }
        if id == lastID { return added }
        if id > lastID { return StreamValue.unknownCount }
        if largestDeletedID.isZero || largestDeletedID < firstID {
            if id < firstID { return added &- Int64(length) }
            if id == firstID { return added &- Int64(length) &+ 1 }
        }
        return StreamValue.unknownCount
    }

    /// How many entries the group has still to read, if that is known. `countsUnread`: a group that is behind all there
    /// is has to read all of it, whatever it says that it has read.
    func lag(of group: StreamGroup, countsUnread: Bool) -> Int64? {
        let added = Int64(bitPattern: entriesAdded)
        if added == 0 { return 0 }
        if countsUnread, length == 0 { return 0 }
        if countsUnread, group.lastID < firstID, largestDeletedID < firstID { return Int64(length) }
        if group.entriesRead != StreamValue.unknownCount, !mayHaveGaps(from: group.lastID) {
            return added &- group.entriesRead
        }
        let read = entriesAdded(through: group.lastID)
        return read == StreamValue.unknownCount ? nil : added &- read
    }

    /// The group has read on to this entry, if that is behind what it has read so far.
    @inline(__always) func advance(_ group: StreamGroup, to id: StreamID) {
        guard id > group.lastID else { return }
        if group.entriesRead != StreamValue.unknownCount, !mayHaveGaps(from: id) {
            group.entriesRead &+= 1
        } else if entriesAdded != 0 {
            group.entriesRead = entriesAdded(through: id)
        }
        group.lastID = id
    }
}

extension StreamValue {
    /// How many nodes Redis's radix tree has for the numbers of the nodes here (XINFO tells it): one for each end, for
    /// each place where there is a choice, and for each run of bytes without one. Of very many nodes the first ones are
    /// looked at, and the others taken to be like them.
    var radixNodeCount: Int {
        guard var place = nodes.first else { return 1 }
        var count = 0, common = -1, choices: [Int] = [], seen = 1
        /// What begins behind one choice and ends with another, or with the number.
        func close(above: Int, below: Int) { count += below > above + 1 ? 2 : 1 }
        while seen < 10_000, let next = place.next {
            seen += 1
            let shared = StreamValue.commonBytes(place.id, next.id)
            close(above: max(common, shared), below: 16)
            while let last = choices.last, last > shared {
                choices.removeLast()
                close(above: max(choices.last ?? -1, shared), below: last)
            }
            if choices.last != shared { choices.append(shared) }
            common = shared
            place = next
        }
        close(above: common, below: 16)
        while let last = choices.popLast() { close(above: choices.last ?? -1, below: last) }
        return nodes.count > seen ? Int(Double(count) * Double(nodes.count) / Double(seen)) : count
    }

    /// How many leading bytes two numbers share.
    private static func commonBytes(_ left: StreamID, _ right: StreamID) -> Int {
        let milliseconds = left.milliseconds ^ right.milliseconds
        if milliseconds != 0 { return milliseconds.leadingZeroBitCount / 8 }
        return 8 + (left.sequence ^ right.sequence).leadingZeroBitCount / 8
    }
}
