// GEOSEARCH key <FROMMEMBER member | FROMLONLAT longitude latitude> <BYRADIUS radius <M | KM | FT | MI> | BYBOX
//     width height <M | KM | FT | MI>> [ASC | DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]

enum GEOSEARCH: Command {
    static let declaration = Declaration(
        "geosearch", .geo, since: "6.2.0",
        complexity:
            "O(N+log(M)) where N is the number of elements in the grid-aligned bounding box area around the "
            + "shape provided as the filter and M is the number of items inside the shape",
        summary: "Queries a geospatial index for members inside an area of a box or a circle.",
        flags: [.readOnly], history: [.init("7.0.0", "Added support for uppercase unit names.")],
        grammar: [.key("key", .read)] + .geoSearch + .geoDetails)

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.searchPlaces(arguments, .search, &reply)
    }
}
