// The pattern matcher: Lua's patterns against a text, by backtracking. Every step counts, so that no pattern can hold
// the server for long, and depth is bounded. What a pattern is wrong in shows when the matcher gets there, as in 5.1.
//
// A pattern ends at its first NUL. Positions are offsets from 0; -1 is "no match".

/// What is wrong with a pattern.
enum PatternError: Error {
    case endsWithEscape, missingBracket, missingFrontierSet, unbalanced, invalidCaptureIndex, invalidCapture
    case tooManyCaptures, unfinishedCapture, tooComplex, tooLong

    var message: String {
        switch self {
        case .endsWithEscape: "malformed pattern (ends with '%')"
        case .missingBracket: "malformed pattern (missing ']')"
        case .missingFrontierSet: "missing '[' after '%f' in pattern"
        case .unbalanced: "unbalanced pattern"
        case .invalidCaptureIndex: "invalid capture index"
        case .invalidCapture: "invalid pattern capture"
        case .tooManyCaptures: "too many captures"
        case .unfinishedCapture: "unfinished capture"
        case .tooComplex: "pattern too complex"
        case .tooLong: "pattern matching takes too long"
        }
    }
}

/// One text, one pattern, and what was captured by the last match.
struct PatternMatcher: ~Copyable, ~Escapable {
    /// Patterns may nest so deep: every item that can be tried again is one level.
    static let depthLimit = 1000
    /// Steps of one search; at most about a fifth of a second.
    static let stepLimit = 20_000_000

    let subject: Text
    let pattern: Text
    let captures: CaptureRow
    private(set) var captureCount = 0
    /// How many steps were done.
    private var steps = 0

    @_lifetime(copy subject, copy pattern)
    init(subject: Text, pattern: Text, captures: CaptureRow) {
        self.captures = captures
        self.subject = subject
        self.pattern = pattern.upToNUL
    }

    /// The steps that were done since this was asked last, for `Machine.spend`.
    mutating func takeSteps() -> Int {
        defer { steps = 0 }
        return steps
    }

    /// Where a match that begins at `start` ends.
    mutating func match(at start: Int, from patternStart: Int) throws(PatternError) -> Int {
        captureCount = 0
        return try match(start, patternStart, 0)
    }

    /// Whether it begins with a '^', which allows matches only where the search begins.
    var isAnchored: Bool { item(0) == UInt8(ascii: "^") }

    /// The first match at `start` or behind it, or nil. A '^' is itself here.
    mutating func search(from start: Int) throws(PatternError) -> (start: Int, end: Int)? {
        var position = start
        let lead = try lead()
        while true {
            switch lead {
            case .any: break
            case .byte(let byte):
                guard let next = subject.firstIndex(of: byte, from: position) else { return nil }
                try count(1 &+ (next &- position) &>> 4)
                position = next
            case .set(let set):
                var next = position
                while next < subject.count, !set.contains(subject[next]) { next &+= 1 }
                try count(1 &+ (next &- position) &>> 3)
                if next >= subject.count { return nil }
                position = next
            }
            let end = try match(at: position, from: 0)
            if end >= 0 { return (position, end) }
            position &+= 1
            if position > subject.count { return nil }
        }
    }

    /// With what each match begins, as far as the pattern says so: most places at which none can begin are passed by.
    private enum Lead { case any, byte(UInt8), set(ByteSet) }

