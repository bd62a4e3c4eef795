// SPOP key [count]

enum SPOP: Command {
    static let declaration = Declaration(
        "spop", .set, since: "1.0.0",
        complexity: "Without the count argument O(1), otherwise O(N) where N is the value of the passed count.",
        summary:
            "Returns one or more random members from a set after removing them. Deletes the set if the last "
            + "member was popped.",
        flags: [.write, .fast], tips: ["nondeterministic_output"], propagates: .rewritten,
        history: [.init("3.2.0", "Added the `count` argument.")],
        grammar: [.key("key", .readAndDelete), .integer("count").optional.since("3.2.0")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let key = arguments.key(1)
        if arguments.count > 2 { return try pop(arguments, &context, &reply) }
        if context.keyspace.feed.isLogged { return try popLogged(key, &context, &reply) }
        let changes = try context.keyspace.update(
            key, as: SetValue.self, ifMissing: .leave, event: .spop
        ) { (set) throws(CommandError) in
            set.removeRandom { reply.bulk($0) }
            return 1
        }
        if changes == nil { reply.null() }
    }

    /// One member, which the log must hear of: it is copied before it goes.
    private static func popLogged(
        _ key: Key, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        var popped: [UInt8] = []
        let changes = try context.keyspace.update(
            key, as: SetValue.self, ifMissing: .leave, event: .spop
        ) { (set) throws(CommandError) in
            set.removeRandom {
                reply.bulk($0)
                popped = $0.withBytes { $0.array }
            }
            return 1
        }
        guard changes != nil else { return reply.null() }
        context.propagate(3) { log in
            log.append(word: "SREM")
            log.append(word: key.bytes)
            log.append(array: popped)
        }
    }

    /// Several members, never more than there are.
    private static func pop(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let key = arguments.key(1)
        guard arguments.count == 3 else { throw .syntax }
        guard let count = arguments[2].integer, count >= 0 else { throw .mustBePositive }
        let size = try context.keyspace.peek(at: key, as: SetValue.self)?.count ?? 0
        guard count > 0, size > 0 else { return reply.set(0) }
        guard count < size else { return try popAll(arguments, &context, &reply) }
        reply.set(Int(count))
        var popped = CommandLog()
        let isLogged = context.keyspace.feed.isLogged
        try context.keyspace.update(
            key, as: SetValue.self, ifMissing: .leave, event: .spop
        ) { (set) throws(CommandError) in
            set.removeRandom(Int(count)) {
                reply.bulk($0)
                if isLogged { $0.withBytes { popped.append(word: $0) } }
            }
            return Int(count)
        }
        context.propagate(Int(count) + 2) { log in
            log.append(word: "SREM")
            log.append(word: key.bytes)
            log.append(wordsOf: popped)
        }
    }

    private static func popAll(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let key = arguments.key(1)
        // The set outlives its key as long as it is being shown.
        if let rest = try showAll(key, &context, &reply) {
            context.answerGradually(rest.value, part: .elements, 0..<rest.count, of: arguments)
        }
        context.keyspace.feed.announce(.spop, key)
        _ = context.keyspace.remove(key)
        context.propagateRemoval(of: key.bytes, for: .replacement)
    }

    /// Answers the set if it is too large to be shown at once.
    private static func showAll(
        _ key: Key, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) -> (value: StoredValue, count: Int)? {
        guard let set = try context.keyspace.value(at: key, as: SetValue.self) else { return nil }
        reply.set(set.count)
        if set.count > context.mostAnsweredAtOnce { return (StoredValue(kind: .set, word: set.word), set.count) }
        set.forEach { reply.bulk($0) }
        return nil
    }
}
