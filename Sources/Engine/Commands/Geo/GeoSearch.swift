// Searching an area: the cells that cover it are stretches of the sorted set, and every place in those is measured.
// What is found goes into the reply, or into a sorted set of its own.

extension CommandContext {
    /// Runs GEOSEARCH or one of its kin, whose key is at `key`.
    mutating func searchPlaces(
        _ arguments: Arguments, key: Int = 1, _ form: GeoRequest.Form, mayStore: Bool = false,
        _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let source = try GeoSource(arguments.key(key), &self)
        let request = try GeoRequest(arguments, key: key, form, mayStore: mayStore, source: source, &self)
        var matches = GeoMatches()
        if source.isThere, let shape = request.shape {
            matches.collect(from: source.set, shape, limit: request.takesAny ? request.limit : 0)
        }
        let shown = matches.sort(request.order, limit: request.limit)
        guard let destination = request.destination else { return matches.show(shown, request, &reply) }
        let result = matches.sortedSet(shown, request, in: keyspace.heap)
        keyspace.store(
            arguments.key(destination), result,
            event: form == .searchAndStore ? .geosearchstore : .georadiusstore, changes: shown)
        reply.integer(shown)
    }
}

/// Places that a search has found.
private struct GeoMatches: ~Copyable {
    private struct Match {
        let distance: Double
        let score: Double
        /// Where the member is among the members.
        let start: Int
        let size: Int
    }

    private var matches: [Match] = []
    /// The members' bytes, one behind the other.
    private var members = Buffer()

    // MARK: Finding

    /// All places in the shape, or as many as there is a limit.
    mutating func collect(from set: SortedSetValue, _ shape: GeoShape, limit: Int) {
        // Around the whole world a cell can be its own neighbour. Redis does not compare with the first one.
        var previous: GeoCell?
        for (index, cell) in shape.cells.enumerated() {
            guard let cell, cell != previous else { continue }
            if limit > 0, matches.count >= limit { return }
            collect(from: set, ranks: set.ranks(in: cell.scores), shape, limit)
            if index > 0 { previous = cell }
        }
    }

    private mutating func collect(from set: SortedSetValue, ranks: Range<Int>, _ shape: GeoShape, _ limit: Int) {
        // With a limit the way may end early: then it is gone in pieces.
        let piece = limit > 0 ? 64 : ranks.count
        var start = ranks.lowerBound
        while start < ranks.upperBound {
            let end = min(start + piece, ranks.upperBound)
            set.forEach(in: start..<end) { member, score in
                if limit > 0, matches.count >= limit { return }
                guard let distance = shape.distance(to: GeoCell(score: score).centre) else { return }
                let place = members.count
                member.withBytes { members.append($0) }
                matches.append(
                    Match(distance: distance, score: score, start: place, size: members.count - place))
            }
            if limit > 0, matches.count >= limit { return }
            start = end
        }
    }

    /// Brings those to the front that are asked for, and says how many they are.
    mutating func sort(_ order: GeoRequest.Order, limit: Int) -> Int {
        let shown = limit == 0 ? matches.count : min(limit, matches.count)
        switch order {
        case .none: break
        case .ascending: sort(shown) { $0.distance > $1.distance ? 1 : $0.distance == $1.distance ? 0 : -1 }
        case .descending: sort(shown) { $0.distance > $1.distance ? -1 : $0.distance == $1.distance ? 0 : 1 }
        }
        return shown
    }

    @inline(__always)
    private mutating func sort(_ shown: Int, _ order: (Match, Match) -> Int) {
        if shown == matches.count {
            matches.sort { order($0, $1) < 0 }
        } else {
            matches.sort(only: 0..<shown, by: order)
        }
    }

    // MARK: Results

    func show(_ shown: Int, _ request: GeoRequest, _ reply: inout ReplyWriter) {
        let unit = request.shape?.unit ?? 1
        let details = (request.showsDistance ? 1 : 0) + (request.showsHash ? 1 : 0) + (request.showsPosition ? 1 : 0)
        var digits = Buffer()
        reply.array(shown)
        for match in matches[..<shown] {
            if details > 0 { reply.array(details + 1) }
            reply.bulk(members.contents.dropping(first: match.start).prefix(match.size))
            if request.showsDistance { reply.distance(match.distance / unit, &digits) }
            if request.showsHash { reply.integer(Int(match.score)) }
            if request.showsPosition { reply.position(GeoCell(score: match.score).centre, &digits) }
        }
    }

    @_lifetime(immortal)
    func sortedSet(_ shown: Int, _ request: GeoRequest, in heap: Heap) -> SortedSetValue {
        let unit = request.shape?.unit ?? 1
        var result = SortedSetValue.empty(in: heap)
        for match in matches[..<shown] {
            result.add(
                members.contents.dropping(first: match.start).prefix(match.size),
                score: request.storesDistance ? match.distance / unit : match.score)
        }
        return result
    }
}
