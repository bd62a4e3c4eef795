// Fields that end. The hash's word then leads to `FieldDeadlines`, which lead to the fields: of packed ones they have
// the deadlines in order, of a table the order of those that end, which have their moments in their own blocks. A
// hash without such fields has nothing of all that, and the last deadline takes it away.
//
// A field whose time has come is shown to nobody, but stays in memory until `removeDue` takes it out: whoever sees to
// events and logs calls that. 0 stands for no deadline.

extension HashValue {
    var deadlines: FieldDeadlines { FieldDeadlines(word: word) }

    /// The fields of a large hash that end, by their moments.
    var order: CountedTree { CountedTree(word: deadlines.order, heap: heap) }

    // MARK: Asking

    /// Before it no field ends.
    var earliestDeadline: Int64 { isTimed ? deadlines.earliest : .max }

    var countWithDeadline: Int {
        guard isTimed else { return 0 }
        return isPacked ? deadlines.count : order.count
    }

    /// How many fields are there no more at `horizon`, but in memory.
    @inline(never) func dueCount(_ horizon: Int64) -> Int {
        let deadlines = deadlines
        guard deadlines.earliest < horizon else { return 0 }
        guard case .packed(let pairs) = form else { return order.rank { moment, _ in moment < Double(horizon) } }
        var count = 0
        for index in 0..<pairs.count where deadlines[index].isDue(at: horizon) { count += 1 }
        return count
    }

    @inline(never) func isDue(_ pairs: PackedPairs, _ position: Int) -> Bool {
        let deadlines = deadlines
        return deadlines.earliest < heap.horizon && deadlines[pairs.index(of: position)].isDue(at: heap.horizon)
    }

    @inline(never) func isDue(_ item: HashField) -> Bool { item.deadline.isDue(at: heap.horizon) }

    /// When `field` ends; 0 if it does not, nil if there is no such field.
    func deadline(of field: Bytes) -> Int64? {
        switch form {
        case .packed(let pairs):
            guard let position = pairs.find(PackedField(field)) else { return nil }
            guard isTimed else { return 0 }
            let moment = deadlines[pairs.index(of: position)]
            return moment.isDue(at: heap.horizon) ? nil : moment
        case .table(let table):
            guard let place = table.find(field, heap.hash(field)) else { return nil }
            let moment = place.item.deadline
            return moment.isDue(at: heap.horizon) ? nil : moment
        }
    }

    // MARK: Changing

    /// Lets `field` end at this moment, or never; false if there is no such field.
    @_lifetime(self: copy self)
    @discardableResult mutating func setDeadline(of field: Bytes, to moment: Int64) -> Bool {
        guard let old = deadline(of: field) else { return false }
        if old == moment { return true }
        if !isTimed { beginTiming() }
        switch form {
        case .packed(let pairs):
            guard let position = pairs.find(PackedField(field)) else { return false }
            deadlines[pairs.index(of: position)] = moment
        case .table(let table):
            let hash = heap.hash(field)
            guard let place = table.find(field, hash) else { return false }
            if _slowPath(heap.isSaving) { keep(place, hash, of: table) }
            if old != 0, moment != 0 {
                place.item.deadline = moment
                order.move(place.item.ordered, from: Double(old), to: Double(moment))
            } else {
                exchange(place, of: table, for: HashField(field, place.item.value, deadline: moment, in: heap))
            }
        }
        settle(old, moment)
        return true
    }

