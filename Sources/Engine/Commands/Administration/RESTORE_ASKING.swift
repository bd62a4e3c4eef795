// RESTORE-ASKING key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]

enum RESTORE_ASKING: Command {
    static let declaration = Declaration(
        "restore-asking", .server, since: "3.0.0",
        complexity:
            "O(1) to create the new key and additional O(N*M) to reconstruct the serialized value, where N is "
            + "the number of Redis objects composing the value and M their average size. For small string values "
            + "the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1). However for sorted set "
            + "values the complexity is O(N*M*log(N)) because inserting values into sorted sets is O(log(N)).",
        summary: "An internal command for migrating keys in a cluster.",
        flags: [.write, .denyOOM, .asking, .system], categories: [.dangerous, .keyspace], propagates: .rewritten,
        history: [
            .init("3.0.0", "Added the `REPLACE` modifier."), .init("5.0.0", "Added the `ABSTTL` modifier."),
            .init("5.0.0", "Added the `IDLETIME` and `FREQ` options."),
        ],
        grammar: [
            .key("key", .overwrite), .integer("ttl"), .string("serialized-value"),
            .token(RESTORE.Option.replace).since("3.0.0"), .token(RESTORE.Option.absTTL).since("5.0.0"),
            .token(RESTORE.Option.idleTime, .integer("seconds")).since("5.0.0"),
            .token(RESTORE.Option.freq, .integer("frequency")).since("5.0.0"),
        ])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try RESTORE.run(arguments, &context, &reply)
    }
}
