// What the saving of a value shows, part by part, while the value changes in every way between the parts: everything
// that was there when it began, once, and in order where order matters. The seed of a failing run is in its message.

import Testing

@testable import Engine

/// Writes down what it is shown: the elements in order, and for records of snapshots their bytes.
struct SavedParts: ValueSink, ~Copyable {
    var parts: [String] = []
    /// How much may come until `refill`.
    private var room = Int.max

    mutating func refill(_ room: Int) { self.room = room }

    var hasRoom: Bool { room > 0 }

    private mutating func add(_ part: String) {
        parts.append(part)
        room -= 1
    }

    private func text(_ value: StringValue) -> String { value.withBytes { $0.text } }

    mutating func begin(_ header: SavedHeader) { add("\(header.count) \(header.nodeCount)") }
    mutating func append(field: StringValue, value: StringValue, deadline: Int64) {
        add(text(field) + "=" + text(value) + (deadline == 0 ? "" : "@\(deadline)"))
    }
    mutating func append(member: StringValue) { add(text(member)) }
    mutating func append(member: StringValue, score: Double) { add(text(member) + "=\(score.bitPattern)") }
    mutating func append(node: PackedDeque) {
        var part = "node", position = node.first
        while position < node.end {
            part += " " + text(node.element(at: position))
            position = node.next(position)
        }
        add(part)
    }
    mutating func append(streamNode id: StreamID, _ node: ListpackBlock, in heap: Heap) {
        var part = "node \(id)"
        for index in 0..<node.bytes.count { part += " \(node.bytes[index])" }
        add(part)
    }
    mutating func append(_ properties: StreamProperties, groupCount: Int) { add("\(properties) \(groupCount)") }
    mutating func beginGroup(_ name: Bytes, lastID: StreamID, entriesRead: Int64, pendingCount: Int) {
        add("\(name.text) \(lastID) \(entriesRead) \(pendingCount)")
    }
    mutating func append(pending id: StreamID, time: Int64, count: Int64) { add("pending \(id) \(time) \(count)") }
    mutating func beginConsumers(_ count: Int) { add("consumers \(count)") }
    mutating func beginConsumer(
        _ name: Bytes, of group: Bytes, seenTime: Int64, activeTime: Int64, pendingCount: Int
    ) {
        add("\(name.text) \(seenTime) \(activeTime) \(pendingCount)")
    }
    mutating func append(owned id: StreamID, time: Int64, count: Int64, by consumer: Bytes, of group: Bytes) {
        add("owned \(id) \(time) \(count) \(consumer.text) \(group.text)")
    }
}

/// A value with a saving of it, as the keyspace has them.
struct ValueInSaving: ~Copyable {
    let heap: Heap
    var value: StoredValue
    private var saving: ValueSaving?
    private var sink = SavedParts()
    private var expected: [String] = []
    var completed = 0, abandoned = 0

    init(_ kind: Entry.Kind, in heap: Heap) {
        self.heap = heap
        value = StoredValue(kind: kind, word: ValueInSaving.empty(kind, heap))
    }

    static func empty(_ kind: Entry.Kind, _ heap: Heap) -> UInt64 {
        switch kind {
        case .hash: HashValue.empty(in: heap).word
        case .set: SetValue.empty(in: heap).word
        case .sortedSet: SortedSetValue.empty(in: heap).word
        case .list: ListValue.empty(in: heap).word
        default: StreamValue.empty(in: heap).word
        }
    }

    var isSaving: Bool { saving != nil }