    /// Gives `field` a value in a hash with fields that end; true if the field is new.
    @_lifetime(self: copy self)
    @inline(never) @discardableResult
    mutating func set(_ field: Bytes, to value: Bytes, keepingDeadline isKeeping: Bool) -> Bool {
        prepare(addingFields: 1, longestSize: max(field.count, value.count))
        guard isTimed else { return set(field, to: value) }
        switch form {
        case .packed(var pairs):
            let packed = PackedField(field)
            guard let position = pairs.find(packed) else { return appendTimed(field, packed, value, to: pairs) }
            let index = pairs.index(of: position), old = deadlines[index]
            let wasDue = old.isDue(at: heap.horizon)
            pairs.replace(at: position, packed, with: value, in: heap)
            deadlines.fields = pairs.word
            if old != 0, !isKeeping || wasDue {
                deadlines[index] = 0
                settle(old, 0)
            }
            return wasDue
        case .table(let table):
            let hash = heap.hash(field)
            guard let place = table.find(field, hash) else { return setInTable(field, value) }
            let old = place.item.deadline, wasDue = old.isDue(at: heap.horizon)
            guard old != 0 else { return setInTable(field, value) }
            if _slowPath(heap.isSaving) { keep(place, hash, of: table) }
            let moment = isKeeping && !wasDue ? old : 0
            if moment == 0 || !place.item.assign(value) {
                exchange(place, of: table, for: HashField(field, value, deadline: moment, in: heap))
            }
            settle(old, moment)
            return wasDue
        }
    }

    @_lifetime(self: copy self)
    mutating func appendTimed(
        _ field: Bytes, _ packed: PackedField, _ value: Bytes, to pairs: PackedPairs
    ) -> Bool {
        var pairs = pairs
        guard pairs.hasRoom(for: field.count &+ value.count) else {
            makeTable(pairs, expecting: 1)
            return setInTable(field, value)
        }
        pairs.append(packed, value, in: heap)
        var deadlines = deadlines
        deadlines.append(behind: pairs.count &- 1, in: heap)
        deadlines.fields = pairs.word
        word = deadlines.word | 2
        if _slowPath(pairs.count > heap.limits.hashEntries) { makeTable(pairs, expecting: 1) }
        return true
    }

    /// Takes `field` out of a hash with fields that end; false if it was not there, or its time had come.
    @_lifetime(self: copy self)
    @inline(never) mutating func removeTimed(_ field: Bytes) -> Bool {
        let old: Int64
        switch form {
        case .packed(let pairs):
            guard let position = pairs.find(PackedField(field)) else { return false }
            let index = pairs.index(of: position)
            old = deadlines[index]
            remove(index, at: position, of: pairs)
        case .table(let table):
            let hash = heap.hash(field)
            guard let place = table.find(field, hash) else { return false }
            old = place.item.deadline
            remove(place, hash, of: table)
        }
        settle(old, 0)
        return !old.isDue(at: heap.horizon)
    }

    /// Takes `field` out if it is in memory though its time has come; false if it is not.
    @_lifetime(self: copy self)
    mutating func removeIfDue(_ field: Bytes) -> Bool {
        guard isTimed, deadline(of: field) == nil else { return false }
        let before = countInMemory
        _ = removeTimed(field)
        return countInMemory < before
    }

    /// Takes out fields whose time has come, at most `limit`, and shows each before; how many they were.
    @_lifetime(self: copy self)
    mutating func removeDue(limit: Int, _ body: (Bytes) -> Void) -> Int {
        guard isTimed else { return 0 }
        let horizon = heap.horizon, earliest = deadlines.earliest
        guard earliest < horizon else { return 0 }
        var removed = 0
        switch form {
        case .packed(let pairs):
            var pairs = pairs, position = pairs.first, index = 0
            while removed < limit, position < pairs.end {
                guard deadlines[index].isDue(at: horizon) else {
                    position = pairs.next(position)
                    index += 1
                    continue
                }
                pairs.field(at: position).withBytes { body($0) }
                pairs = remove(index, at: position, of: pairs)
                removed += 1
            }
        case .table(let table):
            let order = order
            while removed < limit, order.count > 0, case let first = order.place(0), first.score < Double(horizon) {
                let member = first.member.member, hash = heap.hash(member)
                guard let place = table.find(member, hash) else {
                    preconditionFailure("in the order, not in the table")
                }
                body(member)
                remove(place, hash, of: table)
                removed += 1
            }
        }
        settle(earliest, 0)
        return removed
    }

    // MARK: Both together

    @discardableResult private func remove(_ index: Int, at position: Int, of pairs: PackedPairs) -> PackedPairs {
        var pairs = pairs
        deadlines.remove(index, of: pairs.count)
        pairs.remove(at: position, in: heap)
        deadlines.fields = pairs.word
        return pairs
    }

