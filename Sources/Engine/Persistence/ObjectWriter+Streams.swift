// Streams for snapshots, in the version of Redis 7.2, which knows when each consumer last got something.

extension ObjectWriter {
    mutating func append(_ stream: StreamValue, in heap: Heap) {
        append(.streamWithActivity, since: 11)
        append(length: stream.nodeCount)
        stream.forEachNode { id, listpack in
            append(length: 16)
            append(entryNumber: id)
            append(string: listpack)
        }
        append(length: stream.length)
        append(numberPair: stream.lastID)
        append(numberPair: stream.firstID)
        append(numberPair: stream.largestDeletedID)
        append(length: stream.entriesAdded)
        let groups = stream.groups
        append(length: groups.count)
        for index in 0..<groups.count { append(groups[index], in: heap) }
    }

    private mutating func append(_ group: StreamGroup, in heap: Heap) {
        append(string: group.name)
        append(numberPair: group.lastID)
        append(length: UInt64(bitPattern: group.entriesRead))
        let pending = group.pending(in: heap)
        append(length: pending.count)
        pending.forEach { id, word in
            let delivery = StreamDelivery(word: word)
            append(entryNumber: id)
            append(number: UInt64(bitPattern: delivery.time), size: 8)
            append(length: UInt64(bitPattern: delivery.count))
        }
        let consumers = group.consumers
        append(length: consumers.count)
        for index in 0..<consumers.count {
            let consumer = consumers[index], own = consumer.pending(in: heap)
            append(string: consumer.name)
            append(number: UInt64(bitPattern: consumer.seenTime), size: 8)
            append(number: UInt64(bitPattern: consumer.activeTime), size: 8)
            append(length: own.count)
            own.forEach { id, _ in append(entryNumber: id) }
        }
    }

    private mutating func append(entryNumber id: StreamID) {
        append(number: id.milliseconds.byteSwapped, size: 8)
        append(number: id.sequence.byteSwapped, size: 8)
    }

    private mutating func append(numberPair id: StreamID) {
        append(length: id.milliseconds)
        append(length: id.sequence)
    }
}
