// GEOPOS key [member …]

enum GEOPOS: Command {
    static let declaration = Declaration(
        "geopos", .geo, since: "3.2.0", complexity: "O(1) for each member requested.",
        summary: "Returns the longitude and latitude of members from a geospatial index.",
        flags: [.readOnly], grammar: [.key("key", .read), .string("member").optional.repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard let set = try context.keyspace.value(at: arguments.key(1), as: SortedSetValue.self) else {
            reply.array(arguments.count - 2)
            for _ in 2..<arguments.count { reply.nullArray() }
            return
        }
        var digits = Buffer()
        reply.array(arguments.count - 2)
        for index in 2..<arguments.count {
            if let position = set.position(of: arguments[index]) {
                reply.position(position, &digits)
            } else {
                reply.nullArray()
            }
        }
    }
}
