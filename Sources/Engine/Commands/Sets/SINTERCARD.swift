// SINTERCARD numkeys key … [LIMIT limit]

enum SINTERCARD: Command {
    static let declaration = Declaration(
        "sintercard", .set, since: "7.0.0",
        complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
        summary: "Returns the number of members of the intersect of multiple sets.",
        flags: [.readOnly],
        grammar: [.integer("numkeys"), .key("key", .read).repeated, .token(Option.limit, .integer("limit"))])

    enum Option: Int, CommandOption { case limit }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard let keyCount = arguments[1].integer, keyCount > 0 else {
            throw .because("ERR numkeys should be greater than 0")
        }
        guard keyCount <= arguments.count - 2 else {
            throw .because("ERR Number of keys can't be greater than number of args")
        }
        let firstOption = 2 + Int(keyCount)
        var limit = 0
        for index in stride(from: firstOption, to: arguments.count, by: 2) {
            guard arguments.isWord(index, "limit"), index + 1 < arguments.count else {
                throw .syntax
            }
            guard let value = arguments[index + 1].integer, value >= 0 else {
                throw .because("ERR LIMIT can't be negative")
            }
            limit = Int(value)
        }
        let sets = try context.sets(at: 2..<firstOption, of: arguments)
        reply.integer(sets.forEachInAll(limit: limit == 0 ? .max : limit) { _ in })
    }
}
