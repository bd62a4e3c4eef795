// Consumer groups: how far a group has read, who its consumers are, and what has been delivered to them and not yet
// been acknowledged. A delivery is a record that two trees know by its number: the group's, and that of the consumer
// who has it. Names are in order, so that lists of them are, too.
// Ownership rule: handles, not owners. The stream frees its groups, a group its consumers and deliveries.

/// One delivery: to whom, when last, and how often.
struct StreamDelivery: BitwiseCopyable {
    let record: WordRecord

    init(record: WordRecord) { self.record = record }
    @inline(__always) init(word: UInt64) { record = WordRecord(word: word) }

    /// In milliseconds.
    var time: Int64 {
        get { record[signed: 0] }
        nonmutating set { record[signed: 0] = newValue }
    }

    var count: Int64 {
        get { record[signed: 1] }
        nonmutating set { record[signed: 1] = newValue }
    }

    /// Nil only while a group is being made.
    var consumer: StreamConsumer? {
        get { record[2] == 0 ? nil : StreamConsumer(record: WordRecord(word: record[2])) }
        nonmutating set { record[2] = newValue?.record.word ?? 0 }
    }
}

/// One consumer of a group.
struct StreamConsumer: NamedRecord {
    let record: WordRecord
    init(record: WordRecord) { self.record = record }

    /// A consumer that has done nothing yet.
    init(_ name: Bytes, at now: Int64, in heap: Heap) {
        record = WordRecord(words: 3 + IDTree.headWords, name: name, in: heap)
        (seenTime, activeTime) = (now, -1)
    }

    var name: Bytes {
        @_lifetime(immortal) get { record.name }
    }

    /// When it last asked for something.
    var seenTime: Int64 {
        get { record[signed: 1] }
        nonmutating set { record[signed: 1] = newValue }
    }

    /// When it last got something; -1 if it never did.
    var activeTime: Int64 {
        get { record[signed: 2] }
        nonmutating set { record[signed: 2] = newValue }
    }

    /// What it has and has not acknowledged: the group's deliveries, by number.
    func pending(in heap: Heap) -> IDTree { record.tree(3, in: heap) }

    func memoryUsage(in heap: Heap) -> Int { record.memoryUsage + pending(in: heap).memoryUsage }

    static func == (left: StreamConsumer, right: StreamConsumer) -> Bool { left.record.word == right.record.word }
}

/// One consumer group.
struct StreamGroup: NamedRecord {
    private static let deliveryWords = 3
    private static let pendingWords = 6..<6 + IDTree.headWords
    let record: WordRecord
    init(record: WordRecord) { self.record = record }

    /// A group without consumers.
    init(_ name: Bytes, lastID: StreamID, entriesRead: Int64, in heap: Heap) {
        record = WordRecord(words: StreamGroup.pendingWords.upperBound, name: name, in: heap)
        self.lastID = lastID
        self.entriesRead = entriesRead
        earliestDelivery = .max
    }

    var name: Bytes {
        @_lifetime(immortal) get { record.name }
    }

    /// What has been delivered to somebody is not greater.
    var lastID: StreamID {
        get { record[id: 1] }
        nonmutating set { record[id: 1] = newValue }
    }

    /// How many entries the group has read; -1 if that is not known.
    var entriesRead: Int64 {
        get { record[signed: 3] }
        nonmutating set { record[signed: 3] = newValue }
    }

    /// The consumers in the order of their names.
    var consumers: NameRow<StreamConsumer> {
        get { NameRow(word: record[4]) }
        nonmutating set { record[4] = newValue.word }
    }

    /// No entry that is there and pending was delivered before this moment.
    var earliestDelivery: Int64 {
        get { record[signed: 5] }
        nonmutating set { record[signed: 5] = newValue }
    }

    /// Every delivery that has not been acknowledged, by number.
    func pending(in heap: Heap) -> IDTree { record.tree(StreamGroup.pendingWords.lowerBound, in: heap) }

    // MARK: Consumers

    @inline(__always) func consumer(_ name: Bytes) -> StreamConsumer? { consumers.find(name) }

    /// The consumer of this name, who is new if there was none.
    @inline(__always)
    func consumerOrNew(_ name: Bytes, at now: Int64, in heap: Heap) -> (consumer: StreamConsumer, isNew: Bool) {
        if let consumer = consumer(name) { return (consumer, false) }
        guard let consumer = addConsumer(name, at: now, in: heap) else {
            preconditionFailure("a consumer is known that was not found")
        }
        return (consumer, true)
    }

