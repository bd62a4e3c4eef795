// GEODIST key member1 member2 [M | KM | FT | MI]

enum GEODIST: Command {
    static let declaration = Declaration(
        "geodist", .geo, since: "3.2.0", complexity: "O(1)",
        summary: "Returns the distance between two members of a geospatial index.",
        flags: [.readOnly],
        grammar: [
            .key("key", .read), .string("member1"), .string("member2"),
            .oneOf("unit", [.word("M"), .word("KM"), .word("FT"), .word("MI")]),
        ])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard arguments.count <= 5 else { throw .syntax }
        let unit = arguments.count > 4 ? try arguments.unit(4) : 1
        guard let set = try context.keyspace.value(at: arguments.key(1), as: SortedSetValue.self),
            let first = set.position(of: arguments[2]), let second = set.position(of: arguments[3])
        else { return reply.null() }
        var digits = Buffer()
        reply.distance(GeoOrigin(first).distance(to: second) / unit, &digits)
    }
}
