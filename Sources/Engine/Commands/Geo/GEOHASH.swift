// GEOHASH key [member …]

enum GEOHASH: Command {
    static let declaration = Declaration(
        "geohash", .geo, since: "3.2.0", complexity: "O(1) for each member requested.",
        summary: "Returns members from a geospatial index as geohash strings.",
        flags: [.readOnly], grammar: [.key("key", .read), .string("member").optional.repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        var text = Buffer()
        try context.answerPositions(arguments, &reply) { (position, reply) in
            guard let letters = position?.standardText else { return reply.null() }
            text.truncate(to: 0)
            for index in letters.indices { text.append(byte: letters[index]) }
            reply.bulk(text.contents)
        }
    }
}
