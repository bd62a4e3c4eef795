// XSETID key last-id [ENTRIESADDED entries-added] [MAXDELETEDID max-deleted-id]

enum XSETID: Command {
    static let declaration = Declaration(
        "xsetid", .stream, since: "5.0.0", complexity: "O(1)",
        summary: "An internal command for replicating stream values.",
        flags: [.write, .denyOOM, .fast], propagates: .verbatim,
        history: [.init("7.0.0", "Added the `entries_added` and `max_deleted_entry_id` arguments.")],
        grammar: [
            .key("key", .update), .string("last-id"),
            .token(Option.entriesadded, .integer("entries-added")).since("7.0.0"),
            .token(Option.maxdeletedid, .string("max-deleted-id")).since("7.0.0"),
        ])

    enum Option: Int, CommandOption { case entriesadded, maxdeletedid }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let id = try arguments.streamID(2)
        var entriesAdded: Int64?, largestDeleted = StreamID.zero, index = 3
        while index < arguments.count {
            guard index + 1 < arguments.count else { throw .syntax }
            if arguments.isWord(index, "entriesadded") {
                let count = try arguments.integer(index + 1)
                if count < 0 { throw .because("ERR entries_added must be positive") }
                entriesAdded = count
            } else if arguments.isWord(index, "maxdeletedid") {
                largestDeleted = try arguments.streamID(index + 1)
                if id < largestDeleted {
                    throw .because(
                        "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id")
                }
            } else {
                throw .syntax
            }
            index += 2
        }
        let changes = try context.keyspace.amend(arguments.key(1), as: StreamValue.self, reading: false) {
            stream throws(CommandError) in
            try check(id, entriesAdded, stream)
            stream.lastID = id
            if let entriesAdded { stream.entriesAdded = UInt64(entriesAdded) }
            if !largestDeleted.isZero { stream.largestDeletedID = largestDeleted }
            return 1
        }
        guard changes != nil else { throw .noSuchKey }
        context.keyspace.feed.announce(.xsetid, arguments.key(1))
        reply.ok()
    }

    private static func check(_ id: StreamID, _ entriesAdded: Int64?, _ stream: StreamValue) throws(CommandError) {
        if id < stream.largestDeletedID {
            throw .because("ERR The ID specified in XSETID is smaller than current max_deleted_entry_id")
        }
        guard stream.length > 0 else { return }
        if id < stream.lastEntryID ?? .zero {
            throw .because("ERR The ID specified in XSETID is smaller than the target stream top item")
        }
        if let entriesAdded, entriesAdded < Int64(stream.length) {
            throw .because("ERR The entries_added specified in XSETID is smaller than the target stream length")
        }
    }
}
