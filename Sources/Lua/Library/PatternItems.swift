// What a pattern says by itself, whatever the text is: where its items end, what they match, with what a match begins.

/// A pattern's text; small, so that it is passed in registers.
struct Pattern: ~Escapable {
    private let text: Text

    /// Up to its first NUL.
    @_lifetime(copy text)
    init(_ text: Text) { self.text = text.upToNUL }

    @inline(__always) var count: Int { text.count }
    @inline(__always) subscript(index: Int) -> UInt8 { text[index] }

    /// A byte of it; 0 behind its end.
    @inline(__always) func item(_ index: Int) -> UInt8 { index < count ? text[index] : 0 }

    /// Where the item stands with which each match begins, if there is one: most places at which none can begin are
    /// passed by.
    func lead() throws(PatternError) -> (place: Int, end: Int)? {
        var place = 0
        while item(place) == UInt8(ascii: "("), item(place + 1) != UInt8(ascii: ")"), place < Captures.limit {
            place += 1
        }
        switch item(place) {
        case 0, UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "."), UInt8(ascii: "$"): return nil
        case UInt8(ascii: "%"):
            switch item(place + 1) {
            case 0, UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "0")...UInt8(ascii: "9"): return nil
            default: break
            }
        default: break
        }
        let end = try itemEnd(place)
        switch item(end) {
        case UInt8(ascii: "?"), UInt8(ascii: "*"), UInt8(ascii: "-"): return nil
        default: return (place, end)
        }
    }

    /// The only byte that the item at `place` matches, if that is so.
    func literal(of place: Int) -> UInt8? {
        switch item(place) {
        case UInt8(ascii: "["): return nil
        case UInt8(ascii: "%"):
            let kind = item(place + 1)
            return kind.isLetter ? nil : kind
        case let byte: return byte
        }
    }

    /// Behind the item that begins at `place`.
    @inline(__always)
    func itemEnd(_ place: Int) throws(PatternError) -> Int {
        switch text[place] {
        case UInt8(ascii: "%"):
            guard place &+ 1 < count else { throw .endsWithEscape }
            return place &+ 2
        case UInt8(ascii: "["): return try setEnd(place)
        default: return place &+ 1
        }
    }

    func setEnd(_ place: Int) throws(PatternError) -> Int {
        var end = place + 1
        if item(end) == UInt8(ascii: "^") { end += 1 }
        repeat {
            guard end < count else { throw .missingBracket }
            if text[end] == UInt8(ascii: "%"), end + 1 < count { end += 1 }
            end += 1
        } while item(end) != UInt8(ascii: "]")
        return end + 1
    }

    /// Whether a byte is in the set from '[' to ']'.
    func isInSet(_ byte: UInt8, _ open: Int, _ close: Int) -> Bool {
        var place = open + 1
        let isListed = text[place] != UInt8(ascii: "^")
        if !isListed { place += 1 }
        while place < close {
            let first = text[place]
            if first == UInt8(ascii: "%") {
                place += 1
                if byte.belongs(to: item(place)) { return isListed }
            } else if item(place + 1) == UInt8(ascii: "-"), place + 2 < close {
                place += 2
                if first <= byte, byte <= text[place] { return isListed }
            } else if first == byte {
                return isListed
            }
            place += 1
        }
        return !isListed
    }

    /// All bytes in the set from '[' to ']'.
    func byteSet(_ open: Int, _ close: Int) -> ByteSet {
        var set = ByteSet()
        var place = open + 1
        let isListed = text[place] != UInt8(ascii: "^")
        if !isListed { place += 1 }
        while place < close {
            let first = text[place]
            if first == UInt8(ascii: "%") {
                place += 1
                set.insert(ByteSet(ofClass: item(place)))
            } else if item(place + 1) == UInt8(ascii: "-"), place + 2 < close {
                place += 2
                set.insert(first, through: text[place])
            } else {
                set.insert(first)
            }
            place += 1
        }
        if !isListed { set.invert() }
        return set
    }

    /// The byte with which the rest of the pattern must begin, if it is a plain one: so most places at which the rest
    /// cannot match are seen at once. `inCapture`: a ')' would end one.
    func literal(at place: Int, inCapture: Bool) -> UInt8? {
        var place = place
        var byte = item(place)
        if byte == UInt8(ascii: ")"), inCapture {
            place += 1
            byte = item(place)
        }
        switch byte {
        case 0, UInt8(ascii: "["), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "."), UInt8(ascii: "$"):
            return nil
        case UInt8(ascii: "%"):
            place += 1
            byte = item(place)
            if byte.isAlphanumeric || byte == 0 { return nil }
        default: break
        }
        switch item(place + 1) {
        case UInt8(ascii: "?"), UInt8(ascii: "*"), UInt8(ascii: "-"): return nil
        default: return byte
        }
    }
}