    private func lead() throws(PatternError) -> Lead {
        var place = 0
        while item(place) == UInt8(ascii: "("), item(place + 1) != UInt8(ascii: ")"), place < Captures.limit {
            place += 1
        }
        switch item(place) {
        case 0, UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "."), UInt8(ascii: "$"): return .any
        case UInt8(ascii: "%"):
            switch item(place + 1) {
            case 0, UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .any
            default: break
            }
        default: break
        }
        let end = try itemEnd(place)
        switch item(end) {
        case UInt8(ascii: "?"), UInt8(ascii: "*"), UInt8(ascii: "-"): return .any
        default: break
        }
        switch item(place) {
        case UInt8(ascii: "%"):
            let kind = item(place + 1)
            return kind.isLetter ? .set(ByteSet(ofClass: kind)) : .byte(kind)
        case UInt8(ascii: "["): return .set(byteSet(place, end - 1))
        case let literal: return .byte(literal)
        }
    }

    @inline(__always) private func item(_ index: Int) -> UInt8 { index < pattern.count ? pattern[index] : 0 }

    @inline(__always) private mutating func count(_ some: Int) throws(PatternError) {
        steps &+= some
        if steps > PatternMatcher.stepLimit { throw .tooLong }
    }

    private mutating func match(_ start: Int, _ patternStart: Int, _ depth: Int) throws(PatternError) -> Int {
        guard depth < PatternMatcher.depthLimit else { throw .tooComplex }
        var position = start
        var place = patternStart
        while place < pattern.count {
            try count(1)
            switch pattern[place] {
            case UInt8(ascii: "("): return try startCapture(position, place &+ 1, depth)
            case UInt8(ascii: ")"): return try endCapture(position, place &+ 1, depth)
            case UInt8(ascii: "%"):
                switch item(place &+ 1) {
                case UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                    guard try special(&position, &place) else { return -1 }
                    continue
                default: break
                }
            case UInt8(ascii: "$") where place &+ 1 == pattern.count:
                return position == subject.count ? position : -1
            default: break
            }
            let end = try itemEnd(place)
            switch item(end) {
            case UInt8(ascii: "?"):
                if position < subject.count, try matchesItem(position, place, end) {
                    let found = try match(position &+ 1, end &+ 1, depth &+ 1)
                    if found >= 0 { return found }
                }
                place = end &+ 1
            case UInt8(ascii: "*"): return try matchMost(position, place, end, depth)
            case UInt8(ascii: "+"):
                guard position < subject.count, try matchesItem(position, place, end) else { return -1 }
                return try matchMost(position &+ 1, place, end, depth)
            case UInt8(ascii: "-"): return try matchLeast(position, place, end, depth)
            default:
                guard position < subject.count, try matchesItem(position, place, end) else { return -1 }
                position &+= 1
                place = end
            }
        }
        return position
    }

    /// `%b`, `%f` and `%1`: whether it matches.
    private mutating func special(_ position: inout Int, _ place: inout Int) throws(PatternError) -> Bool {
        let kind = item(place + 1)
        switch kind {
        case UInt8(ascii: "b"):
            let end = try balanced(position, place + 2)
            guard end >= 0 else { return false }
            position = end
            place += 4
            return true
        case UInt8(ascii: "f"):
            guard item(place + 2) == UInt8(ascii: "[") else { throw .missingFrontierSet }
            let end = try itemEnd(place + 2)
            let before = position == 0 ? 0 : subject[position - 1]
            let behind = position < subject.count ? subject[position] : 0
            try count(end - place)
            guard !isInSet(before, place + 2, end - 1), isInSet(behind, place + 2, end - 1) else { return false }
            place = end
            return true
        default:
            let capture = try finishedCapture(Int(kind) - 0x31)
            let length = capture.length
            guard length >= 0, length <= subject.count - position else { return false }
            try count(length >> 3)
            guard subject.slice(capture.start, length).equals(subject.slice(position, length)) else { return false }
            position += length
            place += 2
            return true
        }
    }

    private func finishedCapture(_ index: Int) throws(PatternError) -> Capture {
        guard index >= 0, index < captureCount, captures[index].length != Capture.unfinished else {
            throw .invalidCaptureIndex
        }
        return captures[index]
    }

    /// Behind the item that begins at `place`.
    @inline(__always)
    private func itemEnd(_ place: Int) throws(PatternError) -> Int {
        switch pattern[place] {
        case UInt8(ascii: "%"):
            guard place &+ 1 < pattern.count else { throw .endsWithEscape }
            return place &+ 2
        case UInt8(ascii: "["): return try setEnd(place)
        default: return place &+ 1
        }
    }

    private func setEnd(_ place: Int) throws(PatternError) -> Int {
        var end = place + 1
        if item(end) == UInt8(ascii: "^") { end += 1 }
        repeat {
            guard end < pattern.count else { throw .missingBracket }
            if pattern[end] == UInt8(ascii: "%"), end + 1 < pattern.count { end += 1 }
            end += 1
        } while item(end) != UInt8(ascii: "]")
        return end + 1
    }

    @inline(__always)
    private mutating func matchesItem(_ position: Int, _ place: Int, _ end: Int) throws(PatternError) -> Bool {
        let byte = subject[position]
        switch pattern[place] {
        case UInt8(ascii: "."): return true
        case UInt8(ascii: "%"): return byte.belongs(to: pattern[place + 1])
        case UInt8(ascii: "["):
            try count((end - place) >> 1)
            return isInSet(byte, place, end - 1)
        case let literal: return literal == byte
        }
    }

    /// Whether a byte is in the set from '[' to ']'.
    private func isInSet(_ byte: UInt8, _ open: Int, _ close: Int) -> Bool {
        var place = open + 1
        let isListed = pattern[place] != UInt8(ascii: "^")
        if !isListed { place += 1 }
        while place < close {
            let first = pattern[place]
            if first == UInt8(ascii: "%") {
                place += 1
                if byte.belongs(to: item(place)) { return isListed }
            } else if item(place + 1) == UInt8(ascii: "-"), place + 2 < close {
                place += 2
                if first <= byte, byte <= pattern[place] { return isListed }
            } else if first == byte {
                return isListed
            }
            place += 1
        }
        return !isListed
    }

    /// All bytes in the set from '[' to ']'.
    private func byteSet(_ open: Int, _ close: Int) -> ByteSet {
        var set = ByteSet()
        var place = open + 1
        let isListed = pattern[place] != UInt8(ascii: "^")
        if !isListed { place += 1 }
        while place < close {
            let first = pattern[place]
            if first == UInt8(ascii: "%") {
                place += 1
                set.insert(ByteSet(ofClass: item(place)))
            } else if item(place + 1) == UInt8(ascii: "-"), place + 2 < close {
                place += 2
                set.insert(first, through: pattern[place])
            } else {
                set.insert(first)
            }
            place += 1
        }
        if !isListed { set.invert() }
        return set
    }

    private mutating func balanced(_ start: Int, _ place: Int) throws(PatternError) -> Int {
        guard place + 1 < pattern.count else { throw .unbalanced }
        let open = pattern[place]
        let close = pattern[place + 1]
        guard start < subject.count, subject[start] == open else { return -1 }
        var level = 1
        var position = start + 1
        while position < subject.count {
            let byte = subject[position]
            position += 1
            if byte == close {
                level -= 1
                if level == 0 {
                    try count((position - start) >> 2)
                    return position
                }
            } else if byte == open {
                level += 1
            }
        }
        try count((position - start) >> 2)
        return -1
    }

    /// The byte with which the rest of the pattern must begin, if it is a plain one: so most places at which the rest
    /// cannot match are seen at once.
    private func literal(at place: Int) -> UInt8? {
        var place = place
        var byte = item(place)
        if byte == UInt8(ascii: ")"), hasOpenCapture {
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

    private var hasOpenCapture: Bool {
        var index = captureCount - 1
        while index >= 0, captures[index].length != Capture.unfinished { index -= 1 }
        return index >= 0
    }

    /// As many repetitions as possible, then fewer.
    private mutating func matchMost(
        _ start: Int, _ place: Int, _ end: Int, _ depth: Int
    ) throws(PatternError) -> Int {
        var position = start
        // What is beyond this would be too many steps.
        let last = min(subject.count, start &+ PatternMatcher.stepLimit &<< 1)
        switch pattern[place] {
        case UInt8(ascii: "."): position = max(subject.count, start)
        case UInt8(ascii: "%"): position = run(from: start, to: last, ByteSet(ofClass: pattern[place &+ 1]))
        case UInt8(ascii: "["):
            try count(end &- place)
            position = run(from: start, to: last, byteSet(place, end &- 1))
        case let literal: while position < last, subject[position] == literal { position &+= 1 }
        }
        try count(1 &+ (position &- start) &>> 2)
        let rest = end &+ 1
        if rest == pattern.count { return position }
        let found = try match(position, rest, depth &+ 1)
        if found >= 0 { return found }
        let next = literal(at: rest)
        if next != nil { try count((position &- start) &>> 2) }
        while position > start {
            position &-= 1
            if let next, subject[position] != next { continue }
            let found = try match(position, rest, depth &+ 1)
            if found >= 0 { return found }
        }
        return -1
    }

    /// Behind the bytes of a set.
    @inline(__always) private func run(from start: Int, to last: Int, _ set: ByteSet) -> Int {
        var position = start
        while position < last, set.contains(subject[position]) { position &+= 1 }
        return position
    }

    /// As few repetitions as possible, then more.
    private mutating func matchLeast(
        _ start: Int, _ place: Int, _ end: Int, _ depth: Int
    ) throws(PatternError) -> Int {
        var position = start
        if let next = literal(at: end + 1) {
            let isAny = pattern[place] == UInt8(ascii: ".")
            while position < subject.count {
                if isAny {
                    guard let found = subject.firstIndex(of: next, from: position) else {
                        try count((subject.count - position) >> 5)
                        return -1
                    }
                    try count((found - position) >> 5)
                    position = found
                }
                if subject[position] == next {
                    let found = try match(position, end + 1, depth + 1)
                    if found >= 0 { return found }
                }
                if !isAny, !(try matchesItem(position, place, end)) { return -1 }
                position += 1
                if position & 3 == 0 { try count(1) }
            }
            return -1
        }
        while true {
            let found = try match(position, end + 1, depth + 1)
            if found >= 0 { return found }
            guard position < subject.count, try matchesItem(position, place, end) else { return -1 }
            position += 1
        }
    }

    /// `place` is behind the '('.
    private mutating func startCapture(_ position: Int, _ place: Int, _ depth: Int) throws(PatternError) -> Int {
        let isPosition = item(place) == UInt8(ascii: ")")
        guard captureCount < Captures.limit else { throw .tooManyCaptures }
        captures[captureCount] = Capture(
            start: position, length: isPosition ? Capture.position : Capture.unfinished)
        captureCount += 1
        let found = try match(position, isPosition ? place + 1 : place, depth + 1)
        if found < 0 { captureCount -= 1 }
        return found
    }

    private mutating func endCapture(_ position: Int, _ place: Int, _ depth: Int) throws(PatternError) -> Int {
        var index = captureCount - 1
        while index >= 0, captures[index].length != Capture.unfinished { index -= 1 }
        guard index >= 0 else { throw .invalidCapture }
        captures[index] = Capture(start: captures[index].start, length: position - captures[index].start)
        let found = try match(position, place, depth + 1)
        if found < 0 { captures[index] = Capture(start: captures[index].start, length: Capture.unfinished) }
        return found
    }
}
