// LMPOP numkeys key … <LEFT | RIGHT> [COUNT count]

enum LMPOP: Command {
    static let declaration = Declaration(
        "lmpop", .list, since: "7.0.0",
        complexity: "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
        summary:
            "Returns multiple elements from a list after removing them. Deletes the list if the last element "
            + "was popped.",
        flags: [.write], propagates: .rewritten, grammar: [
            .integer("numkeys"), .key("key", .readAndDelete).repeated,
            .oneOf("where", [.word("LEFT"), .word("RIGHT")]).required, .token(Option.count, .integer("count")),
        ])

    enum Option: UInt8, CommandOption { case count }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let keys = try arguments.keyCount(1), place = 2 &+ keys
        guard place < arguments.count else { throw .syntax }
        let end = try arguments.isSecond(place, of: "left", "right") ? ListValue.End.tail : .head
        let count = try arguments.popCount(from: place + 1, Option.self)
        for index in 2..<place {
            let key = arguments.key(index)
            let popped = try context.keyspace.update(
                key, as: ListValue.self, ifMissing: .leave, event: end == .head ? .lpop : .rpop
            ) { list in
                let count = min(count, list.count)
                reply.array(2)
                reply.bulk(key.bytes)
                list.pop(count, at: end, &reply)
                return count
            }
            guard let popped else { continue }
            context.propagate(3) { log in
                log.append(word: end == .head ? "LPOP" : "RPOP")
                log.append(word: key.bytes)
                log.append(word: Int64(popped))
            }
            return
        }
        reply.nullArray()
    }
}
