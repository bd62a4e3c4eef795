// Keys as the commands that make them: what a rewritten append-only file begins with where it is not to begin with a
// snapshot. Up to 64 elements go into one command, as with Redis.
//
//     writer.select(database)
//     writer.append(key, string)                         a string, or
//     writer.append(key, value, in: heap)                a value with blocks of its own, as a whole
//     writer.append(deadline: moment, of: key)           if it has one
//
// A large value in parts, others between them: `beginPart(of: key)`, `ValueSaving.save(…, to: &writer)`, `endPart()`;
// each part is whole commands. A long string: `beginString(of:count:)`, `append(raw:)`…, `endString()`. The deadline
// comes behind the last part.

/// Writes commands, one behind the other.
struct CommandWriter: ~Copyable {
    private(set) var output = Buffer()
    /// Elements of the next command, in their form, and how many words and elements they are.
    private var batch = Buffer()
    private var batchWords = 0, batchElements = 0
    private var batchName: StaticString = ""
    /// The commands that give fields of the next command their deadlines.
    private var deadlines = Buffer()
    private var key = Buffer()
    /// Nobody looks whether there is room.
    private var isWhole = false
    private var text = Buffer()

    /// Elements of one command.
    private static let largestBatch = 64

    init(capacity: Int = 0) { output = Buffer(capacity: capacity) }

    mutating func removeAll() { output.truncate(to: 0) }

    /// Gives away what has been written as a piece of a stream, and begins anew with room for so many bytes.
    mutating func takeChunk(of stream: Int, endsStream: Bool = false, capacity: Int) -> SnapshotChunk {
        var bytes = Buffer(capacity: capacity)
        swap(&bytes, &output)
        return SnapshotChunk(stream: stream, endsStream: endsStream, bytes: bytes, compressible: [])
    }

    // MARK: Keys

    mutating func select(_ database: Int) {
        begin(2, "SELECT")
        append(integer: Int64(database))
    }

    mutating func append(_ key: Bytes, _ string: StringValue) {
        begin(3, "SET")
        output.append(word: key)
        append(string)
    }

    mutating func append(_ key: Bytes, _ value: StoredValue, in heap: Heap) {
        if value.kind == .largeString { return append(key, .bytes(LargeString(word: value.word).bytes)) }
        isWhole = true
        beginPart(of: key)
        var saving = ValueSaving(value, in: heap)
        while !saving.save(limit: .max, in: heap, to: &self) {}
        endPart()
        isWhole = false
    }

    /// A string of so many bytes, which come by `append(raw:)` before `endString`.
    mutating func beginString(of key: Bytes, count: Int) {
        begin(3, "SET")
        output.append(word: key)
        output.append("$")
        output.append(decimal: Int64(count))
        output.append("\r\n")
    }

    mutating func append(raw bytes: Bytes) { output.append(bytes) }
    mutating func endString() { output.append("\r\n") }

    mutating func append(deadline moment: Int64, of key: Bytes) {
        begin(3, "PEXPIREAT")
        output.append(word: key)
        append(integer: moment)
    }

    mutating func beginPart(of key: Bytes) {
        self.key.truncate(to: 0)
        self.key.append(key)
    }

    mutating func endPart() {
        guard batchElements > 0 else { return }
        begin(2 + batchWords, batchName)
        output.append(wordOf: key)
        output.append(batch, droppingFirst: 0)
        batch.truncate(to: 0)
        (batchWords, batchElements) = (0, 0)
        output.append(deadlines, droppingFirst: 0)
        deadlines.truncate(to: 0)
    }

    // MARK: Words

    /// A command of so many words, its name among them.
    private mutating func begin(_ words: Int, _ name: StaticString) {
        output.append("*")
        output.append(decimal: Int64(words))
        output.append("\r\n")
        output.append(word: Bytes(name))
    }

    /// The same, with the key behind the name, and a second name between them if there is one.
    private mutating func beginKeyed(_ words: Int, _ name: StaticString, _ second: StaticString? = nil) {
        begin(words, name)
        if let second { output.append(word: Bytes(second)) }
        output.append(wordOf: key)
    }

    private mutating func append(_ literal: StaticString) { output.append(word: Bytes(literal)) }
    private mutating func append(_ value: StringValue) { value.withBytes { output.append(word: $0) } }
    private mutating func append(integer: Int64) { integer.withDecimalText { output.append(word: $0) } }

    private mutating func append(id: StreamID) {
        text.truncate(to: 0)
        text.append(id)
        output.append(wordOf: text)
    }