    /// What a saving of the value must show, read from a copy by other means.
    private func contents() -> [String] {
        var sink = SavedParts()
        let copy = StoredValue(kind: value.kind, word: value.copied(in: heap))
        switch value.kind {
        case .hash:
            let hash = HashValue(word: copy.word, heap: heap)
            sink.begin(SavedHeader(kind: .hash, count: hash.count))
            hash.forEachTimed { sink.append(field: $0.field, value: $0.value, deadline: $1) }
        case .set:
            let set = SetValue(word: copy.word, heap: heap)
            sink.begin(SavedHeader(kind: .set, count: set.count))
            set.forEach { sink.append(member: $0) }
        case .sortedSet:
            let set = SortedSetValue(word: copy.word, heap: heap)
            sink.begin(SavedHeader(kind: .sortedSet, count: set.count))
            set.forEach { sink.append(member: $0, score: $1) }
        case .list:
            let list = ListValue(word: copy.word, heap: heap)
            sink.begin(SavedHeader(kind: .list, count: list.count, nodeCount: list.nodeCount))
            list.forEachNode { sink.append(node: $0) }
        default:
            let stream = StreamValue(word: copy.word, heap: heap)
            sink.begin(SavedHeader(kind: .stream, count: stream.length, nodeCount: stream.nodeCount))
            stream.nodes.forEach { sink.append(streamNode: $0, ListpackBlock(word: $1), in: heap) }
            sink.append(StreamProperties(stream), groupCount: stream.groups.count)
            for index in 0..<stream.groups.count { ValueInSaving.show(stream.groups[index], heap, &sink) }
        }
        ValueInSaving.free(copy, heap)
        return value.kind == .stream ? ValueInSaving.sortingDeliveries(sink.parts) : sink.parts
    }

    private static func show(_ group: StreamGroup, _ heap: Heap, _ sink: inout SavedParts) {
        let pending = group.pending(in: heap), consumers = group.consumers
        sink.beginGroup(
            group.name, lastID: group.lastID, entriesRead: group.entriesRead, pendingCount: pending.count)
        pending.forEach {
            sink.append(pending: $0, time: StreamDelivery(word: $1).time, count: StreamDelivery(word: $1).count)
        }
        sink.beginConsumers(consumers.count)
        for index in 0..<consumers.count {
            let consumer = consumers[index], own = consumer.pending(in: heap)
            sink.beginConsumer(
                consumer.name, of: group.name, seenTime: consumer.seenTime, activeTime: consumer.activeTime,
                pendingCount: own.count)
            own.forEach {
                let delivery = StreamDelivery(word: $1)
                sink.append(owned: $0, time: delivery.time, count: delivery.count, by: consumer.name, of: group.name)
            }
        }
    }

    static func free(_ value: StoredValue, _ heap: Heap) {
        var value = value, budget = 10
        while !value.free(budget: &budget, to: heap) { budget = 10 }
    }

    mutating func begin() {
        expected = contents()
        sink = SavedParts()
        saving = ValueSaving(value, in: heap)
    }

    /// One door with one command in it.
    mutating func change(_ changes: inout ValueChanges) {
        let isShared = saving?.isSaving(value.word) ?? false
        if isShared { saving?.beginChanges(in: heap) }
        value.word = changes.change(value, in: heap)
        if isShared { saving?.endChanges(value.word, in: heap) }
        let isEmpty: Bool =
            switch value.kind {
            case .hash: HashValue(word: value.word, heap: heap).endsKey
            case .set: SetValue(word: value.word, heap: heap).endsKey
            case .sortedSet: SortedSetValue(word: value.word, heap: heap).endsKey
            case .list: ListValue(word: value.word, heap: heap).endsKey
            default: false
            }
        if isEmpty || changes.number(0...300) == 0 { replace() }
    }

    /// The same for a change that leaves elements; a door that `forgets` does not tell the saving.
    mutating func edit(forgets: Bool = false, _ body: (inout StoredValue) -> Void) {
        let isShared = !forgets && saving?.isSaving(value.word) ?? false
        if isShared { saving?.beginChanges(in: heap) }
        body(&value)
        if isShared { saving?.endChanges(value.word, in: heap) }
    }

    /// The value goes as a whole, and another takes its place.
    private mutating func replace() {
        if saving?.isSaving(value.word) ?? false { saving?.takeOver() } else { ValueInSaving.free(value, heap) }
        value.word = ValueInSaving.empty(value.kind, heap)
    }

