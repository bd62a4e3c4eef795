// GEOHASH key [member …]

enum GEOHASH: Command {
    static let declaration = Declaration(
        "geohash", .geo, since: "3.2.0", complexity: "O(1) for each member requested.",
        summary: "Returns members from a geospatial index as geohash strings.",
        flags: [.readOnly], grammar: [.key("key", .read), .string("member").optional.repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard let set = try context.keyspace.value(at: arguments.key(1), as: SortedSetValue.self) else {
            reply.array(arguments.count - 2)
            for _ in 2..<arguments.count { reply.null() }
            return
        }
        var text = Buffer()
        reply.array(arguments.count - 2)
        for index in 2..<arguments.count {
            guard let letters = set.position(of: arguments[index])?.standardText else {
                reply.null()
                continue
            }
            text.truncate(to: 0)
            for index in letters.indices { text.append(byte: letters[index]) }
            reply.bulk(text.contents)
        }
    }
}
