// GEOSEARCHSTORE destination source <FROMMEMBER member | FROMLONLAT longitude latitude> <BYRADIUS radius <M | KM |
//     FT | MI> | BYBOX width height <M | KM | FT | MI>> [ASC | DESC] [COUNT count [ANY]] [STOREDIST]

enum GEOSEARCHSTORE: Command {
    static let declaration = Declaration(
        "geosearchstore", .geo, since: "6.2.0",
        complexity:
            "O(N+log(M)) where N is the number of elements in the grid-aligned bounding box area around the "
            + "shape provided as the filter and M is the number of items inside the shape",
        summary:
            "Queries a geospatial index for members inside an area of a box or a circle, optionally stores the "
            + "result.",
        flags: [.write, .denyOOM], propagates: .verbatim,
        history: [.init("7.0.0", "Added support for uppercase unit names.")],
        grammar: [.key("destination", .overwrite), .key("source", .read)] + .geoSearch
            + [.token(GeoOption.storedist)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.searchPlaces(arguments, key: 2, .searchAndStore, mayStore: true, &reply)
    }
}
