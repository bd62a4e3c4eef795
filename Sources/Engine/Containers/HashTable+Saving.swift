// A table that is being saved, part by part, while it changes. The walk goes through the hashes in order, so that the
// ledger's bound tells what has been saved, however shards grow, split and join. An item behind the bound that is new,
// or has been kept before it changed, has the ledger's mark in its slot; the walk passes over it and takes the mark
// away. A table that is not being saved has no marks, or, after savings that were given up, some that mean nothing.

extension HashTable {
    private static var markBits: UInt64 { 7 }

    /// The mark of the next saving: 1…7.
    var mark: UInt64 { unsafe UInt64(header.pointee.mark) }

    /// A saving was given up: what it has marked means nothing from now on.
    /// - Complexity: O(1), but O(all) every seventh time.
    func forgetMarks() {
        if unsafe header.pointee.mark < HashTable.markBits { return unsafe header.pointee.mark += 1 }
        forEachShard { shard in
            unsafe shard.forEachSlot { slot in
                let word = unsafe slot.load(as: UInt64.self)
                unsafe slot.storeBytes(of: word & ~HashTable.markBits, as: UInt64.self)
            }
        }
        unsafe header.pointee.mark = 1
    }

    /// The item with this hash is about to change or to go: true if it must be kept before. It is marked then.
    func mustKeep(_ place: Place, _ hash: UInt64, _ ledger: borrowing ChangeLedger) -> Bool {
        guard hash >= ledger.hashBound else { return false }
        let word = unsafe place.slot.load(as: UInt64.self)
        if word & HashTable.markBits == ledger.mark { return false }
        unsafe place.slot.storeBytes(of: word & ~HashTable.markBits | ledger.mark, as: UInt64.self)
        return true
    }

    /// The item with this hash has come after the saving began.
    func noteNew(_ item: Item, _ hash: UInt64, _ ledger: borrowing ChangeLedger) {
        if let place = find(item.member, hash) { _ = mustKeep(place, hash, ledger) }
    }

    /// The items from the ledger's bound on that have no mark, until `body` has had enough, about a bucket later. Moves
    /// the bound behind them; true when there are no more.
    @inline(__always) func forEachUnsaved(_ ledger: inout ChangeLedger, _ body: (Item) -> Bool) -> Bool {
        var position = ledger.hashBound
        while true {
            let shard = self[position]
            var bucket = shard.home(position), goesOn = true
            // Where the shard has changed its form since, a part of the bucket may have been shown.
            var isCut = shard.firstHash(ofBucket: bucket, shardOf: position) != position
            if bucket == 0 { shard.prefetchItems() }
            while bucket < shard.buckets, goesOn {
                unsafe _ = shard.forEachSlot(atHome: bucket) { slot in
                    let word = unsafe slot.load(as: UInt64.self), item = Shard.item(word)
                    if _slowPath(word & HashTable.markBits != 0) {
                        unsafe slot.storeBytes(of: word & ~HashTable.markBits, as: UInt64.self)
                        if word & HashTable.markBits == ledger.mark { return }
                    }
                    if _slowPath(isCut), heap.hash(item.member) < position { return }
                    if !body(item) { goesOn = false }
                }
                isCut = false
                bucket &+= 1
            }
            position = shard.firstHash(ofBucket: bucket, shardOf: position)
            ledger.hashBound = position
            if position == 0 { return true }
            if !goesOn { return false }
        }
    }

    private func forEachShard(_ body: (Shard) -> Void) {
        var index = 0
        while index < 1 &<< depth {
            let shard = unsafe header.pointee.shards[index]
            body(shard)
            index &+= 1 &<< (depth &- shard.depth)
        }
    }

    /// For tests: no item has a mark that the next saving would take for its own.
    var hasMarks: Bool {
        var found = false
        forEachShard { shard in
            unsafe shard.forEachSlot {
                if unsafe $0.load(as: UInt64.self) & HashTable.markBits == mark { found = true }
            }
        }
        return found
    }
}

extension HashTableShard {
    /// Every slot that is in use.
    func forEachSlot(_ body: (UnsafeMutableRawPointer) -> Void) {
        for number in 0..<buckets * 7 { if let slot = unsafe occupiedSlot(number) { unsafe body(slot) } }
    }
}
