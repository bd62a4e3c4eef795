// HPERSIST key FIELDS numfields field …

enum HPERSIST: Command {
    static let declaration = Declaration(
        "hpersist", .hash, since: "7.4.0", complexity: "O(N) where N is the number of specified fields",
        summary: "Removes the expiration time for each specified field", flags: [.write, .fast],
        propagates: .verbatim, grammar: [.key("key", .update), .fields])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.requireHash(arguments.key(1))
        let fields = try arguments.fields()
        context.removeDueFields(arguments, fields)
        reply.array(fields.count)
        var touched = TouchedFields(context.keyspace.feed)
        let changes = try context.keyspace.update(
            arguments.key(1), as: HashValue.self, ifMissing: .leave, event: .hpersist
        ) { (hash) throws(CommandError) in
            var changes = 0
            for index in fields {
                let old = hash.deadline(of: arguments[index])
                if let old, old != 0 {
                    hash.setDeadline(of: arguments[index], to: 0)
                    changes &+= 1
                    touched.append(index)
                    reply.integer(1)
                } else {
                    reply.integer(old == nil ? -2 : -1)
                }
            }
            return changes
        }
        context.nameFields(arguments, touched.indices, of: .hpersist)
        if changes == nil { for _ in fields { reply.integer(-2) } }
    }
}
