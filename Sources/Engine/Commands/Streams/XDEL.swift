// XDEL key id …

enum XDEL: Command {
    static let declaration = Declaration(
        "xdel", .stream, since: "5.0.0",
        complexity: "O(1) for each single item to delete in the stream, regardless of the stream size.",
        summary: "Returns the number of messages after removing them from a stream.",
        flags: [.write, .fast], propagates: .verbatim, grammar: [.key("key", .delete), .string("id").repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let deleted = try context.keyspace.update(
            arguments.key(1), as: StreamValue.self, ifMissing: .leave, event: .xdel
        ) { stream throws(CommandError) in
            // All numbers are read before anything changes.
            for index in 2..<arguments.count { _ = try arguments.streamID(index) }
            var deleted = 0, firstHasGone = false
            for index in 2..<arguments.count {
                let id = try arguments.streamID(index)
                guard stream.delete(id) else { continue }
                deleted &+= 1
                if id == stream.firstID { firstHasGone = true }
                if id > stream.largestDeletedID { stream.largestDeletedID = id }
            }
            if firstHasGone || stream.length == 0 { stream.updateFirstID() }
            return deleted
        }
        reply.integer(deleted ?? 0)
    }
}
