// What GEOSEARCH and its kin ask for: the words of six commands, which differ in what must stand where. Redis takes
// options in any order, several times (the last one counts), and looks at each as it comes.

/// An area, and what is to be done with the places in it.
struct GeoRequest {
    /// How a command says where to search.
    enum Form {
        /// GEORADIUS: longitude, latitude, radius and unit stand behind the key.
        case position
        /// GEORADIUSBYMEMBER: a member, radius and unit stand behind the key.
        case member
        /// GEOSEARCH: options say all of it.
        case search
        /// GEOSEARCHSTORE: the same, and the place for the result stands before the key.
        case searchAndStore
    }

    enum Order { case none, ascending, descending }

    /// Nil if there is nothing to search in.
    private(set) var shape: GeoShape?
    private(set) var order = Order.none
    /// The most that is wanted; 0 for all.
    private(set) var limit = 0
    /// Any places will do, not only the nearest.
    private(set) var takesAny = false
    private(set) var showsDistance = false
    private(set) var showsHash = false
    private(set) var showsPosition = false
    /// The index of the key that the result goes to.
    private(set) var destination: Int?
    private(set) var storesDistance = false

    private let form: Form
    private let mayStore: Bool
    private var centre: GeoPosition?
    private var outline: GeoShape.Outline?
    private var unit = 1.0
    private var isFromMember = false
    private var isFromPosition = false
    private var isBox = false

    /// Reads a command whose key is at `key`, and has `source` there.
    init(
        _ arguments: Arguments, key: Int, _ form: Form, mayStore: Bool, source: GeoSource,
        _ context: inout CommandContext
    ) throws(CommandError) {
        self.form = form
        self.mayStore = mayStore
        var index = key + 1
        switch form {
        case .position:
            centre = try context.position(arguments, at: index)
            (outline, unit) = try arguments.circle(index + 2)
            index += 4
        case .member:
            // Redis reads nothing of this without a key.
            if source.isThere {
                centre = try source.position(of: arguments[index])
                (outline, unit) = try arguments.circle(index + 1)
            }
            index += 3
        case .search: break
        case .searchAndStore: destination = key - 1
        }
        while index < arguments.count { try readOption(arguments, &index, source, &context) }
        try check(arguments, &context)
        if limit > 0, order == .none, !takesAny { order = .ascending }
        if let centre, let outline { shape = GeoShape(around: centre, outline, unit: unit) }
    }

    private var isSearch: Bool { form == .search || form == .searchAndStore }

    private mutating func readOption(
        _ arguments: Arguments, _ index: inout Int, _ source: GeoSource, _ context: inout CommandContext
    ) throws(CommandError) {
        let left = arguments.count - index - 1
        index += 1
        switch FoldedName(arguments[index - 1]) {
        case FoldedName("withdist"): showsDistance = true
        case FoldedName("withhash"): showsHash = true
        case FoldedName("withcoord"): showsPosition = true
        case FoldedName("any"): takesAny = true
        case FoldedName("asc"): order = .ascending
        case FoldedName("desc"): order = .descending
        case FoldedName("count") where left >= 1:
            let count = try arguments.integer(index)
            guard count > 0 else { throw .because("ERR COUNT must be > 0") }
            limit = Int(count)
            index += 1
        case FoldedName("store") where left >= 1 && mayStore && !isSearch:
            (destination, storesDistance) = (index, false)
            index += 1
        case FoldedName("storedist") where left >= 1 && mayStore && !isSearch:
            (destination, storesDistance) = (index, true)
            index += 1
        case FoldedName("storedist") where form == .searchAndStore: storesDistance = true
        default:
            guard isSearch else { throw .syntax }
            try readArea(arguments, &index, left, source, &context)
        }
    }

    /// The options that say where to search; the word before `index` must be one of them.
    private mutating func readArea(
        _ arguments: Arguments, _ index: inout Int, _ left: Int, _ source: GeoSource, _ context: inout CommandContext
    ) throws(CommandError) {
        switch FoldedName(arguments[index - 1]) {
        case FoldedName("frommember") where left >= 1 && !isFromPosition:
            if source.isThere { centre = try source.position(of: arguments[index]) }
            isFromMember = true
            index += 1
        case FoldedName("fromlonlat") where left >= 2 && !isFromMember:
            centre = try context.position(arguments, at: index)
            isFromPosition = true
            index += 2
        case FoldedName("byradius") where left >= 2 && !isBox:
            (outline, unit) = try arguments.circle(index)
            index += 2
        case FoldedName("bybox") where left >= 3 && (isBox || outline == nil):
            (outline, unit) = try arguments.box(index)
            isBox = true
            index += 3
        default: throw .syntax
        }
    }

    private func check(_ arguments: Arguments, _ context: inout CommandContext) throws(CommandError) {
        if destination != nil, showsDistance || showsHash || showsPosition {
            throw form == .searchAndStore
                ? .because("ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options")
                : .because(
                    "ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options")
        }
        if isSearch, !isFromMember, !isFromPosition {
            throw context.error(
                "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for \(arguments[0].text)")
        }
        if isSearch, outline == nil {
            throw context.error(
                "ERR exactly one of BYRADIUS and BYBOX can be specified for \(arguments[0].quotableText)")
        }
        if takesAny, limit == 0 { throw .because("ERR the ANY argument requires COUNT argument") }
    }
}

/// The sorted set that is searched, or nothing. Valid until the keyspace changes.
struct GeoSource {
    private let word: UInt64?
    private let heap: Heap

    init(_ key: Key, _ context: inout CommandContext) throws(CommandError) {
        heap = context.keyspace.heap
        word = try context.keyspace.value(at: key, as: SortedSetValue.self)?.word
    }

    var isThere: Bool { word != nil }

    var set: SortedSetValue {
        @_lifetime(immortal) get { SortedSetValue(word: word ?? 0, heap: heap) }
    }

    func position(of member: Bytes) throws(CommandError) -> GeoPosition {
        guard let position = set.position(of: member) else {
            throw .because("ERR could not decode requested zset member")
        }
        return position
    }
}
