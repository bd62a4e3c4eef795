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
    let pattern: Pattern
    let captures: CaptureRow
    private(set) var captureCount = 0
    /// The captures whose end is not known yet, a bit for each.
    private(set) var openCaptures: UInt32 = 0
    /// How many steps were done.
    private var steps = 0
    /// The bytes of the class or set at `setPlace`, the one that was last used for many.
    private var set = ByteSet()
    private var setPlace = -1

    @_lifetime(copy subject, copy pattern)
    init(subject: Text, pattern: Text, captures: CaptureRow) {
        self.captures = captures
        self.subject = subject
        self.pattern = Pattern(pattern)
    }

    /// The steps that were done since this was asked last, for `Machine.spend`.
    mutating func takeSteps() -> Int {
        defer { steps = 0 }
        return steps
    }

    @inline(__always) func isOpen(capture index: Int) -> Bool { openCaptures &>> UInt32(index & 31) & 1 != 0 }

    /// Where a match that begins at `start` ends.
    @inline(__always)
    mutating func match(at start: Int, from patternStart: Int) throws(PatternError) -> Int {
        (captureCount, openCaptures) = (0, 0)
        return try match(start, patternStart, 0)
    }

    /// Whether it begins with a '^', which allows matches only where the search begins.
    @inline(__always) var isAnchored: Bool { pattern.item(0) == UInt8(ascii: "^") }

    /// The first match at `start` or behind it, or nil. A '^' is itself here.
    mutating func search(from start: Int) throws(PatternError) -> (start: Int, end: Int)? {
        guard let (place, end) = try pattern.lead() else { return try searchEverywhere(from: start) }
        var position = start
        let literal = pattern.literal(of: place)
        if literal == nil { prepareSet(place, end) }
        // Other items of the pattern will take the place of this set.
        let leading = set
        while true {
            var next = position
            if let literal {
                guard let found = subject.firstIndex(of: literal, from: position) else { return nil }
                next = found
            } else {
                while next < subject.count, !leading.contains(subject[next]) { next &+= 1 }
                if next >= subject.count { return nil }
            }
            try count(1 &+ (next &- position) &>> 3)
            let end = try match(at: next, from: 0)
            if end >= 0 { return (next, end) }
            position = next &+ 1
        }
    }

    private mutating func searchEverywhere(from start: Int) throws(PatternError) -> (start: Int, end: Int)? {
        var position = start
        while position <= subject.count {
            let end = try match(at: position, from: 0)
            if end >= 0 { return (position, end) }
            position &+= 1
        }
        return nil
    }

    @inline(__always) private mutating func count(_ some: Int) throws(PatternError) {
        steps &+= some
        if steps > PatternMatcher.stepLimit { throw .tooLong }
    }

    // MARK: matching

    private mutating func match(_ start: Int, _ patternStart: Int, _ depth: Int) throws(PatternError) -> Int {
        guard depth < PatternMatcher.depthLimit else { throw .tooComplex }
        var position = start
        var place = patternStart
        while place < pattern.count {
            try count(1)
            switch pattern[place] {
            case UInt8(ascii: "("):
                place = try beginCapture(position, place &+ 1)
                continue
            case UInt8(ascii: ")"):
                try endCapture(position)
                place &+= 1
                continue
            case UInt8(ascii: "%"):
                switch pattern.item(place &+ 1) {
                case UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                    (position, place) = try special(position, place)
                    if position < 0 { return -1 }
                    continue
                default: break
                }
            case UInt8(ascii: "$") where place &+ 1 == pattern.count:
                return position == subject.count ? position : -1
            default: break
            }
            let end = try pattern.itemEnd(place)
            switch pattern.item(end) {
            case UInt8(ascii: "?"):
                if position < subject.count, try matchesItem(position, place, end) {
                    let (count, open) = (captureCount, openCaptures)
                    let found = try match(position &+ 1, end &+ 1, depth &+ 1)
                    if found >= 0 { return found }
                    (captureCount, openCaptures) = (count, open)
                }
                place = end &+ 1
            case UInt8(ascii: "*"): return try matchMost(position, position, place, end, depth)
            case UInt8(ascii: "+"): return try matchMost(position, position &+ 1, place, end, depth)
            case UInt8(ascii: "-"): return try matchLeast(position, place, end, depth)
            default:
                guard position < subject.count, try matchesItem(position, place, end) else { return -1 }
                position &+= 1
                place = end
            }
        }
        return position
    }

    /// `%b`, `%f` and `%1`: where text and pattern go on; a negative position if it does not match.
    private mutating func special(_ position: Int, _ place: Int) throws(PatternError) -> (position: Int, place: Int) {
        let kind = pattern.item(place &+ 1)
        switch kind {
        case UInt8(ascii: "b"): return (try balanced(position, place &+ 2), place &+ 4)
        case UInt8(ascii: "f"):
            guard pattern.item(place &+ 2) == UInt8(ascii: "[") else { throw .missingFrontierSet }
            let end = try pattern.itemEnd(place &+ 2)
            let before = position == 0 ? 0 : subject[position &- 1]
            let behind = position < subject.count ? subject[position] : 0
            try count(end &- place)
            let isFrontier =
                !pattern.isInSet(before, place &+ 2, end &- 1) && pattern.isInSet(behind, place &+ 2, end &- 1)
            return (isFrontier ? position : -1, end)
        default:
            let capture = try finishedCapture(Int(kind) - 0x31)
            let length = capture.length
            guard length >= 0, length <= subject.count - position else { return (-1, place) }
            try count(length &>> 3)
            let isSame = subject.slice(capture.start, length).equals(subject.slice(position, length))
            return (isSame ? position &+ length : -1, place &+ 2)
        }
    }

    private mutating func finishedCapture(_ index: Int) throws(PatternError) -> Capture {
        guard index >= 0, index < captureCount, !isOpen(capture: index) else { throw .invalidCaptureIndex }
        return captures[index]
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

    /// As many repetitions as possible, then fewer, down to the position `least`.
    private mutating func matchMost(
        _ start: Int, _ least: Int, _ place: Int, _ end: Int, _ depth: Int
    ) throws(PatternError) -> Int {
        var position = start
        // What is beyond this would be too many steps.
        let last = min(subject.count, start &+ PatternMatcher.stepLimit &<< 1)
        switch pattern[place] {
        case UInt8(ascii: "."): position = max(subject.count, start)
        case UInt8(ascii: "%"), UInt8(ascii: "["):
            if setPlace != place { try count((end &- place) &>> 1) }
            prepareSet(place, end)
            while position < last, set.contains(subject[position]) { position &+= 1 }
        case let literal: while position < last, subject[position] == literal { position &+= 1 }
        }
        try count(1 &+ (position &- start) &>> 2)
        guard position >= least else { return -1 }
        let rest = end &+ 1
        if rest == pattern.count { return position }
        let (captureCount, open) = (captureCount, openCaptures)
        let found = try match(position, rest, depth &+ 1)
        if found >= 0 { return found }
        (self.captureCount, openCaptures) = (captureCount, open)
        let next = pattern.literal(at: rest, inCapture: openCaptures != 0)
        if next != nil { try count((position &- start) &>> 2) }
        while position > least {
            position &-= 1
            if let next, subject[position] != next { continue }
            let found = try match(position, rest, depth &+ 1)
            if found >= 0 { return found }
            (self.captureCount, openCaptures) = (captureCount, open)
        }
        return -1
    }

    /// As few repetitions as possible, then more.
    private mutating func matchLeast(
        _ start: Int, _ place: Int, _ end: Int, _ depth: Int
    ) throws(PatternError) -> Int {
        var position = start
        let (captureCount, open) = (captureCount, openCaptures)
        if pattern[place] == UInt8(ascii: "[") { prepareSet(place, end) }
        if let next = pattern.literal(at: end + 1, inCapture: openCaptures != 0) {
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
                    (self.captureCount, openCaptures) = (captureCount, open)
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
            (self.captureCount, openCaptures) = (captureCount, open)
            guard position < subject.count, try matchesItem(position, place, end) else { return -1 }
            position += 1
        }
    }

    // MARK: captures

    /// `place` is behind the '('; answers where the pattern goes on.
    private mutating func beginCapture(_ position: Int, _ place: Int) throws(PatternError) -> Int {
        let isPosition = pattern.item(place) == UInt8(ascii: ")")
        guard captureCount < Captures.limit else { throw .tooManyCaptures }
        captures[captureCount] = Capture(start: position, length: isPosition ? Capture.position : 0)
        if !isPosition { openCaptures |= 1 &<< UInt32(captureCount & 31) }
        captureCount &+= 1
        return isPosition ? place &+ 1 : place
    }

    /// The capture that was begun last and has not ended.
    private mutating func endCapture(_ position: Int) throws(PatternError) {
        guard openCaptures != 0 else { throw .invalidCapture }
        let index = 31 &- openCaptures.leadingZeroBitCount
        openCaptures &= ~(1 &<< UInt32(index))
        let start = captures[index].start
        captures[index] = Capture(start: start, length: position &- start)
    }

    // MARK: items

    /// The bytes of the class or set at `place`, into `set`.
    @inline(__always) private mutating func prepareSet(_ place: Int, _ end: Int) {
        if setPlace == place { return }
        if pattern[place] == UInt8(ascii: "%") {
            set = ByteSet(ofClass: pattern[place &+ 1])
        } else {
            set = pattern.byteSet(place, end &- 1)
        }
        setPlace = place
    }

    @inline(__always)
    private mutating func matchesItem(_ position: Int, _ place: Int, _ end: Int) throws(PatternError) -> Bool {
        let byte = subject[position]
        switch pattern[place] {
        case UInt8(ascii: "."): return true
        case UInt8(ascii: "%"): return byte.belongs(to: pattern[place + 1])
        case UInt8(ascii: "["):
            if setPlace == place { return set.contains(byte) }
            try count((end - place) >> 1)
            return pattern.isInSet(byte, place, end - 1)
        case let literal: return literal == byte
        }
    }
}
