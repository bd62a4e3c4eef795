// GETSET key value

enum GETSET: Command {
    static let declaration = Declaration(
        "getset", .string, since: "1.0.0", complexity: "O(1)",
        summary: "Returns the previous string value of a key after setting it to a new value.",
        flags: [.write, .denyOOM, .fast], propagates: .rewritten,
        deprecated: .init(version: "6.2.0", replacement: "`SET` with the `!GET` argument"),
        grammar: [.key("key", .readAndUpdate), .string("value")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let key = arguments.key(1)
        if let value = try context.keyspace.string(at: key) { reply.bulk(value) } else { reply.null() }
        try context.keyspace.replace(key, with: arguments[2], event: .set)
        context.propagate(3) { log in
            log.append(word: "SET")
            log.append(word: key.bytes)
            log.append(word: arguments[2])
        }
    }
}
