// Streams from snapshots, of all five versions. Redis writes nodes, groups and consumers in order; what is in
// another order was not written by it, and is refused, so that each goes in at the end of what is there.

extension ObjectReader {
    /// Types 15, 19, 21, 26 and 27.
    func readStream(_ type: ObjectType, from source: inout PayloadReader) throws(PayloadError) -> LoadedValue {
        try build(StreamValue.empty(in: heap)) { (stream) throws(PayloadError) in
            try readEntries(of: &stream, from: &source)
            try readProperties(of: &stream, type, from: &source)
            var name = Buffer(), lastName = Buffer()
            for index in 0..<(try source.count(leastSize: 6)) {
                let bytes = try source.string(&name)
                guard index == 0 || lastName.contents.compare(bytes) < 0 else { throw .malformed }
                lastName.truncate(to: 0)
                lastName.append(bytes)
                try readGroup(bytes, of: &stream, type, from: &source)
            }
            guard stream.isComplete else { throw .malformed }
            if type.isStreamWithProducers { try skipProducers(from: &source) }
        }
    }

    /// Who added which entries under a name that tells repetitions: nothing that this server would ask for.
    private func skipProducers(from source: inout PayloadReader) throws(PayloadError) {
        var text = Buffer()
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

    /// The nodes, each behind the number by which it is known.
    private func readEntries(of stream: inout StreamValue, from source: inout PayloadReader) throws(PayloadError) {
        var text = Buffer()
        for _ in 0..<(try source.count(leastSize: 2)) {
            var key = PayloadReader(try source.string(&text))
            guard key.remaining == 16 else { throw .malformed }
            let id = try key.entryNumber()
            guard stream.appendNode(id, try source.string(&text)) else {
                throw .damaged("Stream listpack integrity check failed")
            }
        }
    }

    /// What the stream remembers besides. The first version of the format knew less, and the rest follows from that.
    private func readProperties(
        of stream: inout StreamValue, _ type: ObjectType, from source: inout PayloadReader
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
        stream.updateFirstID()
    }

    private func readGroup(
        _ name: Bytes, of stream: inout StreamValue, _ type: ObjectType, from source: inout PayloadReader
    ) throws(PayloadError) {
        let lastID = try source.numberPair()
        let known = type == .stream ? nil : Int64(bitPattern: try source.length())
        let read = known ?? stream.entriesAdded(through: lastID)
        guard read >= -1, let group = stream.addGroup(name, lastID: lastID, entriesRead: read) else { throw .malformed }
        for _ in 0..<(try source.count(leastSize: 25)) {
            let id = try source.entryNumber(), time = try source.moment()
            guard let count = Int64(exactly: try source.length()),
                group.addDelivery(id, time: time, count: count, in: heap) != nil
            else { throw .malformed }
        }
        var text = Buffer(), last = Buffer()
        for index in 0..<(try source.count(leastSize: 10)) {
            let consumer = try source.string(&text)
            guard index == 0 || last.contents.compare(consumer) < 0 else {
                throw .damaged("Duplicate stream consumer detected")
            }
            last.truncate(to: 0)
            last.append(consumer)
            try readConsumer(consumer, of: group, type, from: &source)
        }
        if type == .streamWithReturns, try source.count(leastSize: 16) > 0 {
            throw .foreign("a group of the stream has entries that no consumer owns")
        }
    }

    private func readConsumer(
        _ name: Bytes, of group: StreamGroup, _ type: ObjectType, from source: inout PayloadReader
    ) throws(PayloadError) {
        let seen = try source.moment()
        guard let consumer = group.addConsumer(name, at: seen, in: heap) else { throw .malformed }
        // Older servers did not tell when a consumer last got something.
        consumer.activeTime = type.isStreamWithActivity ? try source.moment(orNever: true) : seen
        for _ in 0..<(try source.count(leastSize: 16)) {
            guard group.claim(try source.entryNumber(), for: consumer, in: heap) else {
                throw .damaged("Consumer entry not found in group global PEL")
            }
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
