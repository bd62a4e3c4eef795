// What SORT and SORT_RO ask for. Redis takes the words in any order, several times, and looks at each as it comes.

/// How to sort, what to show, and where to put it.
struct SortRequest {
    private(set) var isDescending = false
    private(set) var isByText = false
    /// The elements stay in the order that they have.
    private(set) var keepsOrder = false
    /// What to sort by instead of the elements themselves.
    private(set) var by: SortPattern?
    /// What to show instead of the elements themselves.
    private(set) var shown: [SortPattern] = []
    /// The index of the key that the result goes to.
    private(set) var destination: Int?
    private var offset: Int64 = 0
    private var limit: Int64 = -1

    init(_ arguments: Arguments, mayStore: Bool) throws(CommandError) {
        var index = 2
        while index < arguments.count {
            let left = arguments.count - index - 1
            index += 1
            switch FoldedName(arguments[index - 1]) {
            case FoldedName("asc"): isDescending = false
            case FoldedName("desc"): isDescending = true
            case FoldedName("alpha"): isByText = true
            case FoldedName("limit") where left >= 2:
                offset = try arguments.integer(index)
                limit = try arguments.integer(index + 1)
                index += 2
            case FoldedName("store") where mayStore && left >= 1:
                destination = index
                index += 1
            case FoldedName("by") where left >= 1:
                by = SortPattern(arguments, index)
                // Without a place for the element all would weigh the same.
                if arguments[index].visible.firstIndex(of: UInt8(ascii: "*")) == nil { keepsOrder = true }
                index += 1
            case FoldedName("get") where left >= 1:
                shown.append(SortPattern(arguments, index))
                index += 1
            default: throw .syntax
            }
        }
    }

    /// A set has no order to keep: where its result is stored, or a script goes on with it, it is the same everywhere.
    mutating func orderIsNeeded() {
        (keepsOrder, isByText, by) = (false, true, nil)
    }

    /// The places that are wanted among `count` elements.
    func range(of count: Int) -> Range<Int> {
        let start = Int(min(max(offset, 0), Int64(count)))
        return start..<start + (limit < 0 ? count - start : min(Int(min(limit, Int64(count))), count - start))
    }

    /// Text is compared up to its first NUL, as C's strings are, unless the result is stored.
    var comparesVisibleText: Bool { isByText && destination == nil }
}

/// The name of a key, or of a field of a hash, with a place in it for an element.
struct SortPattern {
    private enum Meaning {
        /// `#`: the element itself.
        case element
        /// Without a place for the element it names nothing.
        case nothing
        /// The place is at `star`, the name of the key goes on up to `end`, and that of a field begins at `field`.
        case key(star: Int, end: Int, field: Int?)
    }

    /// The index of the word that it is.
    private let word: Int
    private let meaning: Meaning

    init(_ arguments: Arguments, _ word: Int) {
        self.word = word
        let text = arguments[word].visible
        if text == Bytes("#") {
            meaning = .element
        } else if let star = text.firstIndex(of: UInt8(ascii: "*")) {
            var arrow = star + 1
            while arrow + 1 < text.count, text[arrow] != UInt8(ascii: "-") || text[arrow + 1] != UInt8(ascii: ">") {
                arrow += 1
            }
            let isField = arrow + 2 < text.count
            meaning = .key(
                star: star, end: isField ? arrow : arguments[word].count, field: isField ? arrow + 2 : nil)
        } else {
            meaning = .nothing
        }
    }

    /// Gives `body` what the pattern names for an element, or nil. `name` is only a place to write in.
    func look<Result>(
        for element: Bytes, _ arguments: Arguments, in keyspace: inout Keyspace, _ name: inout Buffer,
        _ body: (StringValue?) -> Result
    ) -> Result {
        guard case .key(let star, let end, let field) = meaning else {
            if case .element = meaning { return body(.bytes(element)) }
            return body(nil)
        }
        let text = arguments[word]
        name.truncate(to: 0)
        name.append(text.prefix(star))
        name.append(element)
        name.append(text.prefix(end).dropping(first: star + 1))
        let key = Key(name.contents)
        guard let field else { return body(keyspace.stringIfAny(at: key)) }
        guard let hash = keyspace.valueIfAny(at: key, as: HashValue.self) else { return body(nil) }
        return body(hash.value(of: text.dropping(first: field)))
    }
}

extension Bytes {
    /// Everything before the first NUL: what C takes for the string.
    var visible: Bytes {
        @_lifetime(copy self) get { prefix(firstIndex(of: 0) ?? count) }
    }
}

/// The words of SORT, of which SORT_RO has all but the last.
enum SortOption: Int, CommandOption { case by, limit, get, asc, desc, alpha, store }

extension [Argument] {
    /// How to sort and what to show, as the grammars have it.
    static var sorting: [Argument] {
        [
            .token(
                SortOption.by,
                .keyPattern(
                    "by-pattern", display: "pattern", .byCommand,
                    note:
                        "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive "
                        + "from the content of the key we sort"
                )),
            .token(SortOption.limit, .integer("offset"), .integer("count")),
            .token(SortOption.get, .keyPattern("get-pattern", display: "pattern", .elsewhere)).repeatedWithToken,
            .oneOf("order", [.token(SortOption.asc), .token(SortOption.desc)]),
            .token(SortOption.alpha, named: "sorting"),
        ]
    }
}