    /// Shows the next part; at the end, whether everything was right.
    mutating func save(_ limit: Int, room: Int) -> Bool? {
        guard var saving = saving.take() else { return nil }
        sink.refill(room)
        guard saving.save(limit: limit, in: heap, to: &sink) else {
            self.saving = consume saving
            return nil
        }
        if let left = saving.takeValue() { ValueInSaving.free(left, heap) }
        completed += 1
        switch value.kind {
        case .list: return sink.parts == expected
        case .stream: return ValueInSaving.sortingDeliveries(sink.parts) == expected
        default: return sink.parts.sorted() == expected.sorted() && isUnmarked
        }
    }

    /// Deliveries may come in any order where they belong; the rest stays as it is.
    private static func sortingDeliveries(_ parts: [String]) -> [String] {
        var sorted: [String] = [], run: [String] = []
        for part in parts + [""] {
            if part.hasPrefix("pending") || part.hasPrefix("owned") {
                run.append(part)
            } else {
                sorted += run.sorted() + [part]
                run = []
            }
        }
        return sorted.dropLast()
    }

    mutating func abandon() {
        guard var saving = saving.take() else { return }
        saving.abandon(in: heap)
        if let left = saving.takeValue() { ValueInSaving.free(left, heap) }
        abandoned += 1
    }

    private var isUnmarked: Bool {
        switch value.kind {
        case .hash:
            if case .table(let table) = HashValue(word: value.word, heap: heap).form { return !table.hasMarks }
        case .set: if case .table(let table) = SetValue(word: value.word, heap: heap).form { return !table.hasMarks }
        case .sortedSet:
            let set = SortedSetValue(word: value.word, heap: heap)
            if set.isLarge { return !set.tree.hasMarks }
        default: break
        }
        return true
    }

    func checkInvariants() -> Bool { value.isWhole(in: heap) }

    mutating func end() {
        abandon()
        ValueInSaving.free(value, heap)
    }
}

@Suite struct ValueSavingTests {
    static let seeds: [UInt64] = [1, 2, 3, 4, UInt64.random(in: 5...UInt64.max)]

    @Test(arguments: seeds) func aHashIsSavedAsItWas(_ seed: UInt64) { run(.hash, seed) }
    @Test(arguments: seeds) func aSetIsSavedAsItWas(_ seed: UInt64) { run(.set, seed) }
    @Test(arguments: seeds) func aSortedSetIsSavedAsItWas(_ seed: UInt64) { run(.sortedSet, seed) }
    @Test(arguments: seeds) func aListIsSavedAsItWas(_ seed: UInt64) { run(.list, seed) }
    @Test(arguments: seeds) func aStreamIsSavedAsItWas(_ seed: UInt64) { run(.stream, seed) }

    /// What a door owes: without it a saving shows what the value is now, and these tests see that.
    @Test(arguments: [Entry.Kind.hash, .set, .sortedSet, .list, .stream], [true, false])
    func aDoorThatForgetsTheSavingIsNoticed(_ kind: Entry.Kind, _ forgets: Bool) {
        for isGroup in kind == .stream ? [false, true] : [false] {
            let heap = Heap(seed: 1)
            var value = ValueInSaving(kind, in: heap)
            for number in 0..<2000 { value.edit { ValueSavingTests.add(number, to: &$0, heap) } }
            value.begin()
            _ = value.save(100, room: .max)
            value.edit(forgets: forgets) { ValueSavingTests.change(&$0, isGroup: isGroup, heap) }
            var isRight: Bool?
            while isRight == nil { isRight = value.save(100, room: .max) }
            #expect(isRight == !forgets, "\(kind), group: \(isGroup)")
            value.end()
        }
    }

