// MSETNX key value …

enum MSETNX: Command {
    static let declaration = Declaration(
        "msetnx", .string, since: "1.0.1", complexity: "O(N) where N is the number of keys to set.",
        summary: "Atomically modifies the string values of one or more keys only when all keys don't exist.",
        flags: [.write, .denyOOM], propagates: .verbatim,
        grammar: [.block("data", [.key("key", .create), .string("value")]).repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard arguments.count % 2 == 1 else { throw .wrongArgumentCount }
        for index in stride(from: 1, to: arguments.count, by: 2) where context.keyspace.contains(arguments.key(index)) {
            return reply.integer(0)
        }
        try context.setAll(arguments)
        reply.integer(1)
    }
}
