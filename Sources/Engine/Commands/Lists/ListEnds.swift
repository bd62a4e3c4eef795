// What the commands at the ends of lists share: pushing, popping, and moving from one end to another.

extension CommandContext {
    /// Pushes all arguments from the third on; answers how long the list is then, 0 if there is none.
    mutating func push(
        _ arguments: Arguments, at end: ListValue.End, ifMissing: MissingKey
    ) throws(CommandError) -> Int {
        var length = 0
        try keyspace.update(
            arguments.key(1), as: ListValue.self, ifMissing: ifMissing, event: end == .head ? .lpush : .rpush
        ) { list in
            var size = 0
            for index in 2..<arguments.count { size &+= arguments[index].count }
            list.prepare(forSize: size, count: arguments.count &- 2)
            for index in 2..<arguments.count { list.push(arguments[index], at: end) }
            length = list.count
            return arguments.count &- 2
        }
        return length
    }

    /// Pops one element, or as many as the third argument says, as an array.
    mutating func pop(
        _ arguments: Arguments, at end: ListValue.End, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard arguments.count <= 3 else { throw .wrongArgumentCount }
        let hasCount = arguments.count == 3
        let wanted = hasCount ? try arguments.count(2, else: .mustBePositive) : 1
        let popped = try keyspace.update(
            arguments.key(1), as: ListValue.self, ifMissing: .leave, event: end == .head ? .lpop : .rpop
        ) { list in
            let count = min(wanted, list.count)
            if hasCount {
                list.pop(count, at: end, &reply)
            } else {
                list.popOne(at: end, &reply)
            }
            return count
        }
        if popped == nil { hasCount ? reply.nullArray() : reply.null() }
    }

    /// Moves an element from the end of one list to that of another, or of the same.
    mutating func move(
        from source: Key, _ sourceEnd: ListValue.End, to destination: Key, _ destinationEnd: ListValue.End,
        _ reply: inout ReplyWriter
    ) throws(CommandError) {
        // A copy, because both lists may move in memory, or be one.
        var element = Buffer()
        let found = try keyspace.update(source, as: ListValue.self, ifMissing: .leave, event: nil) { list in
            list.element(at: sourceEnd)?.withBytes { element.append($0) }
            return 0
        }
        guard found != nil else { return reply.null() }
        let popEvent = sourceEnd == .head ? KeyspaceEvent.lpop : .rpop
        let pushEvent = destinationEnd == .head ? KeyspaceEvent.lpush : .rpush
        if source.bytes == destination.bytes {
            try keyspace.update(source, as: ListValue.self, ifMissing: .leave, event: pushEvent) { list in
                // As long as it was before: only then is it asked whether it is a small one.
                list.remove(sourceEnd == .head ? 0..<1 : list.count &- 1..<list.count)
                list.prepare(forSize: element.count, count: 1)
                list.push(element.contents, at: destinationEnd)
                list.becomeSmallIfPossible()
                return 1
            }
            keyspace.feed.announce(popEvent, source)
        } else {
            try keyspace.update(destination, as: ListValue.self, ifMissing: .create, event: pushEvent) { list in
                list.prepare(forSize: element.count, count: 1)
                list.push(element.contents, at: destinationEnd)
                return 1
            }
            try keyspace.update(source, as: ListValue.self, ifMissing: .leave, event: popEvent) { list in
                list.removeOne(at: sourceEnd)
                return 1
            }
            keyspace.feed.countOnce()
        }
        reply.bulk(element.contents)
    }
}

extension ListValue {
    @_lifetime(self: copy self)
    fileprivate mutating func removeOne(at end: End) {
        let count = count
        remove(end == .head ? 0..<1 : count &- 1..<count)
        becomeSmallIfPossible()
    }

    /// Shows the element at one end, and removes it; there is one.
    @_lifetime(self: copy self)
    mutating func popOne(at end: End, _ reply: inout ReplyWriter) {
        if let element = element(at: end) { reply.bulk(element) }
        removeOne(at: end)
    }

    /// Shows `count` elements from one end on as an array, and removes them; there are as many.
    @_lifetime(self: copy self)
    mutating func pop(_ count: Int, at end: End, _ reply: inout ReplyWriter) {
        reply.array(count)
        let total = self.count, range = end == .head ? 0..<count : total &- count..<total
        forEach(in: range, backwards: end == .tail) { reply.bulk($0) }
        remove(range)
        becomeSmallIfPossible()
    }
}
