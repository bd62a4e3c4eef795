// A stream that is being read. Redis writes nodes, groups and consumers in order; what is in another order was not
// written by it, and is refused, so that each goes in at the end of what is there. Every step puts in one node, one
// group, one delivery or one consumer, and can be gone on with later.

/// How far the reading of a stream has come.
struct GrowingStream: ~Copyable {
    private enum Part { case nodes, properties, groups, deliveries, consumers, claims, returns, producers, end }

    private let type: ObjectType
    private var part = Part.nodes
    /// How many of each are still to come.
    private var nodes: Int
    private var groups = 0, deliveries = 0, consumers = 0, claims = 0
    private(set) var mark = 0
    private var text = Buffer()

    init(_ type: ObjectType, nodes: Int) {
        self.type = type
        self.nodes = nodes
    }

    /// Reads on, until the place in the bytes is behind `limit`; true if the stream is complete.
    mutating func read(
        _ word: UInt64, from source: inout PayloadReader, through limit: Int, in heap: Heap
    ) throws(PayloadError) -> Bool {
        var stream = StreamValue(word: word, heap: heap)
        mark = source.offset
        while source.offset <= limit {
            guard part != .end else {
                guard stream.isComplete else { throw .malformed }
                return true
            }
            try step(&stream, from: &source, heap)
            mark = source.offset
        }
        return false
    }

    private mutating func step(
        _ stream: inout StreamValue, from source: inout PayloadReader, _ heap: Heap
    ) throws(PayloadError) {
        switch part {
        case .nodes where nodes == 0: part = .properties
        case .nodes:
            try readNode(of: &stream, from: &source)
            nodes &-= 1
        case .properties:
            try readProperties(of: &stream, from: &source)
            part = .groups
        case .groups where groups == 0: part = type.isStreamWithProducers ? .producers : .end
        case .groups:
            try readGroup(of: &stream, from: &source)
            groups &-= 1
            part = .deliveries
        case .deliveries where deliveries == 0:
            consumers = try source.count(leastSize: 10)
            part = .consumers
        case .deliveries:
            let id = try source.entryNumber(), time = try source.moment()
            guard let count = Int64(exactly: try source.length()),
                stream.lastGroup.addDelivery(id, time: time, count: count, in: heap) != nil
            else { throw .malformed }
            deliveries &-= 1
        case .consumers where consumers == 0: part = type == .streamWithReturns ? .returns : .groups
        case .consumers:
            try readConsumer(of: stream.lastGroup, from: &source, heap)
            consumers &-= 1
            part = .claims
        case .claims where claims == 0: part = .consumers
        case .claims:
            let group = stream.lastGroup, consumers = group.consumers
            guard group.claim(try source.entryNumber(), for: consumers[consumers.count - 1], in: heap) else {
                throw .damaged("Consumer entry not found in group global PEL")
            }
            claims &-= 1
        case .returns:
            if try source.count(leastSize: 16) > 0 {
                throw .foreign("a group of the stream has entries that no consumer owns")
            }
            part = .groups
        case .producers:
            try skipProducers(from: &source)
            part = .end
        case .end: break
        }
    }

    /// A node behind the number by which it is known.
    private mutating func readNode(of stream: inout StreamValue, from source: inout PayloadReader) throws(PayloadError)
    {
        var key = PayloadReader(try source.string(&text))
        guard key.remaining == 16 else { throw .malformed }
        let id = try key.entryNumber()
        guard stream.appendNode(id, try source.string(&text)) else {
            throw .damaged("Stream listpack integrity check failed")
        }
    }

    /// What the stream remembers besides. The first version of the format knew less, and the rest follows from that.
    private mutating func readProperties(
        of stream: inout StreamValue, from source: inout PayloadReader
    ) throws(PayloadError) {
        guard let length = Int(exactly: try source.length()) else { throw .malformed }
        stream.length = length
        stream.lastID = try source.numberPair()
        stream.entriesAdded = UInt64(length)
        if type != .stream {
            // The first number follows from the entries.
            _ = try source.numberPair()
            stream.largestDeletedID = try source.numberPair()
            let added = try source.length()
            guard Int64(exactly: added) != nil else { throw .malformed }
            stream.entriesAdded = added
        }
        groups = try source.count(leastSize: 6)
        stream.updateFirstID()
    }

    private mutating func readGroup(of stream: inout StreamValue, from source: inout PayloadReader) throws(PayloadError)
    {
        var text = Buffer()
        let name = try source.string(&text)
        let lastID = try source.numberPair()
        let known = type == .stream ? nil : Int64(bitPattern: try source.length())
        deliveries = try source.count(leastSize: 25)
        let before = stream.groups
        guard before.count == 0 || before[before.count - 1].name.compare(name) < 0 else { throw .malformed }
        let read = known ?? stream.entriesAdded(through: lastID)
        guard read >= -1, stream.addGroup(name, lastID: lastID, entriesRead: read) != nil else { throw .malformed }
    }

    private mutating func readConsumer(
        of group: StreamGroup, from source: inout PayloadReader, _ heap: Heap
    ) throws(PayloadError) {
        var text = Buffer()
        let name = try source.string(&text)
        let seen = try source.moment()
        // Older servers did not tell when a consumer last got something.
        let active = type.isStreamWithActivity ? try source.moment(orNever: true) : seen
        claims = try source.count(leastSize: 16)
        let before = group.consumers
        guard before.count == 0 || before[before.count - 1].name.compare(name) < 0 else {
            throw .damaged("Duplicate stream consumer detected")
        }
        guard let consumer = group.addConsumer(name, at: seen, in: heap) else { throw .malformed }
        consumer.activeTime = active
    }

    /// Who added which entries under a name that tells repetitions: nothing that this server would ask for.
    private mutating func skipProducers(from source: inout PayloadReader) throws(PayloadError) {
        // For how many seconds names are remembered, and how many of them.
        _ = (try source.length(), try source.length())
        for _ in 0..<(try source.count(leastSize: 2)) {
            _ = try source.string(&text).count
            for _ in 0..<(try source.count(leastSize: 3)) {
                _ = try source.string(&text).count
                _ = try source.numberPair()
            }
        }
        // Names that were added, and those that were repetitions.
        _ = (try source.length(), try source.length())
    }
}

extension StreamValue {
    /// The group that was added last, where they come in order.
    fileprivate var lastGroup: StreamGroup {
        let groups = groups
        return groups[groups.count - 1]
    }
}

extension ObjectType {
    var isStream: Bool {
        switch self {
        case .stream, .streamWithMetadata, .streamWithActivity, .streamWithProducers, .streamWithReturns: true
        default: false
        }
    }
}

extension PayloadReader {
    /// The number of an entry in 16 bytes, highest first.
    @_lifetime(self: copy self)
    fileprivate mutating func entryNumber() throws(PayloadError) -> StreamID {
        let milliseconds = try number(size: 8).byteSwapped
        return StreamID(milliseconds, try number(size: 8).byteSwapped)
    }

    /// The number of an entry as two lengths.
    @_lifetime(self: copy self)
    fileprivate mutating func numberPair() throws(PayloadError) -> StreamID {
        let milliseconds = try length()
        return StreamID(milliseconds, try length())
    }

    /// A moment since 1970, or -1 for never.
    @_lifetime(self: copy self)
    fileprivate mutating func moment(orNever: Bool = false) throws(PayloadError) -> Int64 {
        let moment = try milliseconds()
        guard moment >= (orNever ? -1 : 0) else { throw .malformed }
        return moment
    }
}
