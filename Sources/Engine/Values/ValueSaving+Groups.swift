// The consumer groups of a stream that is being saved. What groups and consumers were is written down before the first
// change: names and numbers. Deliveries, of which there may be millions, stay where they are: before one changes, comes
// or goes, the ledger gets a note of what it was. Each part is then shown twice: what is there and has no note, and
// what the notes say, unless it was shown before it was noted. A group that is removed is the saving's until it is
// saved.

/// A consumer as it was.
struct ConsumerHead {
    let name: [UInt8]
    let seenTime: Int64, activeTime: Int64
    let pendingCount: Int
}

/// A group as it was.
struct GroupHead {
    let name: [UInt8]
    let lastID: StreamID
    let entriesRead: Int64
    let pendingCount: Int
    var consumers: [ConsumerHead] = []
}

/// What a delivery was: four words; its consumer by number, or that there was none.
private struct DeliveryNote {
    static let shownPending: UInt64 = 1, shownOwned: UInt64 = 2
    let record: WordRecord

    init(word: UInt64) { record = WordRecord(word: word) }
    init(in heap: Heap) { record = WordRecord(words: 4, in: heap) }

    var delivery: StreamDelivery { StreamDelivery(record: record) }
    /// The consumer's number, from 1; 0 of a delivery that there was not.
    var owner: Int {
        get { Int(truncatingIfNeeded: record[2]) }
        nonmutating set { record[2] = UInt64(truncatingIfNeeded: newValue) }
    }
    /// What has been shown of it before it was noted.
    var flags: UInt64 {
        get { record[3] }
        nonmutating set { record[3] = newValue }
    }
}

extension GroupsPlace {
    var nextID: StreamID {
        get { StreamID(id.0, id.1) }
        set { id = (newValue.milliseconds, newValue.sequence) }
    }

    mutating func enter(_ stage: Stage) {
        self.stage = stage
        id = (0, 0)
    }

    /// What has been shown of a delivery that has not been noted, and is this consumer's.
    fileprivate func shown(_ id: StreamID, ofGroup number: Int, owner: Int) -> UInt64 {
        guard number == group else { return 0 }
        var flags: UInt64 = 0
        if stage.rawValue > Stage.pending.rawValue || stage == .pending && id < nextID {
            flags |= DeliveryNote.shownPending
        }
        switch stage {
        case .consumer: if owner < consumer { flags |= DeliveryNote.shownOwned }
        case .owned: if owner < consumer || owner == consumer && id < nextID { flags |= DeliveryNote.shownOwned }
        case .changedOwned: if owner <= consumer { flags |= DeliveryNote.shownOwned }
        case .cleanup: flags |= DeliveryNote.shownOwned
        case .nodes, .group, .pending, .changedPending, .consumers: break
        }
        return flags
    }
}

extension StreamGroup {
    /// The delivery of this number is about to change, to come or to go.
    @inline(__always) func willChange(_ id: StreamID, in heap: Heap) {
        if _slowPath(heap.isSaving) { note(id, in: heap) }
    }

    @inline(never) private func note(_ id: StreamID, in heap: Heap) {
        heap.withLedger { ledger in
            guard let number = ledger.unsavedGroup(record) else { return }
            let notes = StreamGroup.tree(&ledger.groups[number].notes, in: heap)
            guard notes.find(id) == nil else { return }
            let note = DeliveryNote(in: heap)
            ledger.blockBytes += note.record.memoryUsage
            _ = notes.insert(id, note.record.word)
            guard let delivery = delivery(id, in: heap), let consumer = delivery.consumer,
                let owner = ledger.groups[number].consumers[consumer.record.word]
            else { return }
            (note.delivery.time, note.delivery.count, note.owner) = (delivery.time, delivery.count, owner + 1)
            note.flags = ledger.groupsPlace.shown(id, ofGroup: number, owner: owner)
            _ = StreamGroup.tree(&ledger.groups[number].consumerNotes[owner], in: heap).insert(id, note.record.word)
        }
    }

    /// The tree whose head is the record that the word names, a new one if it is 0.
    private static func tree(_ word: inout UInt64, in heap: Heap) -> IDTree {
        if word == 0 { word = WordRecord(words: IDTree.headWords, in: heap).word }
        return WordRecord(word: word).tree(0, in: heap)
    }

