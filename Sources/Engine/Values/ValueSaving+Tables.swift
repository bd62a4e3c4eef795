// How hashes, sets and sorted sets tell the saving of them what they are about to change.

extension HashValue {
    /// The field is about to change or to go.
    @inline(never) func keep(_ place: HashTable<HashField>.Place, _ hash: UInt64, of table: HashTable<HashField>) {
        heap.withLedger(of: table.word) { ledger in
            guard table.mustKeep(place, hash, ledger) else { return }
            ledger.keep(place.item.member, score: Double(place.item.deadline))
            ledger.keep(place.item.value)
        }
    }

    @inline(never) func noteNew(_ item: HashField, _ hash: UInt64, in table: HashTable<HashField>) {
        heap.withLedger(of: table.word) { table.noteNew(item, hash, $0) }
    }
}

extension SetValue {
    /// The member is about to go.
    @inline(never)
    static func keep(_ place: HashTable<SetMember>.Place, _ hash: UInt64, of table: HashTable<SetMember>) {
        table.heap.withLedger(of: table.word) { ledger in
            if table.mustKeep(place, hash, ledger) { ledger.keep(place.item.member) }
        }
    }

    @inline(never) static func noteNew(_ item: SetMember, _ hash: UInt64, in table: HashTable<SetMember>) {
        table.heap.withLedger(of: table.word) { table.noteNew(item, hash, $0) }
    }

    /// The set is to be freed as a whole: true if the saving of it does that, some time later.
    var isLeftToSaving: Bool {
        guard case .table(let table) = form else { return false }
        var isLeft = false
        heap.withLedger(of: table.word) { ledger in
            ledger.isLeft = true
            isLeft = true
        }
        return isLeft
    }
}

extension SortedSetValue {
    /// The member is about to go.
    @inline(never) func keep(_ item: ScoredMember, score: Double) {
        heap.withLedger(of: tree.word) { ledger in
            if tree.mustKeep(item, score: score, ledger) { ledger.keep(item.member, score: score) }
        }
    }

    @inline(never) func noteNew(_ item: ScoredMember, score: Double) {
        heap.withLedger(of: tree.word) { tree.noteNew(item, score: score, $0) }
    }

    /// Gives the member another score; its own still has the old one.
    @inline(never) func moveWhileSaving(_ item: ScoredMember, from old: Double, to new: Double) {
        keep(item, score: old)
        tree.move(item, from: old, to: new)
        noteNew(item, score: new)
    }

    /// The set is to be freed as a whole: true if the saving of it does that, some time later.
    var isLeftToSaving: Bool {
        guard isLarge else { return false }
        var isLeft = false
        heap.withLedger(of: tree.word) { ledger in
            ledger.isLeft = true
            isLeft = true
        }
        return isLeft
    }
}
