// Streams for snapshots. The version of Redis 7.2 knows when each consumer last got something, that of 7.0 does not,
// and that of 5.0 knows only entries, groups and what is pending.

extension ObjectWriter {
    mutating func append(_ stream: StreamValue, in heap: Heap) {
        appendStreamHead(nodeCount: stream.nodeCount)
        stream.forEachNode { append(streamNode: $0, $1) }
        append(StreamProperties(stream))
        let groups = stream.groups
        append(length: groups.count)
        for index in 0..<groups.count { append(groups[index], in: heap) }
    }

    /// The type of a stream; so many nodes follow.
    mutating func appendStreamHead(nodeCount: Int) {
        switch newestVersion {
        case 11...: append(.streamWithActivity, since: 11)
        case 10: append(.streamWithMetadata, since: 10)
        default: append(.stream)
        }
        append(length: nodeCount)
    }

    mutating func append(streamNode id: StreamID, _ listpack: Bytes) {
        append(length: 16)
        append(entryNumber: id)
        append(string: listpack)
    }

    /// What stands between the nodes and the groups.
    mutating func append(_ properties: StreamProperties) {
        append(length: properties.length)
        append(numberPair: properties.lastID)
        guard newestVersion >= 10 else { return }
        append(numberPair: properties.firstID)
        append(numberPair: properties.largestDeletedID)
        append(length: properties.entriesAdded)
    }

    mutating func append(_ group: StreamGroup, in heap: Heap) {
        let pending = group.pending(in: heap)
        beginGroup(
            group.name, lastID: group.lastID, entriesRead: group.entriesRead, pendingCount: pending.count)
        pending.forEach { id, word in
            let delivery = StreamDelivery(word: word)
            append(pending: id, time: delivery.time, count: delivery.count)
        }
        let consumers = group.consumers
        beginConsumers(consumers.count)
        for index in 0..<consumers.count {
            let consumer = consumers[index], own = consumer.pending(in: heap)
            beginConsumer(
                consumer.name, of: group.name, seenTime: consumer.seenTime, activeTime: consumer.activeTime,
                pendingCount: own.count)
            own.forEach { id, _ in append(entryNumber: id) }
        }
    }

    mutating func append(entryNumber id: StreamID) {
        append(number: id.milliseconds.byteSwapped, size: 8)
        append(number: id.sequence.byteSwapped, size: 8)
    }

    mutating func append(numberPair id: StreamID) {
        append(length: id.milliseconds)
        append(length: id.sequence)
    }
}
