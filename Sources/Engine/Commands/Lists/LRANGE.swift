// LRANGE key start stop

enum LRANGE: Command {
    static let declaration = Declaration(
        "lrange", .list, since: "1.0.0",
        complexity:
            "O(S+N) where S is the distance of start offset from HEAD for small lists, from nearest end (HEAD "
            + "or TAIL) for large lists; and N is the number of elements in the specified range.",
        summary: "Returns a range of elements from a list.",
        flags: [.readOnly], grammar: [.key("key", .read), .integer("start"), .integer("stop")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let start = Int(try arguments.integer(2)), stop = Int(try arguments.integer(3))
        let rest: (value: StoredValue, range: Range<Int>)
        do {
            guard let list = try context.keyspace.value(at: arguments.key(1), as: ListValue.self) else {
                return reply.array(0)
            }
            let range = Range(clamping: start, through: stop, in: list.count)
            reply.array(range.count)
            guard _slowPath(range.count > context.mostAnsweredAtOnce) else {
                if range.isEmpty { return }
                var cursor = list.cursor(in: range, backwards: false)
                while let element = cursor.next() { reply.bulk(element) }
                return
            }
            rest = (StoredValue(kind: .list, word: list.word), range)
        }
        context.answerGradually(rest.value, rest.range, of: arguments)
    }
}
