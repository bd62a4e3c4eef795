// LINDEX key index

enum LINDEX: Command {
    static let declaration = Declaration(
        "lindex", .list, since: "1.0.0",
        complexity:
            "O(N) where N is the number of elements to traverse to get to the element at index. This makes "
            + "asking for the first or the last element of the list O(1).",
        summary: "Returns an element from a list by its index.",
        flags: [.readOnly], grammar: [.key("key", .read), .integer("index")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard let list = try context.keyspace.value(at: arguments.key(1), as: ListValue.self) else {
            return reply.null()
        }
        let given = Int(try arguments.integer(2)), index = given < 0 ? given &+ list.count : given
        if let element = list.element(at: index) { reply.bulk(element) } else { reply.null() }
    }
}
