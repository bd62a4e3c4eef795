// ZMPOP numkeys key … <MIN | MAX> [COUNT count]

enum ZMPOP: Command {
    static let declaration = Declaration(
        "zmpop", .sortedSet, since: "7.0.0",
        complexity:
            "O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the "
            + "sorted set, and M being the number of elements popped.",
        summary:
            "Returns the highest- or lowest-scoring members from one or more sorted sets after removing them. "
            + "Deletes the sorted set if the last member was popped.",
        flags: [.write], propagates: .rewritten, grammar: [
            .integer("numkeys"), .key("key", .readAndDelete).repeated,
            .oneOf("where", [.word("MIN"), .word("MAX")]).required, .token(Option.count, .integer("count")),
        ])

    enum Option: UInt8, CommandOption { case count }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let keys = try arguments.keyCount(1), place = 2 &+ keys
        guard place < arguments.count else { throw .syntax }
        let isMax = try arguments.isSecond(place, of: "min", "max")
        let count = try arguments.popCount(from: place + 1, Option.self)
        for index in 2..<place {
            let key = arguments.key(index)
            let popped = try context.keyspace.update(
                key, as: SortedSetValue.self, ifMissing: .leave, event: isMax ? .zpopmax : .zpopmin
            ) { set in
                let count = min(count, set.count)
                reply.array(2)
                reply.bulk(key.bytes)
                reply.array(count)
                set.pop(count, backwards: isMax, nested: true, &reply)
                return count
            }
            guard let popped else { continue }
            context.propagate(3) { log in
                log.append(word: isMax ? "ZPOPMAX" : "ZPOPMIN")
                log.append(word: key.bytes)
                log.append(word: Int64(popped))
            }
            return
        }
        reply.nullArray()
    }
}
