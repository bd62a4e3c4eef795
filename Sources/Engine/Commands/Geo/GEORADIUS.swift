// GEORADIUS key longitude latitude radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count [ANY]]
//     [ASC | DESC] [STORE key | STOREDIST key]

enum GEORADIUS: Command {
    static let declaration = Declaration(
        "georadius", .geo, since: "3.2.0",
        complexity:
            "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area "
            + "delimited by center and radius and M is the number of items inside the index.",
        summary:
            "Queries a geospatial index for members within a distance from a coordinate, optionally stores the "
            + "result.",
        flags: [.write, .denyOOM], propagates: .verbatim,
        history: [
            .init("6.2.0", "Added the `ANY` option for `COUNT`."),
            .init("7.0.0", "Added support for uppercase unit names."),
        ],
        deprecated: .init(
            version: "6.2.0", replacement: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument"),
        grammar: [.key("key", .read), .double("longitude"), .double("latitude")]
            + .geoRadius(any: .token(GeoOption.any).since("6.2.0")) + [.geoStore(from: 6)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.searchPlaces(arguments, .position, mayStore: true, &reply)
    }
}
