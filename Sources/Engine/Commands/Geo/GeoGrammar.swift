// The words of GEOSEARCH and its kin as their grammars show them. `GeoRequest` reads them itself.

/// What may stand behind the area; a command has those of them that its grammar has.
enum GeoOption: Int, CommandOption { case asc, desc, any, withcoord, withdist, withhash, store, storedist }

extension [Argument] {
    /// From where GEOSEARCH and GEOSEARCHSTORE search, how far, and how many places they want in which order.
    static var geoSearch: [Argument] {
        [
            .oneOf(
                "from",
                [
                    .string("member").announced(by: "FROMMEMBER"),
                    .block("fromlonlat", [.double("longitude"), .double("latitude")]).announced(by: "FROMLONLAT"),
                ]
            ).required,
            .oneOf(
                "by",
                [
                    .block("circle", [.double("radius").announced(by: "BYRADIUS"), .geoUnit]),
                    .block("box", [.double("width").announced(by: "BYBOX"), .double("height"), .geoUnit]),
                ]
            ).required,
            .geoOrder, .geoCount(.token(GeoOption.any)),
        ]
    }

    /// How far GEORADIUS and its kin search, what they show, and how many places they want in which order.
    static func geoRadius(any: Argument = .token(GeoOption.any)) -> [Argument] {
        [.double("radius"), .geoUnit] + geoDetails + [.geoCount(any), .geoOrder]
    }

    static var geoDetails: [Argument] {
        [.token(GeoOption.withcoord), .token(GeoOption.withdist), .token(GeoOption.withhash)]
    }
}

extension Argument {
    fileprivate static var geoUnit: Argument {
        oneOf("unit", [.word("M"), .word("KM"), .word("FT"), .word("MI")]).required
    }

    fileprivate static var geoOrder: Argument { oneOf("order", [.token(GeoOption.asc), .token(GeoOption.desc)]) }

    fileprivate static func geoCount(_ any: Argument) -> Argument {
        block("count-block", [.integer("count").announced(by: "COUNT"), any]).optional
    }

    /// Where GEORADIUS and GEORADIUSBYMEMBER put the result; Redis looks for the key from an index on.
    static func geoStore(from index: Int) -> Argument {
        oneOf(
            "store",
            [
                .token(
                    GeoOption.store,
                    .key("storekey", .overwrite, found: .behind("STORE", from: index), display: "key")),
                .token(
                    GeoOption.storedist,
                    .key("storedistkey", .overwrite, found: .behind("STOREDIST", from: index), display: "key")),
            ])
    }
}
