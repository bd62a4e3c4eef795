// Going through a hash with fields that end, without those whose time has come; and what such a hash needs besides: to
// count its memory, to be moved, to be checked.

extension HashValue {
    // MARK: Going through

    /// Every field in memory with its value and its deadline, whether or not its time has come.
    func forEachTimed(_ body: (HashElement, Int64) -> Void) {
        switch form {
        case .packed(let pairs):
            var index = 0
            pairs.forEach { field, value in
                body(HashElement(field, value), isTimed ? deadlines[index] : 0)
                index += 1
            }
        case .table(let table):
            table.forEach { body(HashElement(.bytes($0.member), .bytes($0.value)), $0.deadline) }
        }
    }

    @inline(never) func forEachLive(_ body: (HashElement) -> Void) { forEachLive { element, _ in body(element) } }

    /// The same with the deadlines.
    func forEachLive(_ body: (HashElement, Int64) -> Void) {
        let horizon = heap.horizon
        forEachTimed { element, moment in if !moment.isDue(at: horizon) { body(element, moment) } }
    }

    @inline(never)
    func forEachTimed(from place: inout Int, limit: Int, horizon: Int64, _ body: (HashElement) -> Void) -> Int {
        var shown = 0
        guard case .table(let table) = form else {
            forEachTimed { element, moment in
                if moment.isDue(at: horizon) { return }
                body(element)
                shown += 1
            }
            return shown
        }
        var seen: Int
        repeat {
            seen = table.forEach(from: &place, limit: limit) { item in
                if item.deadline.isDue(at: horizon) { return }
                body(HashElement(.bytes(item.member), .bytes(item.value)))
                shown += 1
            }
        } while seen > 0 && shown < limit
        return shown
    }

    /// A field by chance of a hash that has some whose time has come, and others.
    @_lifetime(copy self)
    @inline(never) func randomLiveElement() -> HashElement {
        let horizon = heap.horizon
        switch form {
        case .packed(let pairs):
            var positions: [Int] = [], position = pairs.first, index = 0
            while position < pairs.end {
                if !deadlines[index].isDue(at: horizon) { positions.append(position) }
                position = pairs.next(position)
                index += 1
            }
            let chosen = positions[heap.random(below: positions.count)]
            return HashElement(pairs.field(at: chosen), pairs.value(at: chosen))
        case .table(let table):
            var found = table.randomItem(), tries = 0
            while let item = found, item.deadline.isDue(at: horizon), tries < 100 {
                found = table.randomItem()
                tries += 1
            }
            if found?.deadline.isDue(at: horizon) != false { found = anyLiveItem(of: table, horizon) }
            guard let found else { preconditionFailure("a hash without fields") }
            return HashElement(.bytes(found.member), .bytes(found.value))
        }
    }

    /// The next one from a place by chance.
    private func anyLiveItem(of table: HashTable<HashField>, _ horizon: Int64) -> HashField? {
        var found: HashField?
        var cursor = heap.random() >> 12, ends = 0
        while found == nil, ends < 2 {
            cursor = table.scan(cursor, count: 64) { if found == nil, !$0.deadline.isDue(at: horizon) { found = $0 } }
            if cursor == 0 { ends += 1 }
        }
        return found
    }

    /// Different fields by chance of a hash that has some whose time has come.
    @inline(never) func sampleLive(_ count: Int, _ body: (HashElement) -> Void) {
        var left = self.count, wanted = min(count, left)
        forEachLive { element in
            if wanted > 0, heap.random(below: left) < wanted {
                body(element)
                wanted -= 1
            }
            left -= 1
        }
    }

    // MARK: Upkeep

    var deadlineMemory: Int { deadlines.memoryUsage + (isPacked ? 0 : order.memoryUsage) }

    /// The deadlines and the order of them where the heap wants them.
    func movedDeadlines() -> FieldDeadlines {
        let deadlines = FieldDeadlines(word: heap.moved(word))
        if deadlines.fields & 1 == 0 {
            deadlines.fields = heap.moved(deadlines.fields)
        } else {
            deadlines.order = CountedTree(word: deadlines.order, heap: heap).moved().word
        }
        return deadlines
    }

    func checkDeadlines() {
        var earliest = Int64.max, count = 0
        forEachTimed { _, moment in
            if moment == 0 { return }
            earliest = min(earliest, moment)
            count += 1
        }
        precondition(count > 0 && earliest == deadlines.earliest && count == countWithDeadline)
        guard case .table(let table) = form else { return }
        precondition(order.checkInvariants())
        order.forEach(in: 0..<count) { member, score in
            let place = table.find(member.member, heap.hash(member.member))
            precondition(place?.item.ordered == member && place?.item.deadline == Int64(score))
        }
    }
}
