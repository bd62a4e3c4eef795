// What the commands of the SCAN family share: the cursor, MATCH and COUNT, and the form of the reply.

/// What may stand behind the cursor; only SCAN itself has TYPE, and only HSCAN the last.
enum ScanOption: Int, CommandOption {
    case match, count, type, noValues

    static let complexity =
        "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return "
        + "back to 0. N is the number of elements inside the collection."
}

extension [Argument] {
    /// Cursor, MATCH and COUNT, as the grammars have them.
    static var scanning: [Argument] {
        [
            .integer("cursor"), .token(ScanOption.match, .pattern("pattern")),
            .token(ScanOption.count, .integer("count")),
        ]
    }
}

extension Arguments {
    /// A cursor: a number of 64 bits without sign, read as C reads it.
    func cursor(_ index: Int) throws(CommandError) -> UInt64 {
        let text = self[index]
        var magnitude: UInt64 = 0
        var place = 0
        let isNegative = text.count > 0 && text[0] == UInt8(ascii: "-")
        if text.count > 0, isNegative || text[0] == UInt8(ascii: "+") { place = 1 }
        guard text.isEmpty || place < text.count else { throw .because("ERR invalid cursor") }
        while place < text.count {
            let digit = text[place] &- UInt8(ascii: "0")
            let (product, productOverflows) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, sumOverflows) = product.addingReportingOverflow(UInt64(digit))
            guard digit <= 9, !productOverflows, !sumOverflows else { throw .because("ERR invalid cursor") }
            magnitude = sum
            place &+= 1
        }
        return isNegative ? 0 &- magnitude : magnitude
    }
}

/// Which elements a scan shows, and about how many.
struct ScanFilter: ~Escapable {
    private(set) var count = 10
    private let pattern: Bytes
    private let hasPattern: Bool
    /// Fields are shown without their values.
    private(set) var hidesValues = false

    /// Reads MATCH and COUNT from the argument at `start` on, and NOVALUES if these are fields. Of several, the last
    /// one counts.
    @_lifetime(copy arguments)
    init(_ arguments: Arguments, from start: Int, ofFields: Bool = false) throws(CommandError) {
        var index = start, patternIndex: Int?
        while index < arguments.count {
            let option = FoldedName(arguments[index])
            if option == FoldedName("novalues") {
                guard ofFields else { throw .because("ERR NOVALUES option can only be used in HSCAN") }
                hidesValues = true
                index += 1
                continue
            }
            guard index + 1 < arguments.count else { throw .syntax }
            if option == FoldedName("count") {
                let wanted = try arguments.integer(index + 1)
                guard wanted >= 1 else { throw .syntax }
                count = Int(wanted)
            } else if option == FoldedName("match") {
                patternIndex = index + 1
            } else {
                throw .syntax
            }
            index += 2
        }
        hasPattern = patternIndex != nil
        pattern = arguments[patternIndex ?? 0]
    }

    func shows(_ text: Bytes) -> Bool {
        if !hasPattern { return true }
        let glob = GlobPattern(pattern)
        return glob.matchesEverything || glob.matches(text)
    }

    func shows(_ value: StringValue) -> Bool {
        if !hasPattern { return true }
        return value.withBytes { shows($0) }
    }
}
