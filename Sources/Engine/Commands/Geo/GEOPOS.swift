// GEOPOS key [member …]

enum GEOPOS: Command {
    static let declaration = Declaration(
        "geopos", .geo, since: "3.2.0", complexity: "O(1) for each member requested.",
        summary: "Returns the longitude and latitude of members from a geospatial index.",
        flags: [.readOnly], grammar: [.key("key", .read), .string("member").optional.repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        var digits = Buffer()
        try context.answerPositions(arguments, &reply) { (position, reply) in
            if let position { reply.position(position, &digits) } else { reply.nullArray() }
        }
    }
}
