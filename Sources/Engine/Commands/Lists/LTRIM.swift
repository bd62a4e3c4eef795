// LTRIM key start stop

enum LTRIM: Command {
    static let declaration = Declaration(
        "ltrim", .list, since: "1.0.0",
        complexity: "O(N) where N is the number of elements to be removed by the operation.",
        summary: "Removes elements from both ends a list. Deletes the list if all elements were trimmed.",
        flags: [.write], propagates: .verbatim,
        grammar: [.key("key", .delete), .integer("start"), .integer("stop")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let start = Int(try arguments.integer(2)), stop = Int(try arguments.integer(3))
        let key = arguments.key(1)
        var ends: (UInt64?, UInt64?)
        let removed = try context.keyspace.update(key, as: ListValue.self, ifMissing: .leave, event: .ltrim) { list in
            let count = list.count, kept = Range(clamping: start, through: stop, in: count)
            ends.0 = list.detach(kept.isEmpty ? 0..<count : kept.upperBound..<count)
            if !kept.isEmpty { ends.1 = list.detach(0..<kept.lowerBound) }
            list.becomeSmallIfPossible()
            return count - kept.count
        }
        if let rest = ends.0 { context.keyspace.dispose(StoredValue(kind: .list, word: rest)) }
        if let rest = ends.1 { context.keyspace.dispose(StoredValue(kind: .list, word: rest)) }
        // Trimming counts as a change for who watches or caches the key, and says so, even if nothing was trimmed.
        if removed == 0 {
            context.keyspace.feed.keyChanged(key.bytes, context.keyspace.hash(of: key), .ltrim, count: 0)
        }
        reply.ok()
    }
}
