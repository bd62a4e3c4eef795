// A tree that is being saved, part by part, while it changes, from the highest member down: so it is quickest to load.
// The ledger's bound is the last member that the walk has passed. A member before the bound that is new, or has been
// kept before it changed, is marked in its leaf; the walk passes over it and takes the mark away. A tree that is not
// being saved has no marks, or, after savings that were given up, some that mean nothing.

internal import Platform

extension CountedTree {
    /// The mark of the next saving: 1…7.
    var mark: UInt64 { unsafe UInt64(header.pointee.mark) }

    /// A saving was given up: what it has marked means nothing from now on.
    /// - Complexity: O(1), but O(all) every seventh time.
    func forgetMarks() {
        if unsafe header.pointee.mark < CountedTree.markBits { return unsafe header.pointee.mark += 1 }
        var leaf = count > 0 ? place(0).leaf : nil
        while let here = leaf {
            for index in 0..<here.count { here.setMark(index, 0) }
            leaf = here.next
        }
        unsafe header.pointee.mark = 1
    }

    /// The member with this score is about to change or to go: true if it must be kept before. It is marked then.
    func mustKeep(_ member: ScoredMember, score: Double, _ ledger: borrowing ChangeLedger) -> Bool {
        guard ledger.isUnsaved(score, member.member) else { return false }
        let place = place(rank(of: member, score: score))
        if place.leaf.mark(place.index) == ledger.mark { return false }
        place.leaf.setMark(place.index, ledger.mark)
        return true
    }

    /// The member is where it was not when the saving began.
    func noteNew(_ member: ScoredMember, score: Double, _ ledger: borrowing ChangeLedger) {
        let place = place(rank(of: member, score: score))
        place.leaf.setMark(place.index, ledger.isUnsaved(score, member.member) ? ledger.mark : 0)
    }

    /// The members before the ledger's bound that have no mark, from the highest down, until `body` has had enough.
    /// Moves the bound; true when there are no more.
    @inline(__always)
    func forEachUnsaved(_ ledger: inout ChangeLedger, _ body: (ScoredMember, Double) -> Bool) -> Bool {
        let end = ledger.hasBound ? rank(before: ledger.scoreBound, ledger.memberBound.contents) : count
        guard end > 0 else { return true }
        var place = place(end &- 1), left = end, goesOn = true
        while true {
            let leaf = place.leaf
            for index in 0...place.index { unsafe prefetch(leaf.member(index).start) }
            while place.index >= 0, goesOn {
                let mark = leaf.mark(place.index)
                if _slowPath(mark != 0) { leaf.setMark(place.index, 0) }
                if mark != ledger.mark { goesOn = body(place.member, place.score) }
                left &-= 1
                if goesOn { place.index &-= 1 }
            }
            if left == 0 { return true }
            if !goesOn {
                ledger.setBound(place.score, place.member.member)
                return false
            }
            guard let previous = leaf.previous else { preconditionFailure("a tree ends before its count") }
            place = Place(leaf: previous, index: previous.count &- 1)
        }
    }

    private func rank(before score: Double, _ bytes: Bytes) -> Int {
        rank { $0 < score || $0 == score && $1.member < bytes }
    }

    /// For tests: no member has a mark that the next saving would take for its own.
    var hasMarks: Bool {
        var leaf = count > 0 ? place(0).leaf : nil
        while let here = leaf {
            for index in 0..<here.count where here.mark(index) == mark { return true }
            leaf = here.next
        }
        return false
    }
}

extension ChangeLedger {
    /// Whether a member with this score comes before the bound, and so is still to be saved.
    func isUnsaved(_ score: Double, _ member: Bytes) -> Bool {
        !hasBound || score < scoreBound || score == scoreBound && member < memberBound.contents
    }

    mutating func setBound(_ score: Double, _ member: Bytes) {
        hasBound = true
        scoreBound = score
        memberBound.truncate(to: 0)
        memberBound.append(member)
    }
}
