// SADD key member …

enum SADD: Command {
    static let declaration = Declaration(
        "sadd", .set, since: "1.0.0",
        complexity:
            "O(1) for each element added, so O(N) to add N elements when the command is called with multiple "
            + "arguments.",
        summary: "Adds one or more members to a set. Creates the key if it doesn't exist.",
        flags: [.write, .denyOOM, .fast], propagates: .verbatim,
        history: [.init("2.4.0", "Accepts multiple `member` arguments.")],
        grammar: [.key("key", .insert), .string("member").repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let added = try context.keyspace.update(
            arguments.key(1), as: SetValue.self, ifMissing: .create, event: .sadd
        ) { (set) throws(CommandError) in
            set.prepare(adding: arguments.count &- 2, first: arguments[2])
            var added = 0
            for index in 2..<arguments.count where set.insert(arguments[index]) { added &+= 1 }
            return added
        }
        reply.integer(added ?? 0)
    }
}
