// SMOVE source destination member

enum SMOVE: Command {
    static let declaration = Declaration(
        "smove", .set, since: "1.0.0", complexity: "O(1)",
        summary: "Moves a member from one set to another.",
        flags: [.write, .fast], propagates: .verbatim,
        grammar: [.key("source", .readAndDelete), .key("destination", .insert), .string("member")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let (source, destination) = (arguments.key(1), arguments.key(2)), member = arguments[3]
        guard let isMember = try context.keyspace.peek(at: source, as: SetValue.self)?.contains(member) else {
            return reply.integer(0)
        }
        // The destination must be a set as well before anything moves.
        _ = try context.keyspace.peek(at: destination, as: SetValue.self)
        guard isMember, !(source.bytes == destination.bytes) else { return reply.integer(isMember ? 1 : 0) }
        try context.keyspace.update(
            source, as: SetValue.self, ifMissing: .leave, event: .srem
        ) { (set) throws(CommandError) in
            set.remove(member) ? 1 : 0
        }
        try context.keyspace.update(
            destination, as: SetValue.self, ifMissing: .create, event: .sadd
        ) { (set) throws(CommandError) in
            set.prepare(adding: 1, first: member)
            return set.insert(member) ? 1 : 0
        }
        reply.integer(1)
    }
}
