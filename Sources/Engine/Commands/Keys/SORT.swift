// SORT key [BY pattern] [LIMIT offset count] [GET pattern …] [ASC | DESC] [ALPHA] [STORE destination]

enum SORT: Command {
    static let declaration = Declaration(
        "sort", .generic, since: "1.0.0",
        complexity:
            "O(N+M*log(M)) where N is the number of elements in the list or set to sort, and M the number of "
            + "returned elements. When the elements are not sorted, complexity is O(N).",
        summary: "Sorts the elements in a list, a set, or a sorted set, optionally storing the result.",
        flags: [.write, .denyOOM], categories: [.dangerous, .list, .set, .sortedSet], propagates: .verbatim,
        grammar: [.key("key", .read)] + .sorting + [
            .token(
                SortOption.store,
                .key(
                    "destination", .overwrite, found: .asOption,
                    note:
                        "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear "
                        + "anywhere in the argument array"
                ))
        ])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.sort(arguments, mayStore: true, &reply)
    }
}