    /// One more element, of one word or two, for a command of this name.
    private mutating func add(_ name: StaticString, _ first: StringValue, _ second: StringValue? = nil) {
        batchName = name
        first.withBytes { batch.append(word: $0) }
        second?.withBytes { batch.append(word: $0) }
        batchWords += second == nil ? 1 : 2
        batchElements += 1
        if batchElements == CommandWriter.largestBatch { endPart() }
    }
}

extension CommandWriter: ValueSink {
    var hasRoom: Bool { isWhole || output.count + batch.count + deadlines.count < ObjectWriter.usualPartSize }

    mutating func begin(_ header: SavedHeader) {}

    mutating func append(field: StringValue, value: StringValue, deadline: Int64) {
        if deadline != 0 {
            deadlines.append("*6\r\n$10\r\nHPEXPIREAT\r\n")
            deadlines.append(wordOf: key)
            deadline.withDecimalText { deadlines.append(word: $0) }
            deadlines.append("$6\r\nFIELDS\r\n$1\r\n1\r\n")
            field.withBytes { deadlines.append(word: $0) }
        }
        add("HMSET", field, value)
    }

    mutating func append(member: StringValue) { add("SADD", member) }

    mutating func append(member: StringValue, score: Double) {
        var text = Buffer()
        swap(&text, &self.text)
        text.truncate(to: 0)
        text.append(double: score)
        add("ZADD", .bytes(text.contents), member)
        swap(&text, &self.text)
    }

    mutating func append(node: PackedDeque) {
        var position = node.first
        while position < node.end {
            add("RPUSH", node.element(at: position))
            position = node.next(position)
        }
    }

    mutating func append(streamNode id: StreamID, _ node: ListpackBlock, in heap: Heap) {
        // A stream of this one node, for a cursor to walk.
        let record = WordRecord(words: IDTree.headWords, in: heap), tree = record.tree(0, in: heap)
        _ = tree.insert(id, node.word)
        var cursor = StreamCursor(tree, from: .zero, through: .largest, backwards: false, showingDeleted: false)
        while cursor.next() {
            beginKeyed(3 + 2 * cursor.fieldCount, "XADD")
            append(id: cursor.id)
            cursor.forEachField {
                append($0)
                append($1)
            }
        }
        _ = tree.remove(id)
        record.free(to: heap)
    }

    mutating func append(_ properties: StreamProperties, groupCount: Int) {
        if properties.length == 0 {
            // An entry that is trimmed at once leaves an empty stream.
            beginKeyed(7, "XADD")
            append("MAXLEN")
            append("0")
            append("0-1")
            append("x")
            append("y")
        }
        beginKeyed(7, "XSETID")
        append(id: properties.lastID)
        append("ENTRIESADDED")
        append(integer: Int64(bitPattern: properties.entriesAdded))
        append("MAXDELETEDID")
        append(id: properties.largestDeletedID)
    }

    mutating func beginGroup(_ name: Bytes, lastID: StreamID, entriesRead: Int64, pendingCount: Int) {
        beginKeyed(7, "XGROUP", "CREATE")
        output.append(word: name)
        append(id: lastID)
        append("ENTRIESREAD")
        append(integer: entriesRead)
    }

    /// The consumers say what is pending.
    mutating func append(pending id: StreamID, time: Int64, count: Int64) {}
    mutating func beginConsumers(_ count: Int) {}

    mutating func beginConsumer(
        _ name: Bytes, of group: Bytes, seenTime: Int64, activeTime: Int64, pendingCount: Int
    ) {
        // The first entry makes the consumer; without one nobody would.
        guard pendingCount == 0 else { return }
        beginKeyed(5, "XGROUP", "CREATECONSUMER")
        output.append(word: group)
        output.append(word: name)
    }

    mutating func append(owned id: StreamID, time: Int64, count: Int64, by consumer: Bytes, of group: Bytes) {
        beginKeyed(12, "XCLAIM")
        output.append(word: group)
        output.append(word: consumer)
        append("0")
        append(id: id)
        append("TIME")
        append(integer: time)
        append("RETRYCOUNT")
        append(integer: count)
        append("JUSTID")
        append("FORCE")
    }
}

extension Buffer {
    /// A word of a command.
    @inline(__always) fileprivate mutating func append(word: Bytes) {
        append("$")
        append(decimal: Int64(word.count))
        append("\r\n")
        append(word)
        append("\r\n")
    }

    @inline(__always) fileprivate mutating func append(wordOf other: borrowing Buffer) { append(word: other.contents) }
}
