// HDEL key field …

enum HDEL: Command {
    static let declaration = Declaration(
        "hdel", .hash, since: "2.0.0", complexity: "O(N) where N is the number of fields to be removed.",
        summary: "Deletes one or more fields and their values from a hash. Deletes the hash if no fields remain.",
        flags: [.write, .fast], propagates: .verbatim,
        history: [.init("2.4.0", "Accepts multiple `field` arguments.")],
        grammar: [.key("key", .delete), .string("field").repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        context.removeDueFields(arguments, 2..<arguments.count)
        var touched = TouchedFields(context.keyspace.feed)
        let removed = try context.keyspace.update(
            arguments.key(1), as: HashValue.self, ifMissing: .leave, event: .hdel
        ) { (hash) throws(CommandError) in
            var removed = 0
            for index in 2..<arguments.count where hash.remove(arguments[index]) {
                removed &+= 1
                touched.append(index)
            }
            return removed
        }
        context.nameFields(arguments, touched.indices, of: .hdel)
        reply.integer(removed ?? 0)
    }
}
