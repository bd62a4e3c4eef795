// SWAPDB index1 index2

enum SWAPDB: Command {
    static let declaration = Declaration(
        "swapdb", .server, since: "4.0.0",
        complexity: "O(N) where N is the count of clients watching or blocking on keys from both databases.",
        summary: "Swaps two Redis databases.",
        flags: [.write, .fast], categories: [.dangerous, .keyspace], propagates: .verbatim,
        grammar: [.integer("index1"), .integer("index2")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let count = context.keyspace.databaseCount
        guard let first = arguments[1].integer.flatMap({ Int32(exactly: $0) }) else {
            throw .because("ERR invalid first DB index")
        }
        guard let second = arguments[2].integer.flatMap({ Int32(exactly: $0) }) else {
            throw .because("ERR invalid second DB index")
        }
        guard first >= 0, first < count, second >= 0, second < count else {
            throw .because("ERR DB index is out of range")
        }
        context.keyspace.swap(Int(first), Int(second))
        reply.ok()
    }
}
