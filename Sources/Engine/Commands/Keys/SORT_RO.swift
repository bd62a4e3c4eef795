// SORT_RO key [BY pattern] [LIMIT offset count] [GET pattern …] [ASC | DESC] [ALPHA]

enum SORT_RO: Command {
    static let declaration = Declaration(
        "sort_ro", .generic, since: "7.0.0",
        complexity:
            "O(N+M*log(M)) where N is the number of elements in the list or set to sort, and M the number of "
            + "returned elements. When the elements are not sorted, complexity is O(N).",
        summary: "Returns the sorted elements of a list, a set, or a sorted set.",
        flags: [.readOnly], categories: [.dangerous, .list, .set, .sortedSet],
        grammar: [.key("key", .read)] + .sorting)

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.sort(arguments, mayStore: false, &reply)
    }
}
