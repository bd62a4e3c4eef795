// What XINFO STREAM tells.

extension ReplyWriter {
    /// XINFO STREAM key
    mutating func describe(_ stream: StreamValue) {
        map(10)
        describeBasics(of: stream)
        bulk("groups")
        integer(stream.groups.count)
        for isLast in [false, true] {
            bulk(isLast ? "last-entry" : "first-entry")
            var cursor = stream.cursor(backwards: isLast)
            if cursor.next() { entry(&cursor) } else { null() }
        }
    }

    /// XINFO STREAM key FULL: entries, groups, consumers and what they have, at most `limit` of each list unless that
    /// is 0.
    mutating func describeFully(_ stream: StreamValue, limit: Int64, countsUnread: Bool) {
        map(9)
        describeBasics(of: stream)
        bulk("entries")
        var cursor = stream.cursor()
        entries(&cursor, limit: limit)
        bulk("groups")
        let groups = stream.groups
        array(groups.count)
        for index in 0..<groups.count {
            describe(groups[index], of: stream, limit, countsUnread: countsUnread)
        }
    }

    private mutating func describeBasics(of stream: StreamValue) {
        bulk("length")
        integer(stream.length)
        bulk("radix-tree-keys")
        integer(stream.nodeCount)
        bulk("radix-tree-nodes")
        integer(stream.radixNodeCount)
        bulk("last-generated-id")
        bulk(stream.lastID)
        bulk("max-deleted-entry-id")
        bulk(stream.largestDeletedID)
        bulk("entries-added")
        integer(Int(truncatingIfNeeded: stream.entriesAdded))
        bulk("recorded-first-entry-id")
        bulk(stream.firstID)
    }

    private mutating func describe(
        _ group: StreamGroup, of stream: StreamValue, _ limit: Int64, countsUnread: Bool
    ) {
        let pending = group.pending(in: stream.heap), consumers = group.consumers
        map(7)
        bulk("name")
        bulk(group.name)
        bulk("last-delivered-id")
        bulk(group.lastID)
        bulk("entries-read")
        integer(ifKnown: group.entriesRead == StreamValue.unknownCount ? nil : group.entriesRead)
        bulk("lag")
        integer(ifKnown: stream.lag(of: group, countsUnread: countsUnread))
        bulk("pel-count")
        integer(pending.count)
        bulk("pending")
        list(pending, limit, showingConsumer: true)
        bulk("consumers")
        array(consumers.count)
        for index in 0..<consumers.count {
            let consumer = consumers[index], owned = consumer.pending(in: stream.heap)
            map(5)
            bulk("name")
            bulk(consumer.name)
            bulk("seen-time")
            integer(Int(consumer.seenTime))
            bulk("active-time")
            integer(Int(consumer.activeTime))
            bulk("pel-count")
            integer(owned.count)
            bulk("pending")
            list(owned, limit, showingConsumer: false)
        }
    }

    private mutating func list(_ pending: IDTree, _ limit: Int64, showingConsumer: Bool) {
        let shown = limit == 0 ? pending.count : min(pending.count, Int(limit))
        array(shown)
        var place = pending.first
        for _ in 0..<shown {
            guard let here = place else { break }
            let delivery = StreamDelivery(word: here.word)
            array(showingConsumer ? 4 : 3)
            bulk(here.id)
            if showingConsumer { if let consumer = delivery.consumer { bulk(consumer.name) } else { null() } }
            integer(Int(delivery.time))
            integer(Int(delivery.count))
            place = here.next
        }
    }
}
