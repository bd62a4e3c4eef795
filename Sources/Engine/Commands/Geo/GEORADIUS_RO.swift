// GEORADIUS_RO key longitude latitude radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count
//     [ANY]] [ASC | DESC]

enum GEORADIUS_RO: Command {
    static let declaration = Declaration(
        "georadius_ro", .geo, since: "3.2.10",
        complexity:
            "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area "
            + "delimited by center and radius and M is the number of items inside the index.",
        summary: "Returns members from a geospatial index that are within a distance from a coordinate.",
        flags: [.readOnly], history: [.init("6.2.0", "Added the `ANY` option for `COUNT`.")],
        deprecated: .init(version: "6.2.0", replacement: "`GEOSEARCH` with the `BYRADIUS` argument"),
        grammar: [.key("key", .read), .double("longitude"), .double("latitude")]
            + .geoRadius(any: .token(GeoOption.any).since("6.2.0")))

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.searchPlaces(arguments, .position, &reply)
    }
}
