// The records of an append-only file, read where they lie in a window of it: commands, transactions, annotations, and
// where exactly the file stops making sense. It opens nothing, runs nothing, and reserves nothing for announced sizes.
//
//     *<words> CR LF  ( $<size> CR LF  <bytes> CR LF )…        a command; MULTI … EXEC make one unit of several
//     #TS:<seconds> CR LF                                      an annotation
//
// The caller keeps the window, a part of the file. What does not end within it is `unfinished`: with more of the file
// it can be read (twice as much each time, so that reading again stays cheap); at the end of the file it is what a
// crash has left of a record.

/// What stands next in an append-only file.
enum AppendOnlyItem {
    /// A command, as views of the window. Redis writes none without words, and its tool lets them pass.
    case command(ArgumentList)
    /// A line that begins with `#`, of so many bytes with its end.
    case annotation(size: Int)
    case unfinished(UnfinishedRecord)
    case damaged(AppendOnlyDamage)
}

/// A record whose end lies beyond the window.
struct UnfinishedRecord: Equatable {
    /// Where in the file the part of it begins that is not whole: a line, or the bytes of a word.
    let offset: Int
    /// How large that part is, if it is a word's bytes and their line end.
    let partSize: Int?
    /// How many bytes the record has at the least, from its beginning; `Int.max` for an absurd size.
    let sizeNeeded: Int
    /// How many line ends of it there are.
    let lines: Int
}

/// What is wrong with an append-only file, and where.
struct AppendOnlyDamage: Equatable {
    enum Kind: Equatable {
        /// Neither a command nor an annotation begins here.
        case notARecord
        case prefix(expected: UInt8, found: UInt8)
        case lineEnd(found: UInt8, UInt8)
        case size(Int)
        case transactionInTransaction
        case endWithoutTransaction
    }

    let offset: Int
    let kind: Kind
}

/// A place in an append-only file, and the way on.
struct AppendOnlyReader: ~Copyable {
    /// Where in the file the next record begins.
    private(set) var position: Int
    /// Up to here the file is whole: the last complete command or transaction ends here.
    private(set) var wholeEnd: Int
    /// Between MULTI and EXEC.
    private(set) var isInTransaction = false
    /// The line of the commands, counted from one as Redis's tool counts: also within what is not whole.
    private(set) var line: Int
    private var words = WordList()
    /// Where in the window the first word of the last command begins.
    private var firstWord = 0
    /// A MULTI between MULTI and EXEC, and an EXEC without MULTI, are commands like others: Redis's server loads them,
    /// and what it has cut short before 7.2 may hold them.
    private let toleratesTransactions: Bool

    /// A reader that begins behind `position` bytes of something else, such as a snapshot.
    init(position: Int = 0, line: Int = 1, toleratingTransactions: Bool = false) {
        toleratesTransactions = toleratingTransactions
        self.position = position
        self.line = line
        wholeEnd = position
    }

    /// Takes the record at `offset` of the window, which is at `position` in the file, and moves both behind it. What
    /// is unfinished or damaged is left where it is.
    mutating func next(in window: Bytes, at offset: inout Int) -> AppendOnlyItem {
        let start = offset, lineBefore = line
        var cursor = offset
        do throws(Obstacle) {
            guard offset < window.count else { throw .end(part: cursor, size: nil) }
            switch window[offset] {
            case UInt8(ascii: "*"): try readCommand(window, &cursor)
            case UInt8(ascii: "#"): return try annotation(window, &offset)
            default: throw .damage(.notARecord, at: cursor)
            }
            try noteTransaction()
        } catch {
            return item(error, window, start, lineBefore)
        }
        advance(to: cursor, &offset)
        return .command(words.arguments)
    }

    /// What keeps a record from being read; places are those of the window.
    private enum Obstacle: Error {
        case end(part: Int, size: Int?)
        case damage(AppendOnlyDamage.Kind, at: Int)
    }

    private mutating func advance(to cursor: Int, _ offset: inout Int) {
        position &+= cursor &- offset
        offset = cursor
        if !isInTransaction { wholeEnd = position }
    }

    private mutating func annotation(_ window: Bytes, _ offset: inout Int) throws(Obstacle) -> AppendOnlyItem {
        guard let end = window.dropping(first: offset).firstIndex(of: UInt8(ascii: "\n")) else {
            throw .end(part: offset, size: nil)
        }
        advance(to: offset + end + 1, &offset)
        return .annotation(size: end + 1)
    }

    private mutating func readCommand(_ window: Bytes, _ cursor: inout Int) throws(Obstacle) {
        words.removeAll()
        let count = try AppendOnlyReader.number(behind: UInt8(ascii: "*"), window, &cursor)
        line &+= 1
        var index = 0
        while index < count {
            let place = cursor
            let size = try AppendOnlyReader.number(behind: UInt8(ascii: "$"), window, &cursor)
            line &+= 1
            if index == 0 { firstWord = cursor }
            guard size >= 0, size <= Int.max &- 2 else { throw .damage(.size(size), at: place) }
            guard size &+ 2 <= window.count &- cursor else { throw .end(part: cursor, size: size &+ 2) }
            let end = cursor &+ size
            guard window[end] == UInt8(ascii: "\r"), window[end &+ 1] == UInt8(ascii: "\n") else {
                throw .damage(.lineEnd(found: window[end], window[end &+ 1]), at: cursor)
            }
            line &+= 1
            words.append(window.dropping(first: cursor).prefix(size))
            cursor = end &+ 2
            index &+= 1
        }
    }

