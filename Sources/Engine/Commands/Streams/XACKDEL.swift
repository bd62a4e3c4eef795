// XACKDEL key group [KEEPREF | DELREF | ACKED] IDS numids id …

enum XACKDEL: Command {
    static let declaration = Declaration(
        "xackdel", .stream, since: "8.2.0", complexity: "O(1) for each message ID processed.",
        summary:
            "Acknowledges and deletes one or multiple messages for a stream consumer group.",
        flags: [.write, .fast], propagates: .verbatim, arity: -6,
        grammar: [.key("key", [.readWrite, .updates, .deletes]), .string("group")] + StreamDeletion.grammar)

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let key = arguments.key(1), request = try StreamDeletion(arguments, from: 3)
        var deleted = 0
        reply.array(request.ids.count)
        let found = try context.keyspace.update(key, as: StreamValue.self, ifMissing: .leave, event: nil) {
            stream throws(CommandError) in
            var changes = 0
            let group = stream.group(arguments[2]), heap = stream.heap
            for index in request.ids {
                let id = try arguments.streamID(index)
                guard let group, group.acknowledge(id, in: heap) else {
                    reply.integer(StreamDeletion.Outcome.missing.rawValue)
                    continue
                }
                changes += 1
                let outcome = stream.delete(id, request.policy, changes: &changes)
                if outcome == .deleted { deleted += 1 }
                // What was pending is no more, even if its entry had gone before.
                reply.integer(outcome == .kept ? outcome.rawValue : StreamDeletion.Outcome.deleted.rawValue)
            }
            return changes
        }
        if found == nil { for _ in request.ids { reply.integer(StreamDeletion.Outcome.missing.rawValue) } }
        if deleted > 0 { context.keyspace.feed.announce(.xdel, key) }
    }
}
