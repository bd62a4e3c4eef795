// GETDEL key

enum GETDEL: Command {
    static let declaration = Declaration(
        "getdel", .string, since: "6.2.0", complexity: "O(1)",
        summary: "Returns the string value of a key after deleting the key.",
        flags: [.write, .fast], propagates: .rewritten, grammar: [.key("key", .readAndDelete)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let key = arguments.key(1)
        if let value = try context.keyspace.string(at: key) { reply.bulk(value) } else { return reply.null() }
        _ = context.keyspace.remove(key)
        context.propagate(2) { log in
            log.append(word: "DEL")
            log.append(word: key.bytes)
        }
    }
}
