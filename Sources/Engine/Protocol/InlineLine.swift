// Splits a line that a person typed into words, with quotes and escapes as Redis reads them: "…" knows \\n \\r \\t \\b
// \\a \\xHH and \\anything, '…' knows \\' only, and a closing quote ends its word.

/// A line being split.
struct InlineLine: ~Escapable {
    private let line: Bytes
    private var index = 0

    @_lifetime(copy line)
    init(_ line: Bytes) { self.line = line }

    /// The byte at `offset`, or zero behind the end.
    private func byte(_ offset: Int) -> UInt8 { offset < line.count ? line[offset] : 0 }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (byte >= 9 && byte <= 13) }

    /// Moves to the next word; false if there is none.
    @_lifetime(self: copy self)
    mutating func skipBlanks() -> Bool {
        while InlineLine.isBlank(byte(index)) { index += 1 }
        return index < line.count
    }

    /// The word that begins here: where it is in the line, or, if it has quotes, in `unquoted`, where it is copied.
    /// Nil if a quote is not closed, or something follows a closing quote.
    @_lifetime(self: copy self)
    mutating func word(_ unquoted: inout Buffer) -> (first: Int, size: Int, isUnquoted: Bool)? {
        let first = index
        while index < line.count, !isEndOfWord(byte(index)) {
            if byte(index) == UInt8(ascii: "\"") || byte(index) == UInt8(ascii: "'") {
                return quotedWord(from: first, &unquoted)
            }
            index += 1
        }
        return (first, index - first, false)
    }

    private func isEndOfWord(_ byte: UInt8) -> Bool {
        byte == 32 || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\t")
    }

    @_lifetime(self: copy self)
    private mutating func quotedWord(from first: Int, _ unquoted: inout Buffer) -> (
        first: Int, size: Int, isUnquoted: Bool
    )? {
        let start = unquoted.count
        unquoted.append(line.prefix(index).dropping(first: first))
        while index < line.count, !isEndOfWord(byte(index)) {
            let current = byte(index)
            index += 1
            switch current {
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                guard current == UInt8(ascii: "'") ? readSingleQuoted(&unquoted) : readDoubleQuoted(&unquoted) else {
                    return nil
                }
                return (start, unquoted.count - start, true)
            default: unquoted.append(byte: current)
            }
        }
        return (start, unquoted.count - start, true)
    }

    /// Whether a closing quote that was just read may stand there.
    private var isAtBoundary: Bool { index >= line.count || InlineLine.isBlank(byte(index)) }

    @_lifetime(self: copy self)
    private mutating func readSingleQuoted(_ unquoted: inout Buffer) -> Bool {
        while index < line.count {
            let current = byte(index)
            if current == UInt8(ascii: "'") {
                index += 1
                return isAtBoundary
            }
            let isEscaped = current == UInt8(ascii: "\\") && byte(index + 1) == UInt8(ascii: "'")
            unquoted.append(byte: isEscaped ? UInt8(ascii: "'") : current)
            index += isEscaped ? 2 : 1
        }
        return false
    }

    @_lifetime(self: copy self)
    private mutating func readDoubleQuoted(_ unquoted: inout Buffer) -> Bool {
        while index < line.count {
            let current = byte(index)
            index += 1
            if current == UInt8(ascii: "\"") { return isAtBoundary }
            if current == UInt8(ascii: "\\"), index < line.count {
                unquoted.append(byte: escaped())
            } else {
                unquoted.append(byte: current)
            }
        }
        return false
    }

    /// What the escape means whose backslash was just read.
    @_lifetime(self: copy self)
    private mutating func escaped() -> UInt8 {
        let letter = byte(index)
        if letter == UInt8(ascii: "x"), let high = InlineLine.hexDigit(byte(index + 1)),
            let low = InlineLine.hexDigit(byte(index + 2))
        {
            index += 3
            return high << 4 | low
        }
        index += 1
        switch letter {
        case UInt8(ascii: "n"): return UInt8(ascii: "\n")
        case UInt8(ascii: "r"): return UInt8(ascii: "\r")
        case UInt8(ascii: "t"): return UInt8(ascii: "\t")
        case UInt8(ascii: "b"): return 8
        case UInt8(ascii: "a"): return 7
        default: return letter
        }
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
