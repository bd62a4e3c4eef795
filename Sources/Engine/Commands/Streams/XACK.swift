// XACK key group id …

enum XACK: Command {
    static let declaration = Declaration(
        "xack", .stream, since: "5.0.0", complexity: "O(1) for each message ID processed.",
        summary:
            "Returns the number of messages that were successfully acknowledged by the consumer group member "
            + "of a stream.",
        flags: [.write, .fast], propagates: .verbatim,
        grammar: [.key("key", .update), .string("group"), .string("id").repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let acknowledged = try context.keyspace.amend(arguments.key(1), as: StreamValue.self, reading: true) {
            stream throws(CommandError) in
            guard let group = stream.group(arguments[2]) else { return 0 }
            let heap = stream.heap
            // All numbers are read before anything changes.
            if arguments.count > 4 { for index in 3..<arguments.count { _ = try arguments.streamID(index) } }
            var acknowledged = 0
            for index in 3..<arguments.count where group.acknowledge(try arguments.streamID(index), in: heap) {
                acknowledged &+= 1
            }
            return acknowledged
        }
        reply.integer(acknowledged ?? 0)
    }
}