    /// The consumer goes, with what is pending.
    @inline(never) func willRemove(_ consumer: StreamConsumer, in heap: Heap) {
        consumer.pending(in: heap).forEach { id, _ in note(id, in: heap) }
        heap.withLedger { ledger in
            guard let number = ledger.unsavedGroup(record) else { return }
            let records = ledger.groups[number].consumerRecords
            if let index = records.firstIndex(of: consumer.record.word) {
                ledger.groups[number].consumerRecords[index] = 0
            }
        }
    }

    /// The group is to be freed: true if the saving does that, some time later.
    @inline(never) func isLeftToSaving(in heap: Heap) -> Bool {
        var isLeft = false
        heap.withLedger { ledger in
            guard let number = ledger.unsavedGroup(record) else { return }
            ledger.groups[number].isLeft = true
            isLeft = true
        }
        return isLeft
    }
}

extension ChangeLedger {
    /// The number of a group that there was, and that is still to be saved.
    fileprivate func unsavedGroup(_ record: WordRecord) -> Int? {
        let first = groupsPlace.stage == .cleanup ? groupsPlace.group + 1 : groupsPlace.group
        return groups.indices.first { $0 >= first && groups[$0].record == record.word && !groups[$0].isLeft }
    }
}

extension ValueSaving {
    /// Writes down what groups and consumers are, the first time.
    mutating func noteGroups(_ heap: Heap) {
        if hasNotedGroups { return }
        hasNotedGroups = true
        let row = StreamValue(word: value.word, heap: heap).groups
        for index in 0..<row.count {
            let group = row[index], consumers = group.consumers
            var head = GroupHead(
                name: group.name.array, lastID: group.lastID, entriesRead: group.entriesRead,
                pendingCount: group.pending(in: heap).count)
            var numbers: [UInt64: Int] = [:], records: [UInt64] = []
            for index in 0..<consumers.count {
                let consumer = consumers[index]
                head.consumers.append(
                    ConsumerHead(
                        name: consumer.name.array, seenTime: consumer.seenTime, activeTime: consumer.activeTime,
                        pendingCount: consumer.pending(in: heap).count))
                numbers[consumer.record.word] = index
                records.append(consumer.record.word)
            }
            groupHeads.append(head)
            ledger.groups.append(
                ChangingGroup(
                    record: group.record.word, consumers: numbers, consumerRecords: records,
                    consumerNotes: [UInt64](repeating: 0, count: records.count)))
        }
    }

    /// Shows the next part of the groups; there must be one.
    mutating func saveGroupPart<Sink: ValueSink & ~Copyable>(_ left: inout Int, _ heap: Heap, _ sink: inout Sink) {
        let number = ledger.groupsPlace.group, consumer = ledger.groupsPlace.consumer
        let group = StreamGroup(record: WordRecord(word: ledger.groups[number].record)), head = groupHeads[number]
        left -= 1
        switch ledger.groupsPlace.stage {
        case .nodes, .group:
            ValueSaving.show(head.name) {
                sink.beginGroup(
                    $0, lastID: head.lastID, entriesRead: head.entriesRead, pendingCount: head.pendingCount)
            }
            ledger.groupsPlace.enter(.pending)
        case .pending:
            let notes = ValueSaving.tree(ledger.groups[number].notes, heap)
            walk(group.pending(in: heap), &left, then: .changedPending) { id, word in
                if notes?.find(id) != nil { return true }
                let delivery = StreamDelivery(word: word)
                sink.append(pending: id, time: delivery.time, count: delivery.count)
                return sink.hasRoom
            }
        case .changedPending:
            walk(ValueSaving.tree(ledger.groups[number].notes, heap), &left, then: .consumers) { id, word in
                let note = DeliveryNote(word: word)
                if note.owner == 0 || note.flags & DeliveryNote.shownPending != 0 { return true }
                sink.append(pending: id, time: note.delivery.time, count: note.delivery.count)
                return sink.hasRoom
            }
        case .consumers:
            sink.beginConsumers(head.consumers.count)
            ledger.groupsPlace.consumer = 0
            ledger.groupsPlace.enter(.consumer)
        case .consumer:
            guard consumer < head.consumers.count else { return ledger.groupsPlace.enter(.cleanup) }
            let known = head.consumers[consumer]
            ValueSaving.show(head.name) { name in
                ValueSaving.show(known.name) {
                    sink.beginConsumer(
                        $0, of: name, seenTime: known.seenTime, activeTime: known.activeTime,
                        pendingCount: known.pendingCount)
                }
            }
            ledger.groupsPlace.enter(.owned)
        case .owned, .changedOwned: saveOwned(number, consumer, &left, heap, &sink)
        case .cleanup:
            if freeGroup(number, &left, heap) {
                ledger.groupsPlace.group += 1
                ledger.groupsPlace.enter(.group)
            }
        }
    }

