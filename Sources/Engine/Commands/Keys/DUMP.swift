// DUMP key

enum DUMP: Command {
    static let declaration = Declaration(
        "dump", .generic, since: "2.6.0",
        complexity:
            "O(1) to access the key and additional O(N*M) to serialize it, where N is the number of Redis "
            + "objects composing the value and M their average size. For small string values the time complexity "
            + "is thus O(1)+O(1*M) where M is small, so simply O(1).",
        summary: "Returns a serialized representation of the value stored at a key.",
        flags: [.readOnly], categories: [.keyspace], tips: ["nondeterministic_output"],
        grammar: [.key("key", .read)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        var writer = context.settings.dumpWriter
        guard try context.keyspace.dump(arguments.key(1), to: &writer) else { return reply.null() }
        reply.bulk(writer.output.contents)
    }
}
