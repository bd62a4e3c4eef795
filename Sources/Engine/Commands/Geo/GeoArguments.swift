// The words that geo commands share: places, units, distances.

extension CommandContext {
    /// Longitude and latitude, which must be on the map.
    mutating func position(_ arguments: Arguments, at index: Int) throws(CommandError) -> GeoPosition {
        let position = GeoPosition(
            longitude: try arguments.double(index), latitude: try arguments.double(index + 1))
        if position.isOnMap { return position }
        var text = Buffer()
        text.append("ERR invalid longitude,latitude pair ")
        text.append(fixed: position.longitude, places: 6)
        text.append(",")
        text.append(fixed: position.latitude, places: 6)
        throw error(text.contents.text)
    }

    /// An element for each member that a call names behind the key: where it is, nil if there is no such member.
    mutating func answerPositions(
        _ arguments: Arguments, _ reply: inout ReplyWriter, _ show: (GeoPosition?, inout ReplyWriter) -> Void
    ) throws(CommandError) {
        guard let set = try keyspace.value(at: arguments.key(1), as: SortedSetValue.self) else {
            reply.array(arguments.count - 2)
            for _ in 2..<arguments.count { show(nil, &reply) }
            return
        }
        reply.array(arguments.count - 2)
        for index in 2..<arguments.count { show(set.position(of: arguments[index]), &reply) }
    }
}

extension Arguments {
    /// How many meters the unit at `index` has.
    func unit(_ index: Int) throws(CommandError) -> Double {
        switch FoldedName(self[index]) {
        case FoldedName("m"): return 1
        case FoldedName("km"): return 1000
        case FoldedName("ft"): return 0.3048
        case FoldedName("mi"): return 1609.34
        default: throw .because("ERR unsupported unit provided. please use M, KM, FT, MI")
        }
    }

    /// A radius and its unit.
    func circle(_ index: Int) throws(CommandError) -> (GeoShape.Outline, unit: Double) {
        guard let radius = self[index].double else { throw .because("ERR need numeric radius") }
        guard radius >= 0 else { throw .because("ERR radius cannot be negative") }
        return (.circle(radius: radius), try unit(index + 1))
    }

    /// Width, height and their unit.
    func box(_ index: Int) throws(CommandError) -> (GeoShape.Outline, unit: Double) {
        guard let width = self[index].double else { throw .because("ERR need numeric width") }
        guard let height = self[index + 1].double else { throw .because("ERR need numeric height") }
        guard width >= 0, height >= 0 else { throw .because("ERR height or width cannot be negative") }
        return (.box(width: width, height: height), try unit(index + 2))
    }
}

extension SortedSetValue {
    /// Where a member is, if there is such a member.
    func position(of member: Bytes) -> GeoPosition? { score(of: member).map { GeoCell(score: $0).centre } }
}

extension ReplyWriter {
    /// Longitude and latitude. `digits` is only a place to write in.
    mutating func position(_ position: GeoPosition, _ digits: inout Buffer) {
        array(2)
        for degrees in [position.longitude, position.latitude] {
            digits.truncate(to: 0)
            digits.append(fixed: degrees, places: 17, trimming: true)
            decimal(digits.contents)
        }
    }

    /// A distance in some unit. `digits` is only a place to write in.
    mutating func distance(_ distance: Double, _ digits: inout Buffer) {
        digits.truncate(to: 0)
        digits.append(distance: distance)
        bulk(digits.contents)
    }
}
