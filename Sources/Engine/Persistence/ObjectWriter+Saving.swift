// Large values that come in parts: the writer is a sink of `ValueSaving`. A record is `append(key:)` (or
// `beginRecord`), and then the parts of one value, with nothing of another value between them.

extension ObjectWriter: ValueSink {
    /// A part ends when it has about this many bytes.
    static let usualPartSize = 256 << 10

    var hasRoom: Bool { output.count < ObjectWriter.usualPartSize }

    mutating func begin(_ header: SavedHeader) {
        switch header.kind {
        case .hash: begin(hashOf: header.count, earliestDeadline: header.earliestDeadline)
        case .set: append(.set, count: header.count)
        case .sortedSet: append(.sortedSet, count: header.count)
        case .list where newestVersion < 10: append(.list, count: header.count)
        case .list:
            append(.quicklist, since: 10)
            append(length: header.nodeCount)
        case .stream: appendStreamHead(nodeCount: header.nodeCount)
        case .string, .integer32, .integer64, .largeString, .module:
            preconditionFailure("no value that is saved in parts")
        }
    }

    mutating func append(field: StringValue, value: StringValue, deadline: Int64) {
        if earliestDeadline != 0 { append(length: deadline == 0 ? 0 : Int(deadline - earliestDeadline) + 1) }
        append(string: field)
        append(string: value)
    }

    mutating func append(member: StringValue) { append(string: member) }

    mutating func append(member: StringValue, score: Double) {
        append(string: member)
        append(score: score)
    }

    mutating func append(streamNode id: StreamID, _ node: ListpackBlock, in heap: Heap) {
        append(streamNode: id, node.bytes)
    }

    mutating func append(_ properties: StreamProperties, groupCount: Int) {
        append(properties)
        append(length: groupCount)
    }

    mutating func beginGroup(_ name: Bytes, lastID: StreamID, entriesRead: Int64, pendingCount: Int) {
        append(string: name)
        append(numberPair: lastID)
        if newestVersion >= 10 { append(length: UInt64(bitPattern: entriesRead)) }
        append(length: pendingCount)
    }

    mutating func append(pending id: StreamID, time: Int64, count: Int64) {
        append(entryNumber: id)
        append(number: UInt64(bitPattern: time), size: 8)
        append(length: UInt64(bitPattern: count))
    }

    mutating func beginConsumers(_ count: Int) { append(length: count) }

    mutating func beginConsumer(
        _ name: Bytes, of group: Bytes, seenTime: Int64, activeTime: Int64, pendingCount: Int
    ) {
        append(string: name)
        append(number: UInt64(bitPattern: seenTime), size: 8)
        if newestVersion >= 11 { append(number: UInt64(bitPattern: activeTime), size: 8) }
        append(length: pendingCount)
    }

    mutating func append(owned id: StreamID, time: Int64, count: Int64, by consumer: Bytes, of group: Bytes) {
        append(entryNumber: id)
    }
}