    /// A new consumer; nil if there is one of this name.
    func addConsumer(_ name: Bytes, at now: Int64, in heap: Heap) -> StreamConsumer? {
        let consumer = StreamConsumer(name, at: now, in: heap)
        var row = consumers
        guard row.insert(consumer, in: heap) else {
            consumer.record.free(to: heap)
            return nil
        }
        consumers = row
        return consumer
    }

    /// Takes a consumer away, with what it has not acknowledged: how much that was, nil if there is no such consumer.
    /// Much that is nobody else's is answered in `rest`, as a stream with nothing else, for the caller to give back.
    func removeConsumer(_ name: Bytes, in heap: Heap, leaving rest: inout UInt64?) -> Int? {
        var row = consumers
        guard let consumer = row.remove(name, in: heap) else { return nil }
        consumers = row
        if _slowPath(heap.isSaving) { willRemove(consumer, in: heap) }
        let count = consumer.pending(in: heap).count, pending = pending(in: heap)
        if count > 64, count == pending.count, !heap.isSaving {
            rest = detach(consumer, in: heap)
            return count
        }
        consumer.pending(in: heap).forEach { id, word in
            _ = pending.remove(id)
            StreamDelivery(word: word).record.free(to: heap)
        }
        var budget = Int.max
        _ = consumer.pending(in: heap).free(budget: &budget) { _ in }
        consumer.record.free(to: heap)
        return count
    }

    /// A consumer whose deliveries are all there are goes with them to a group of another stream.
    private func detach(_ consumer: StreamConsumer, in heap: Heap) -> UInt64? {
        let stream = StreamValue.empty(in: heap)
        guard let other = stream.addGroup(consumer.name, lastID: .zero, entriesRead: 0) else { return nil }
        record.exchange(StreamGroup.pendingWords, with: other.record)
        var row = other.consumers
        precondition(row.insert(consumer, in: heap), "there was none of this name")
        other.consumers = row
        return stream.word
    }

    // MARK: Deliveries

    @inline(__always) func delivery(_ id: StreamID, in heap: Heap) -> StreamDelivery? {
        pending(in: heap).find(id).map { StreamDelivery(word: $0.word) }
    }

    /// A delivery of a number that has none, to nobody yet.
    func addDelivery(_ id: StreamID, time: Int64, count: Int64, in heap: Heap) -> StreamDelivery? {
        if _slowPath(heap.isSaving) { willChange(id, in: heap) }
        let delivery = StreamDelivery(record: WordRecord(words: StreamGroup.deliveryWords, in: heap))
        (delivery.time, delivery.count) = (time, count)
        noteDelivery(at: time)
        if pending(in: heap).insert(id, delivery.record.word) { return delivery }
        delivery.record.free(to: heap)
        return nil
    }

    /// A delivery has got this time.
    @inline(__always) func noteDelivery(at time: Int64) {
        if time < earliestDelivery { earliestDelivery = time }
    }

    /// Gives a delivery to a consumer, whoever had it; time and count may change afterwards.
    func assign(_ delivery: StreamDelivery, _ id: StreamID, to consumer: StreamConsumer, in heap: Heap) {
        if _slowPath(heap.isSaving) { willChange(id, in: heap) }
        if let owner = delivery.consumer {
            if owner == consumer { return }
            _ = owner.pending(in: heap).remove(id)
        }
        delivery.consumer = consumer
        _ = consumer.pending(in: heap).insert(id, delivery.record.word)
    }

    /// The entry has gone to the consumer, for the first time as far as anyone remembers.
    @inline(__always)
    func deliver(_ id: StreamID, to consumer: StreamConsumer, at now: Int64, in heap: Heap) -> StreamDelivery? {
        if let delivery = addDelivery(id, time: now, count: 1, in: heap) {
            delivery.consumer = consumer
            _ = consumer.pending(in: heap).insert(id, delivery.record.word)
            return delivery
        }
        guard let delivery = delivery(id, in: heap) else { return nil }
        assign(delivery, id, to: consumer, in: heap)
        (delivery.time, delivery.count) = (now, 1)
        noteDelivery(at: now)
        return delivery
    }

    /// Forgets a delivery; false if there is none.
    @inline(__always) func acknowledge(_ id: StreamID, in heap: Heap) -> Bool {
        if _slowPath(heap.isSaving) { willChange(id, in: heap) }
        guard let word = pending(in: heap).remove(id) else { return false }
        let delivery = StreamDelivery(word: word)
        if let owner = delivery.consumer { _ = owner.pending(in: heap).remove(id) }
        delivery.record.free(to: heap)
        return true
    }