    private mutating func saveOwned<Sink: ValueSink & ~Copyable>(
        _ number: Int, _ consumer: Int, _ left: inout Int, _ heap: Heap, _ sink: inout Sink
    ) {
        let head = groupHeads[number], known = head.consumers[consumer]
        ValueSaving.show(head.name) { group in
            ValueSaving.show(known.name) { name in
                if ledger.groupsPlace.stage == .owned {
                    let record = ledger.groups[number].consumerRecords[consumer]
                    let own = record == 0 ? nil : StreamConsumer(record: WordRecord(word: record)).pending(in: heap)
                    let notes = ValueSaving.tree(ledger.groups[number].notes, heap)
                    return walk(own, &left, then: .changedOwned) { id, word in
                        if notes?.find(id) != nil { return true }
                        let delivery = StreamDelivery(word: word)
                        sink.append(owned: id, time: delivery.time, count: delivery.count, by: name, of: group)
                        return sink.hasRoom
                    }
                }
                walk(ValueSaving.tree(ledger.groups[number].consumerNotes[consumer], heap), &left, then: .consumer) {
                    id, word in
                    let note = DeliveryNote(word: word)
                    if note.flags & DeliveryNote.shownOwned != 0 { return true }
                    sink.append(owned: id, time: note.delivery.time, count: note.delivery.count, by: name, of: group)
                    return sink.hasRoom
                }
                if ledger.groupsPlace.stage == .consumer { ledger.groupsPlace.consumer += 1 }
            }
        }
    }

    /// Goes through a tree from the place on, until `body` has had enough; behind its end the next stage begins.
    private mutating func walk(
        _ tree: IDTree?, _ left: inout Int, then next: GroupsPlace.Stage, _ body: (StreamID, UInt64) -> Bool
    ) {
        var place = tree?.ceiling(ledger.groupsPlace.nextID), goesOn = true
        while let here = place {
            if left <= 0 || !goesOn { return ledger.groupsPlace.nextID = here.id }
            left -= 1
            goesOn = body(here.id, here.word)
            place = here.next
        }
        ledger.groupsPlace.enter(next)
    }

    private static func show(_ name: [UInt8], _ body: (Bytes) -> Void) {
        var buffer = Buffer(capacity: name.count)
        buffer.append(array: name)
        body(buffer.contents)
    }

    private static func tree(_ word: UInt64, _ heap: Heap) -> IDTree? {
        word == 0 ? nil : WordRecord(word: word).tree(0, in: heap)
    }

    // MARK: The end

    /// Frees what belongs to a group that has been saved, in steps; true when it is done.
    private mutating func freeGroup(_ number: Int, _ budget: inout Int, _ heap: Heap) -> Bool {
        for consumer in ledger.groups[number].consumerNotes.indices {
            guard ValueSaving.free(&ledger.groups[number].consumerNotes[consumer], &budget, heap, { _ in }) else {
                return false
            }
        }
        var bytes = 0
        let isFreed = ValueSaving.free(&ledger.groups[number].notes, &budget, heap) { word in
            let record = WordRecord(word: word)
            bytes += record.memoryUsage
            record.free(to: heap)
        }
        ledger.blockBytes -= bytes
        guard isFreed else { return false }
        if ledger.groups[number].isLeft {
            let group = StreamGroup(record: WordRecord(word: ledger.groups[number].record))
            guard group.free(budget: &budget, in: heap) else { return false }
            ledger.groups[number].isLeft = false
        }
        return true
    }

    private static func free(_ word: inout UInt64, _ budget: inout Int, _ heap: Heap, _ each: (UInt64) -> Void) -> Bool
    {
        guard let tree = tree(word, heap) else { return true }
        guard tree.free(budget: &budget, each) else { return false }
        WordRecord(word: word).free(to: heap)
        word = 0
        return true
    }

    /// Frees what belongs to groups that are not to be shown any more.
    mutating func freeGroups(_ heap: Heap) {
        var budget = Int.max
        for number in ledger.groups.indices { _ = freeGroup(number, &budget, heap) }
    }
}
