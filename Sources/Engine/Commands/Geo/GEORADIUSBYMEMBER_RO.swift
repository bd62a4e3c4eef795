// GEORADIUSBYMEMBER_RO key member radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count [ANY]]
//     [ASC | DESC]

enum GEORADIUSBYMEMBER_RO: Command {
    static let declaration = Declaration(
        "georadiusbymember_ro", .geo, since: "3.2.10",
        complexity:
            "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area "
            + "delimited by center and radius and M is the number of items inside the index.",
        summary: "Returns members from a geospatial index that are within a distance from a member.",
        flags: [.readOnly],
        deprecated: .init(version: "6.2.0", replacement: "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments"),
        grammar: [.key("key", .read), .string("member")] + .geoRadius())

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.searchPlaces(arguments, .member, &reply)
    }
}
