// XREAD [COUNT count] [BLOCK milliseconds] STREAMS key … id …

enum XREAD: Command {
    static let declaration = Declaration(
        "xread", .stream, since: "5.0.0", complexity: "",
        summary:
            "Returns messages from multiple streams with IDs greater than the ones requested. Blocks until a "
            + "message is available otherwise.",
        flags: [.readOnly, .blocking],
        grammar: [
            .token(Option.count, .integer("count")), .token(Option.block, .integer("milliseconds")),
            .block(
                "streams",
                [.key("key", .read, found: .behind("STREAMS", from: 1, share: 2)).repeated, .string("id").repeated]
            ).announced(by: "STREAMS"),
        ])

    enum Option: Int, CommandOption { case count, block }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let reading = try StreamReading(arguments, isGroup: false, context.now, mayWait: !context.scripts.run.isRunning)
        for index in reading.keys { try check(arguments, index, reading, &context) }
        var served = 0, place: ReplyWriter.Place?
        for index in reading.keys {
            let key = arguments.key(index), id = arguments[reading.idIndex(of: index)]
            guard let stream = try context.keyspace.value(at: key, as: StreamValue.self) else { continue }
            guard stream.length > 0, let last = stream.lastEntryID else { continue }
            let seen =
                id.isCharacter("$") ? stream.lastID : try arguments.streamID(reading.idIndex(of: index))
            guard last > seen, let start = seen.successor else { continue }
            if served == 0 { place = reply.beginCollection() }
            served &+= 1
            if reply.version == .two { reply.array(2) }
            reply.bulk(key.bytes)
            var cursor = stream.cursor(from: start)
            reply.entries(&cursor, limit: reading.limit)
        }
        if let place {
            return reply.version == .two ? reply.endArray(place, served) : reply.endMap(place, served)
        }
        guard reading.waits else { return reply.nullArray() }
        try wait(arguments, reading, &context, &reply)
    }

    /// The key holds a stream, if anything, and its number is one.
    private static func check(
        _ arguments: Arguments, _ index: Int, _ reading: StreamReading, _ context: inout CommandContext
    ) throws(CommandError) {
        _ = try context.keyspace.value(at: arguments.key(index), as: StreamValue.self)
        let idIndex = reading.idIndex(of: index)
        if arguments[idIndex].isCharacter("$") { return }
        if arguments[idIndex].isCharacter(">") {
            throw .because(
                """
                ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.
                """)
        }
        _ = try arguments.streamID(idIndex)
    }

    /// Waits with the numbers that `$` stands for now: what comes later is new.
    private static func wait(
        _ arguments: Arguments, _ reading: StreamReading, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        if context.isServingBlocked || context.isExecutingTransaction {
            return context.wait(
                for: reading.keys, of: arguments, kind: .stream, until: reading.deadline, &reply)
        }
        var ids: [StreamID] = []
        for index in reading.keys where arguments[reading.idIndex(of: index)].isCharacter("$") {
            ids.append(try context.keyspace.peek(at: arguments.key(index), as: StreamValue.self)?.lastID ?? .zero)
        }
        context.wait(for: reading.keys, of: arguments, kind: .stream, until: reading.deadline, &reply) { request in
            var next = 0
            request.begin(arguments.count)
            for index in 0..<arguments.count {
                if index >= reading.keys.upperBound, arguments[index].isCharacter("$") {
                    var text = Buffer()
                    text.append(ids[next])
                    request.append(word: text.contents)
                    next += 1
                } else {
                    request.append(word: arguments[index])
                }
            }
        }
    }
}
