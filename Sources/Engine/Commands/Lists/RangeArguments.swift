// How arguments name stretches, counts and choices, for the commands of lists and sorted sets.

extension Range<Int> {
    /// From `start` through `stop`, both counted from the end if negative, as far as `count` elements go.
    @inline(__always) init(clamping start: Int, through stop: Int, in count: Int) {
        let first = start < 0 ? Swift.max(start &+ count, 0) : start
        let last = Swift.min(stop < 0 ? stop &+ count : stop, count &- 1)
        self = first <= last ? first..<last &+ 1 : 0..<0
    }
}

extension Arguments {
    /// Whether the word is `second` and not `first`; a syntax error if it is neither.
    @inline(__always)
    func isSecond(_ index: Int, of first: StaticString, _ second: StaticString) throws(CommandError) -> Bool {
        let word = FoldedName(self[index])
        if word == FoldedName(second) { return true }
        guard word == FoldedName(first) else { throw .syntax }
        return false
    }

    /// The option whose name the word is.
    func option<Option: CommandOption>(_: Option.Type, at index: Int) -> Option? {
        guard let token = plan.value.token(named: FoldedName(self[index])) else { return nil }
        return Option(rawValue: token.ordinal)
    }

    /// A number that is at least 0.
    func count(_ index: Int, else error: CommandError) throws(CommandError) -> Int {
        guard let value = self[index].integer, value >= 0 else { throw error }
        return Int(value)
    }

    /// How many keys follow, which must not be zero; at most the number of words, however many are announced.
    func keyCount(_ index: Int) throws(CommandError) -> Int {
        guard let value = self[index].integer, value > 0 else { throw .because("ERR numkeys should be greater than 0") }
        return Int(min(value, Int64(count)))
    }

    /// The number behind COUNT, which may be given once; 1 without it.
    func popCount(from start: Int) throws(CommandError) -> Int {
        if start == count { return 1 }
        guard option(PopOption.self, at: start) != nil, start + 1 < count else { throw .syntax }
        guard let value = self[start + 1].integer, value > 0 else {
            throw .because("ERR count should be greater than 0")
        }
        guard start + 2 == count else { throw .syntax }
        return Int(value)
    }
}
