// Entries that go with an eye to the consumer groups that refer to them: a group refers to an entry that it has not
// read yet, or that one of its consumers has not acknowledged.

/// What becomes of references to an entry that is to be deleted.
enum ReferencePolicy {
    /// Groups keep them, and later find the entry gone.
    case keep
    /// They are deleted as well.
    case delete
    /// While there are any, the entry stays.
    case respect
}

extension StreamValue {
    /// Some group has not read it yet, or not acknowledged it.
    func isReferenced(_ id: StreamID) -> Bool {
        let groups = groups
        for index in 0..<groups.count where id > groups[index].lastID || groups[index].delivery(id, in: heap) != nil {
            return true
        }
        return false
    }

    /// Trims as the policy has it, and says how many entries have gone. (See `trim(_:wholeNodesOnly:limit:leaving:)`.)
    func trim(
        _ trim: StreamTrim, wholeNodesOnly: Bool, limit: Int64, _ policy: ReferencePolicy, leaving rest: inout UInt64?
    ) -> Int {
        if policy == .keep || groups.count == 0 {
            return self.trim(trim, wholeNodesOnly: wholeNodesOnly, limit: limit, leaving: &rest)
        }
        if policy == .respect { return trimAcknowledged(trim, wholeNodesOnly: wholeNodesOnly, limit: limit) }
        return self.trim(trim, wholeNodesOnly: wholeNodesOnly, limit: limit, forgetting: true, leaving: &rest)
    }

    /// All groups forget that they have delivered this entry. Says how many had.
    @discardableResult func forgetReferences(to id: StreamID) -> Int {
        let groups = groups
        var count = 0
        for index in 0..<groups.count where groups[index].acknowledge(id, in: heap) { count += 1 }
        return count
    }

    /// All groups forget what they have delivered of the entries from one number to another, nil for no end. What
    /// refers to an entry that has gone before stays.
    func forgetReferences(from first: StreamID, before end: StreamID?) {
        let groups = groups
        for index in 0..<groups.count {
            let group = groups[index]
            var next: StreamID? = first
            while let here = next, let id = group.pending(in: heap).ceiling(here)?.id, end.map({ id < $0 }) ?? true {
                if contains(id) { _ = group.acknowledge(id, in: heap) }
                next = id.successor
            }
        }
    }

    /// Entries that a group refers to stay, and those behind them may go.
    private func trimAcknowledged(_ trim: StreamTrim, wholeNodesOnly: Bool, limit: Int64) -> Int {
        let groups = groups
        var removed = 0, next = nodes.first?.id, read = StreamID.largest, hasKept = false
        for index in 0..<groups.count { read = min(read, groups[index].lastID) }
        // Behind what every group has read there is nothing that may go.
        while let id = next, id <= read, let place = nodes.find(id) {
            next = place.next?.id
            if case .length(let wanted) = trim, UInt64(length) <= wanted { break }
            let live = entryCount(of: place)
            if limit > 0, Int64(removed &+ live) > limit { break }
            if wholeNodesOnly, !isSuperfluous(place, live, trim) { break }
            let (count, isDone) = trimEntries(of: place, trim) { id in
                let stays = isReferenced(id)
                hasKept = hasKept || stays
                // What goes behind an entry that stays leaves a gap.
                if hasKept, !stays, id > largestDeletedID { largestDeletedID = id }
                return stays
            }
            removed &+= count
            if isDone { break }
        }
        if removed > 0 { updateFirstID() }
        return removed
    }
}
