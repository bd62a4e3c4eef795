// HGETDEL key FIELDS numfields field …

enum HGETDEL: Command {
    static let declaration = Declaration(
        "hgetdel", .hash, since: "8.0.0", complexity: "O(N) where N is the number of specified fields",
        summary: "Returns the value of a field and deletes it from the hash.", flags: [.write, .fast],
        propagates: .rewritten, grammar: [.key("key", .readAndDelete), .fields])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let key = arguments.key(1)
        try context.requireHash(key)
        let fields = try arguments.fields()
        context.removeDueFields(arguments, fields)
        reply.array(fields.count)
        var touched = TouchedFields(context.keyspace.feed)
        let changes = try context.keyspace.update(
            key, as: HashValue.self, ifMissing: .leave, event: .hdel
        ) { (hash) throws(CommandError) in
            var changes = 0
            for index in fields {
                guard let value = hash.value(of: arguments[index]) else {
                    reply.null()
                    continue
                }
                reply.bulk(value)
                _ = hash.remove(arguments[index])
                changes &+= 1
                touched.append(index)
            }
            return changes
        }
        guard let changes else {
            for _ in fields { reply.null() }
            return
        }
        context.nameFields(arguments, touched.indices, of: .hdel)
        guard changes > 0, context.keyspace.feed.isLogged else { return }
        var names = CommandLog()
        for index in fields { names.append(word: arguments[index]) }
        context.propagateRemoval(ofFields: names, count: fields.count, of: key)
    }
}