    /// Elements that all have the same size.
    private static func add(_ number: Int, to value: inout StoredValue, _ heap: Heap) {
        var text = Buffer()
        text.append(text: "element \(10_000 + number)")
        let bytes = text.contents
        switch value.kind {
        case .hash:
            var hash = HashValue(word: value.word, heap: heap)
            _ = hash.set(bytes, to: bytes)
            value.word = hash.word
        case .set:
            var set = SetValue(word: value.word, heap: heap)
            _ = set.insert(bytes)
            value.word = set.word
        case .sortedSet:
            var set = SortedSetValue(word: value.word, heap: heap)
            _ = set.add(bytes, score: Double(number))
            value.word = set.word
        case .list:
            var list = ListValue(word: value.word, heap: heap)
            list.prepare(forSize: bytes.count, count: 1)
            list.push(bytes, at: .tail)
            value.word = list.word
        default:
            let stream = StreamValue(word: value.word, heap: heap)
            StreamValueTests.append(
                .init(id: StreamID(UInt64(number + 1), 1), words: ["field", "\(number)"]), to: stream)
            if number % 500 == 0 { deliver(number + 1, of: stream) }
        }
    }

    /// A consumer of a group gets an entry, which is pending from then on.
    private static func deliver(_ number: Int, of stream: StreamValue) {
        let heap = stream.heap, name = Bytes("readers")
        if stream.group(name) == nil { _ = stream.addGroup(name, lastID: .zero, entriesRead: 0) }
        guard let group = stream.group(name) else { return }
        let (consumer, _) = group.consumerOrNew(Bytes("ann"), at: 7, in: heap)
        _ = group.deliver(StreamID(UInt64(number), 1), to: consumer, at: 7, in: heap)
    }

    /// One more element, which comes late in every order, and one that is another now or gone; no memory is given back.
    private static func change(_ value: inout StoredValue, isGroup: Bool, _ heap: Heap) {
        switch value.kind {
        case .list:
            var list = ListValue(word: value.word, heap: heap)
            list.set(1900, to: Bytes("element 77777"))
            value.word = list.word
        case .sortedSet:
            // The walk comes from the highest down.
            for number in 0..<50 {
                var set = SortedSetValue(word: value.word, heap: heap)
                var text = Buffer()
                text.append(text: "element \(20_000 + number)")
                _ = set.add(text.contents, score: Double(number) / 100)
                value.word = set.word
            }
        case .stream:
            let stream = StreamValue(word: value.word, heap: heap)
            if isGroup { deliver(1900, of: stream) } else { _ = stream.delete(StreamID(1900, 1)) }
        default: for number in 5000..<5100 { add(number, to: &value, heap) }
        }
    }

    /// Two values that are changed and saved in turn.
    private func run(_ kind: Entry.Kind, _ seed: UInt64) {
        let heap = Heap(seed: seed)
        var changes = ValueChanges(seed: seed)
        heap.limits.listNodeSize = [-2, -1, 5, 128, 1][Int(seed % 5)]
        heap.limits.streamNodeEntries = Int(seed % 3 == 0 ? 100 : 7)
        if seed % 2 == 0 { heap.limits.integerSetEntries = 4 }
        changes.range = seed % 3 == 0 ? 300 : 2000
        var first = ValueInSaving(kind, in: heap), second = ValueInSaving(kind, in: heap)
        for step in 0..<1500 {
            let isFirst = changes.number(0...2) > 0, comment: Comment = "seed \(seed), step \(step)"
            if isFirst { act(&first, &changes, comment) } else { act(&second, &changes, comment) }
        }
        let (completed, abandoned) = (first.completed, first.abandoned)
        #expect(completed > 5 && abandoned > 1, "seed \(seed)")
        first.end()
        second.end()
        #expect(heap.used == 0, "seed \(seed)")
    }

    private func act(_ value: inout ValueInSaving, _ changes: inout ValueChanges, _ comment: Comment) {
        guard value.isSaving else {
            for _ in 0..<changes.number(0...40) { value.change(&changes) }
            let isWhole = value.checkInvariants()
            #expect(isWhole, comment)
            return value.begin()
        }
        switch changes.number(0...99) {
        case 0: value.abandon()
        case 1...40: value.change(&changes)
        default:
            let limit = changes.number(0...4) == 0 ? changes.number(0...1000) : changes.number(1...30)
            let room = changes.number(0...4) == 0 ? changes.number(0...3) : .max
            if let isRight = value.save(limit, room: room) { #expect(isRight, comment) }
        }
    }
}
