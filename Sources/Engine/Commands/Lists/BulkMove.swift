// What LMOVEM and BLMOVEM share: several elements go from the end of one list to that of another, or of the same, one
// by one or as a block. What the log gets is what older servers know.

/// What LMOVEM and BLMOVEM are asked to move.
struct BulkMove {
    let source: ListValue.End
    let destination: ListValue.End
    private(set) var count = 1
    /// As many elements as that, or none.
    private(set) var isExact = false
    /// The block keeps its order; otherwise each element is pushed as it is popped.
    private(set) var keepsOrder = false

    static var grammar: Argument {
        .block(
            "count-block",
            [
                .oneOf(
                    "mode",
                    [
                        .integer("count").announced(by: "COUNT"),
                        .integer("exact-count", display: "count").announced(by: "EXACTLY"),
                    ]
                ).required, .oneOf("ordering", [.word("OBO"), .word("BULK")]).required,
            ]
        ).optional
    }

    /// Reads `<LEFT | RIGHT> <LEFT | RIGHT>`, and `[<COUNT | EXACTLY> count <OBO | BULK>]` from the argument `more` on.
    init(_ arguments: Arguments, more: Int) throws(CommandError) {
        source = try arguments.isSecond(3, of: "left", "right") ? .tail : .head
        destination = try arguments.isSecond(4, of: "left", "right") ? .tail : .head
        if arguments.count == more { return }
        guard arguments.count == more + 3 else { throw .syntax }
        isExact = try arguments.isSecond(more, of: "count", "exactly")
        guard let wanted = arguments[more + 1].integer, wanted > 0 else {
            throw .because("ERR count should be greater than 0")
        }
        count = Int(wanted)
        keepsOrder = try arguments.isSecond(more + 2, of: "obo", "bulk")
    }
}

/// Elements on their way from one list to another, in the order in which they will stand there. They are a copy:
/// both lists may move in memory, or be one.
private struct MovedElements: ~Copyable {
    private var bytes = Buffer()
    private var ends: [Int] = []

    var count: Int { ends.count }
    var size: Int { bytes.count }

    mutating func append(_ element: StringValue) {
        element.withBytes { bytes.append($0) }
        ends.append(bytes.count)
    }

    func forEach(backwards: Bool = false, _ body: (Bytes) -> Void) {
        for step in 0..<count {
            let index = backwards ? count - 1 - step : step, start = index == 0 ? 0 : ends[index - 1]
            body(bytes.contents.prefix(ends[index]).dropping(first: start))
        }
    }
}

extension CommandContext {
    /// Does what LMOVEM does; false, and nothing happens, if there are no elements, or not as many as there have to be.
    mutating func move(
        _ move: BulkMove, from source: Key, to destination: Key, _ reply: inout ReplyWriter
    ) throws(CommandError) -> Bool {
        var moved = MovedElements(), range = 0..<0
        try keyspace.update(source, as: ListValue.self, ifMissing: .leave, event: nil) { list in
            if move.isExact, list.count < move.count { return 0 }
            let count = min(move.count, list.count), total = list.count
            range = move.source == .head ? 0..<count : total - count..<total
            // Pushed one by one at the end where they were popped, they stand the other way round.
            let backwards = !move.keepsOrder && move.source == move.destination
            list.forEach(in: range, backwards: backwards) { moved.append($0) }
            return 0
        }
        let count = moved.count
        if count == 0 { return false }
        let pop = move.source == .head ? KeyspaceEvent.lpop : .rpop
        let push = move.destination == .head ? KeyspaceEvent.lpush : .rpush
        if source.bytes == destination.bytes {
            if !move.keepsOrder || move.source != move.destination {
                try keyspace.update(source, as: ListValue.self, ifMissing: .leave, event: push) { list in
                    list.remove(range)
                    list.push(moved, at: move.destination)
                    return 1
                }
                keyspace.feed.announce(pop, source)
                if keyspace.feed.isLogged { logRearrangement(of: source, moved, move) }
            }
        } else {
            try keyspace.update(destination, as: ListValue.self, ifMissing: .create, event: push) { list in
                list.push(moved, at: move.destination)
                return count
            }
            try keyspace.update(source, as: ListValue.self, ifMissing: .leave, event: pop) { list in
                list.remove(range)
                list.becomeSmallIfPossible()
                return 1
            }
            keyspace.feed.countOnce()
            if keyspace.feed.isLogged { log(moved, move, from: source, to: destination) }
        }
        reply.array(count)
        moved.forEach { reply.bulk($0) }
        return true
    }

    /// Within one list, elements have gone from end to end, or have stayed and stand the other way round.
    private mutating func logRearrangement(
        of key: Key, _ moved: borrowing MovedElements, _ move: BulkMove
    ) {
        var requests = CommandLog(), index = move.destination == .head ? 0 : -moved.count
        moved.forEach { element in
            if move.source == move.destination {
                requests.begin(4)
                requests.append(word: "LSET")
                requests.append(word: key.bytes)
                requests.append(word: Int64(index))
                requests.append(word: element)
            } else {
                requests.begin(5)
                requests.append(word: "LMOVE")
                requests.append(word: key.bytes)
                requests.append(word: key.bytes)
                requests.append(word: move.source == .head ? "LEFT" : "RIGHT")
                requests.append(word: move.destination == .head ? "LEFT" : "RIGHT")
            }
            index += 1
        }
        propagate(requestsOf: requests)
    }

    private mutating func log(
        _ moved: borrowing MovedElements, _ move: BulkMove, from source: Key, to destination: Key
    ) {
        var requests = CommandLog()
        requests.begin(3)
        requests.append(word: move.source == .head ? "LPOP" : "RPOP")
        requests.append(word: source.bytes)
        requests.append(word: Int64(moved.count))
        requests.begin(2 + moved.count)
        requests.append(word: move.destination == .head ? "LPUSH" : "RPUSH")
        requests.append(word: destination.bytes)
        moved.forEach(backwards: move.destination == .head) { requests.append(word: $0) }
        propagate(requestsOf: requests)
    }
}

extension ListValue {
    /// Puts the elements at one end, where they stand in their order.
    @_lifetime(self: copy self)
    fileprivate mutating func push(_ moved: borrowing MovedElements, at end: End) {
        prepare(forSize: moved.size, count: moved.count)
        moved.forEach(backwards: end == .head) { push($0, at: end) }
    }
}
