// XDELEX key [KEEPREF | DELREF | ACKED] IDS numids id …

enum XDELEX: Command {
    static let declaration = Declaration(
        "xdelex", .stream, since: "8.2.0",
        complexity: "O(1) for each single item to delete in the stream, regardless of the stream size.",
        summary: "Deletes one or multiple entries from the stream.",
        flags: [.write, .fast], propagates: .verbatim, arity: -5,
        grammar: [.key("key", .delete)] + StreamDeletion.grammar)

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let key = arguments.key(1), request = try StreamDeletion(arguments, from: 2)
        var deleted = 0
        reply.array(request.ids.count)
        let found = try context.keyspace.update(key, as: StreamValue.self, ifMissing: .leave, event: nil) {
            stream throws(CommandError) in
            var changes = 0
            for index in request.ids {
                let outcome = stream.delete(try arguments.streamID(index), request.policy, changes: &changes)
                if outcome == .deleted { deleted += 1 }
                reply.integer(outcome.rawValue)
            }
            return changes
        }
        if found == nil { for _ in request.ids { reply.integer(StreamDeletion.Outcome.missing.rawValue) } }
        if deleted > 0 { context.keyspace.feed.announce(.xdel, key) }
    }
}
