// Who takes a large value part by part, as `ValueSaving` shows it: a record of a snapshot, or commands. The parts of
// one value are those of its kind, in this order:
//
//     hash         begin, field …                     any order
//     set          begin, member …                    any order
//     sorted set   begin, scored member …             from the highest down, but for those that changed meanwhile
//     list         begin, node …                      in order
//     stream       begin, stream node …, properties, groups; of each group: begin, pending …, consumers; of each
//                  consumer: begin, owned …           nodes in order, all else as in the stream

/// What stands before the elements of a value: how much is to follow.
struct SavedHeader {
    var kind: Entry.Kind
    /// Fields, members or entries.
    var count: Int
    /// Nodes of a list or stream.
    var nodeCount = 0
    /// Of a hash with fields that end; 0 if there are none.
    var earliestDeadline: Int64 = 0
}

/// What a stream remembers besides its nodes and groups.
struct StreamProperties {
    let length: Int, entriesAdded: UInt64
    let lastID: StreamID, firstID: StreamID, largestDeletedID: StreamID

    init(_ stream: StreamValue) {
        (length, entriesAdded) = (stream.length, stream.entriesAdded)
        (lastID, firstID, largestDeletedID) = (stream.lastID, stream.firstID, stream.largestDeletedID)
    }
}

/// Takes the parts of values.
protocol ValueSink: ~Copyable {
    /// False when what follows should come another time; asked after each element or node.
    var hasRoom: Bool { get }

    mutating func begin(_ header: SavedHeader)
    /// A field that never ends has 0 for a deadline.
    mutating func append(field: StringValue, value: StringValue, deadline: Int64)
    mutating func append(member: StringValue)
    mutating func append(member: StringValue, score: Double)
    mutating func append(node: PackedDeque)
    /// A node of a stream: the number that the others in it refer to, and its listpack.
    mutating func append(streamNode id: StreamID, _ node: ListpackBlock, in heap: Heap)
    mutating func append(_ properties: StreamProperties, groupCount: Int)
    mutating func beginGroup(_ name: Bytes, lastID: StreamID, entriesRead: Int64, pendingCount: Int)
    mutating func append(pending id: StreamID, time: Int64, count: Int64)
    mutating func beginConsumers(_ count: Int)
    mutating func beginConsumer(
        _ name: Bytes, of group: Bytes, seenTime: Int64, activeTime: Int64, pendingCount: Int)
    /// An entry that is pending with the consumer; time and count are those of the group.
    mutating func append(owned id: StreamID, time: Int64, count: Int64, by consumer: Bytes, of group: Bytes)
}