    // MARK: The whole

    func memoryUsage(in heap: Heap) -> Int {
        let consumers = consumers, pending = pending(in: heap)
        var size = record.memoryUsage + pending.memoryUsage + consumers.memoryUsage
        size += pending.count * StreamGroup.deliveryWords * 8
        for index in 0..<consumers.count { size += consumers[index].memoryUsage(in: heap) }
        return size
    }

    /// The same, judged by a few consumers if there are many.
    func estimatedMemory(in heap: Heap) -> Int {
        let consumers = consumers, pending = pending(in: heap), looked = min(consumers.count, 16)
        var size = 0
        for index in 0..<looked { size += consumers[index].memoryUsage(in: heap) }
        if looked > 0 { size = Int(Double(size) / Double(looked) * Double(consumers.count)) }
        size += record.memoryUsage + pending.memoryUsage + consumers.memoryUsage
        return size + pending.count * StreamGroup.deliveryWords * 8
    }

    func blockCount(in heap: Heap) -> Int { pending(in: heap).count + consumers.count }

    /// Gives everything back, in steps, and the record last; true when it is done.
    func free(budget: inout Int, in heap: Heap) -> Bool {
        guard pending(in: heap).free(budget: &budget, { WordRecord(word: $0).free(to: heap) }) else { return false }
        var row = consumers
        while row.count > 0 {
            let consumer = row[row.count - 1]
            guard budget > 0, consumer.pending(in: heap).free(budget: &budget, { _ in }) else { return false }
            _ = row.removeLast(in: heap)
            consumers = row
            consumer.record.free(to: heap)
            budget -= 1
        }
        record.free(to: heap)
        budget -= 1
        return true
    }

    /// Every delivery is known to its consumer, and to no other.
    func checkInvariants(in heap: Heap) -> Bool {
        let consumers = consumers, pending = pending(in: heap)
        var isRight = pending.checkInvariants(), owned = 0
        for index in 0..<consumers.count {
            let consumer = consumers[index]
            isRight = isRight && consumer.pending(in: heap).checkInvariants()
            consumer.pending(in: heap).forEach { id, word in
                owned += 1
                let delivery = StreamDelivery(word: word)
                isRight = isRight && pending.find(id)?.word == word && delivery.consumer.map { $0 == consumer } ?? false
            }
        }
        return isRight && owned == pending.count
    }
}

extension StreamValue {
    @inline(__always) func group(_ name: Bytes) -> StreamGroup? { groups.find(name) }

    /// A new group; nil if there is one of this name.
    func addGroup(_ name: Bytes, lastID: StreamID, entriesRead: Int64) -> StreamGroup? {
        let group = StreamGroup(name, lastID: lastID, entriesRead: entriesRead, in: heap)
        var row = groups
        guard row.insert(group, in: heap) else {
            group.record.free(to: heap)
            return nil
        }
        groups = row
        return group
    }

    /// Takes a group away; false if there is none of this name. If it is large it is answered in `rest`, as the only
    /// thing in a stream, for the caller to give back.
    func removeGroup(_ name: Bytes, leaving rest: inout UInt64?) -> Bool {
        var row = groups
        guard let group = row.remove(name, in: heap) else { return false }
        groups = row
        if _slowPath(heap.isSaving), group.isLeftToSaving(in: heap) { return true }
        guard group.blockCount(in: heap) > 64 else {
            var budget = Int.max
            return group.free(budget: &budget, in: heap)
        }
        let left = StreamValue.empty(in: heap)
        left.take(group)
        rest = left.word
        return true
    }

    private func take(_ group: StreamGroup) {
        var row = groups
        precondition(row.insert(group, in: heap), "there was none of this name")
        groups = row
    }

    /// A group of another stream, with everything in it.
    func addCopy(of other: StreamGroup) {
        guard let group = addGroup(other.name, lastID: other.lastID, entriesRead: other.entriesRead) else { return }
        let consumers = other.consumers
        for index in 0..<consumers.count {
            let original = consumers[index]
            guard let consumer = group.addConsumer(original.name, at: original.seenTime, in: heap) else { continue }
            consumer.activeTime = original.activeTime
            original.pending(in: heap).forEach { id, word in
                let delivery = StreamDelivery(word: word)
                guard let copy = group.addDelivery(id, time: delivery.time, count: delivery.count, in: heap) else {
                    return
                }
                group.assign(copy, id, to: consumer, in: heap)
            }
        }
    }
}