    /// Follows MULTI and EXEC.
    private mutating func noteTransaction() throws(Obstacle) {
        guard words.count > 0 else { return }
        let name = words.arguments.word(0)
        guard name.count == 5 || name.count == 4 else { return }
        if FoldedName(name) == FoldedName("multi") {
            if isInTransaction {
                if toleratesTransactions { return }
                throw .damage(.transactionInTransaction, at: firstWord)
            }
            isInTransaction = true
        } else if FoldedName(name) == FoldedName("exec") {
            if !isInTransaction, !toleratesTransactions { throw .damage(.endWithoutTransaction, at: firstWord) }
            isInTransaction = false
        }
    }

    private mutating func item(_ obstacle: Obstacle, _ window: Bytes, _ start: Int, _ lineBefore: Int) -> AppendOnlyItem
    {
        switch obstacle {
        case .damage(let kind, let place):
            return .damaged(AppendOnlyDamage(offset: position &+ (place &- start), kind: kind))
        case .end(let part, let size):
            let lines = line - lineBefore
            line = lineBefore
            let (needed, isAbsurd) = (part &- start).addingReportingOverflow(size ?? window.count &- part &+ 1)
            return .unfinished(
                UnfinishedRecord(
                    offset: position &+ (part &- start), partSize: size, sizeNeeded: isAbsurd ? .max : needed,
                    lines: lines))
        }
    }

    /// The number in a line such as `$12`, as C reads numbers; moves `cursor` behind the line.
    @inline(__always)
    private static func number(behind prefix: UInt8, _ window: Bytes, _ cursor: inout Int) throws(Obstacle) -> Int {
        if _fastPath(window.count &- cursor >= 8) {
            let word = window.word(at: cursor)
            let first = (word &>> 8) & 0xFF &- 0x30, second = (word &>> 16) & 0xFF &- 0x30
            if word & 0xFFFF_00FF == 0x0A0D_0000 | UInt64(prefix), first <= 9 {
                cursor &+= 4
                return Int(truncatingIfNeeded: first)
            }
            if word & 0xFF_FF00_00FF == 0x0A_0D00_0000 | UInt64(prefix), first <= 9, second <= 9 {
                cursor &+= 5
                return Int(truncatingIfNeeded: first &* 10 &+ second)
            }
        }
        return try longNumber(behind: prefix, window, &cursor)
    }

    /// No line with a number is longer; a longer one is none.
    private static let longestLine = 127

    @inline(never)
    private static func longNumber(behind prefix: UInt8, _ window: Bytes, _ cursor: inout Int) throws(Obstacle) -> Int {
        let rest = window.dropping(first: cursor)
        guard let found = rest.first else { throw .end(part: cursor, size: nil) }
        if found != prefix { throw .damage(.prefix(expected: prefix, found: found), at: cursor) }
        let line = rest.prefix(min(rest.count, longestLine))
        let end = line.firstIndex(of: UInt8(ascii: "\n"))
        if end == nil, rest.count < longestLine { throw .end(part: cursor, size: nil) }
        let (value, size) = leadingNumber(of: line.dropping(first: 1))
        guard size &+ 2 == end, line[size &+ 1] == UInt8(ascii: "\r") else {
            let shown = line.prefix(end.map { $0 + 1 } ?? line.count)
            throw .damage(lineEnd(shown.dropping(first: 1 + size)), at: cursor)
        }
        cursor &+= size &+ 3
        return value
    }

    /// What stands where a line end must; NUL where nothing does.
    static func lineEnd(_ found: Bytes) -> AppendOnlyDamage.Kind {
        .lineEnd(found: found.first ?? 0, found.count > 1 ? found[1] : 0)
    }

    /// The number that a text begins with, and how far it goes: `strtol`, which stops at the ends of its range.
    static func leadingNumber(of text: Bytes) -> (value: Int, size: Int) {
        var index = 0
        while index < text.count, text[index] == 32 || (9...13).contains(text[index]) { index += 1 }
        let isNegative = index < text.count && text[index] == UInt8(ascii: "-")
        if isNegative || index < text.count && text[index] == UInt8(ascii: "+") { index += 1 }
        let firstDigit = index
        var magnitude: UInt64 = 0
        while index < text.count, case let digit = text[index] &- UInt8(ascii: "0"), digit <= 9 {
            let (product, overflows) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, overflowsToo) = product.addingReportingOverflow(UInt64(digit))
            magnitude = overflows || overflowsToo ? .max : sum
            index += 1
        }
        if index == firstDigit { return (0, 0) }
        if isNegative { return (magnitude >= Int.min.magnitude ? .min : -Int(magnitude), index) }
        return (Int(exactly: magnitude) ?? .max, index)
    }
}
