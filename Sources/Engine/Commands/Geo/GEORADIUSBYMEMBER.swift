// GEORADIUSBYMEMBER key member radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count [ANY]]
//     [ASC | DESC] [STORE key | STOREDIST key]

enum GEORADIUSBYMEMBER: Command {
    static let declaration = Declaration(
        "georadiusbymember", .geo, since: "3.2.0",
        complexity:
            "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area "
            + "delimited by center and radius and M is the number of items inside the index.",
        summary:
            "Queries a geospatial index for members within a distance from a member, optionally stores the "
            + "result.",
        flags: [.write, .denyOOM], propagates: .verbatim,
        history: [.init("7.0.0", "Added support for uppercase unit names.")],
        deprecated: .init(
            version: "6.2.0",
            replacement: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments"),
        grammar: [.key("key", .read), .string("member")] + .geoRadius() + [.geoStore(from: 5)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.searchPlaces(arguments, .member, mayStore: true, &reply)
    }
}
