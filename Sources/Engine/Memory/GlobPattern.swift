// Patterns as KEYS, PSUBSCRIBE and CONFIG GET take them: `*` any bytes, `?` one, `[a-c]` one of a class, `[^…]` one
// outside of it, `\` the next byte as it is. A loop with one place to return to instead of a recursion: only the last
// star can ever help, so neither time nor stack grows beyond pattern times text. As that can still be hours, there is
// an end to it: a match that takes absurdly long is none, as in Redis one of more than a thousand stars is none.

/// A pattern for keys, channels and names of settings.
struct GlobPattern: ~Escapable {
    /// Redis gives up behind so many stars, to save its stack; the answers are the same here.
    private static let mostStars = 1000

    private let pattern: Bytes
    private let ignoresCase: Bool

    @_lifetime(copy pattern)
    init(_ pattern: Bytes, ignoringCase: Bool = false) {
        self.pattern = pattern
        ignoresCase = ignoringCase
    }

    /// Every text but the empty one matches; Redis has it so too.
    var matchesEverything: Bool { pattern.count == 1 && pattern[0] == UInt8(ascii: "*") }

    func matches(_ text: Bytes) -> Bool {
        var stepsLeft = GlobPattern.mostSteps &+ 64 &* text.count
        var place = 0, index = 0
        var placeBehindStar = -1, indexAtStar = 0, starCount = 0
        while index < text.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                place = afterStars(place)
                if place == pattern.count { return true }
                starCount &+= 1
                if starCount > GlobPattern.mostStars { return false }
                (placeBehindStar, indexAtStar) = (place, index)
            } else if stepsLeft < 0 {
                return false
            } else if let next = step(place, text[index], &stepsLeft) {
                (place, index) = (next, index &+ 1)
            } else if placeBehindStar >= 0 {
                indexAtStar &+= 1
                (place, index) = (placeBehindStar, indexAtStar)
            } else {
                return false
            }
        }
        // Redis lets stars stand for nothing only behind something that matched.
        return (text.isEmpty ? place : afterStars(place)) == pattern.count
    }

    private static let mostSteps = 1 << 20

    private func afterStars(_ start: Int) -> Int {
        var place = start
        while place < pattern.count, pattern[place] == UInt8(ascii: "*") { place &+= 1 }
        return place
    }

    /// The place behind the element at `place`, if that element takes `byte`.
    private func step(_ place: Int, _ byte: UInt8, _ stepsLeft: inout Int) -> Int? {
        stepsLeft &-= 1
        guard place < pattern.count else { return nil }
        switch pattern[place] {
        case UInt8(ascii: "?"): return place &+ 1
        case UInt8(ascii: "["): return stepClass(place &+ 1, byte, &stepsLeft)
        case UInt8(ascii: "\\") where place &+ 1 < pattern.count:
            return fold(pattern[place &+ 1]) == fold(byte) ? place &+ 2 : nil
        case let literal: return fold(literal) == fold(byte) ? place &+ 1 : nil
        }
    }

    /// A class ends at `]`, or with the pattern.
    private func stepClass(_ first: Int, _ byte: UInt8, _ stepsLeft: inout Int) -> Int? {
        var place = first
        defer { stepsLeft &-= place &- first }
        let isNegated = place < pattern.count && pattern[place] == UInt8(ascii: "^")
        if isNegated { place &+= 1 }
        var isMember = false
        while place < pattern.count, pattern[place] != UInt8(ascii: "]") {
            let rest = pattern.count &- place
            if rest >= 2, pattern[place] == UInt8(ascii: "\\") {
                if pattern[place &+ 1] == byte { isMember = true }
                place &+= 2
            } else if rest >= 3, pattern[place &+ 1] == UInt8(ascii: "-") {
                let ends = (pattern[place], pattern[place &+ 2])
                let (low, high) = (fold(min(ends.0, ends.1)), fold(max(ends.0, ends.1)))
                if low <= fold(byte), fold(byte) <= high { isMember = true }
                place &+= 3
            } else {
                if fold(pattern[place]) == fold(byte) { isMember = true }
                place &+= 1
            }
        }
        return isMember != isNegated ? min(place &+ 1, pattern.count) : nil
    }

    @inline(__always) private func fold(_ byte: UInt8) -> UInt8 {
        ignoresCase && byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }
}