    private func remove(_ place: HashTable<HashField>.Place, _ hash: UInt64, of table: HashTable<HashField>) {
        if _slowPath(heap.isSaving) { keep(place, hash, of: table) }
        let item = place.item
        if item.isTimed { order.remove(item.ordered, score: Double(item.deadline)) }
        table.remove(place, hash).free(to: heap)
    }

    /// The field is now in another block, perhaps with another deadline.
    private func exchange(
        _ place: HashTable<HashField>.Place, of table: HashTable<HashField>, for replacement: HashField
    ) {
        let item = place.item, capacity = item.capacity
        if item.isTimed { order.remove(item.ordered, score: Double(item.deadline)) }
        item.free(to: heap)
        table.replace(place, with: replacement, capacityBefore: capacity)
        if replacement.isTimed { order.insert(replacement.ordered, score: Double(replacement.deadline)) }
    }

    /// A field ended at `old` and ends at `new` now.
    @_lifetime(self: copy self)
    private mutating func settle(_ old: Int64, _ new: Int64) {
        if countWithDeadline == 0 { return endTiming() }
        let deadlines = deadlines
        if new != 0, new <= deadlines.earliest {
            deadlines.earliest = new
        } else if old == deadlines.earliest, old != new {
            switch form {
            case .packed(let pairs): deadlines.findEarliest(among: pairs.count)
            case .table: deadlines.earliest = Int64(order.place(0).score)
            }
        }
    }

    @_lifetime(self: copy self)
    mutating func beginTiming() {
        switch form {
        case .packed(let pairs):
            word = FieldDeadlines(fields: pairs.word, count: pairs.count, in: heap).word | 2
        case .table(let table):
            word = FieldDeadlines(fields: table.word | 1, order: CountedTree(heap: heap), in: heap).word | 2
        }
    }

    @_lifetime(self: copy self)
    private mutating func endTiming() {
        var budget = Int.max
        _ = freeDeadlines(budget: &budget)
    }

    /// Gives back what only deadlines need, in steps; true when the word is that of the fields alone.
    @_lifetime(self: copy self)
    mutating func freeDeadlines(budget: inout Int) -> Bool {
        let deadlines = deadlines
        if !isPacked, deadlines.order != 0 {
            guard order.free(budget: &budget) else { return false }
            deadlines.order = 0
        }
        word = deadlines.fields
        deadlines.free(to: heap)
        return true
    }

    @_lifetime(self: copy self)
    mutating func makeTimedTable(_ pairs: PackedPairs, expecting fields: Int) {
        let old = deadlines
        let table = HashTable<HashField>(heap: heap, expecting: pairs.count + fields), order = CountedTree(heap: heap)
        forEachTimed { element, moment in add(element, moment, to: table, order) }
        pairs.free(to: heap)
        let new = FieldDeadlines(fields: table.word | 1, order: order, in: heap)
        new.earliest = old.earliest
        old.free(to: heap)
        word = new.word | 2
    }

    private func add(_ element: HashElement, _ moment: Int64, to table: HashTable<HashField>, _ order: CountedTree) {
        element.field.withBytes { field in
            let item = element.value.withBytes { HashField(field, $0, deadline: moment, in: heap) }
            table.insert(item, heap.hash(field))
            if moment != 0 { order.insert(item.ordered, score: Double(moment)) }
        }
    }

    @_lifetime(immortal)
    func copiedTimed() -> HashValue {
        switch form {
        case .packed(let pairs):
            let copy = deadlines.copied(count: pairs.count, fields: pairs.copied(in: heap).word, in: heap)
            return HashValue(word: copy.word | 2, heap: heap)
        case .table(let table):
            let copy = HashTable<HashField>(heap: heap, expecting: table.count), order = CountedTree(heap: heap)
            forEachTimed { add($0, $1, to: copy, order) }
            let deadlines = FieldDeadlines(fields: copy.word | 1, order: order, in: heap)
            deadlines.earliest = self.deadlines.earliest
            return HashValue(word: deadlines.word | 2, heap: heap)
        }
    }
}

extension Int64 {
    /// As the deadline of a field: it is over at `horizon`.
    @inline(__always) func isDue(at horizon: Int64) -> Bool { self != 0 && self < horizon }
}
