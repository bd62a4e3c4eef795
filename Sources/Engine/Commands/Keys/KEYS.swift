// KEYS pattern

enum KEYS: Command {
    static let declaration = Declaration(
        "keys", .generic, since: "1.0.0",
        complexity:
            "O(N) with N being the number of keys in the database, under the assumption that the key names in "
            + "the database and the given pattern have limited length.",
        summary: "Returns all key names that match a pattern.",
        flags: [.readOnly], categories: [.dangerous, .keyspace],
        tips: ["request_policy:all_shards", "nondeterministic_output_order"], grammar: [.pattern("pattern")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        if context.keyspace.count > context.mostAnsweredAtOnce {
            return context.answerWithKeys(matching: arguments[1], of: arguments)
        }
        let pattern = GlobPattern(arguments[1])
        let everything = pattern.matchesEverything
        let place = reply.beginCollection()
        var count = 0
        context.keyspace.forEachKey { key, _ in
            if everything || pattern.matches(key) {
                reply.bulk(key)
                count += 1
            }
        }
        reply.endArray(place, count)
    }
}
