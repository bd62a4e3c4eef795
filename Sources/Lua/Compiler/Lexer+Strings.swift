// Strings: quoted ones with escapes, long ones in brackets, and long comments, which differ only in what is kept.

extension Lexer {
    /// A quoted string. Without an escape it is a slice of the source; with one it is built in the pool.
    mutating func scanString(_ quote: UInt8) throws(SyntaxError) -> Token {
        let start = position
        position += 1
        while let byte = byte(at: position) {
            if byte == quote {
                position += 1
                return finishString(start, slice(from: start + 1, to: position - 1))
            }
            if byte == UInt8(ascii: "\\") || byte.isNewline { break }
            position += 1
        }
        let poolStart = pool.count
        appendToPool(from: start + 1, to: position)
        while let byte = byte(at: position) {
            if byte == quote {
                position += 1
                return finishString(start, poolSlice(from: poolStart))
            }
            if byte.isNewline {
                throw error("unfinished string", spelling: [quote] + pool[poolStart...])
            }
            position += 1
            if byte == UInt8(ascii: "\\") {
                try scanEscape(quote, poolStart)
            } else {
                pool.append(byte)
            }
        }
        throw error("unfinished string", spelling: Array("<eof>".utf8))
    }

    private func finishString(_ start: Int, _ slice: Slice) -> Token {
        var token = Token()
        token.kind = .string
        token.start = Int32(truncatingIfNeeded: start)
        token.end = Int32(truncatingIfNeeded: position)
        token.slice = slice
        return token
    }

    /// What follows a backslash.
    private mutating func scanEscape(_ quote: UInt8, _ poolStart: Int) throws(SyntaxError) {
        guard let byte = byte(at: position) else { return }
        if byte.isNewline {
            pool.append(10)
            passNewline()
            return
        }
        guard byte.isDigit else {
            position += 1
            pool.append(Lexer.escaped(byte))
            return
        }
        var code = 0
        var digits = 0
        while digits < 3, let digit = self.byte(at: position), digit.isDigit {
            code = code * 10 + Int(digit & 15)
            digits += 1
            position += 1
        }
        guard let value = UInt8(exactly: code) else {
            throw error("escape sequence too large", spelling: [quote] + pool[poolStart...])
        }
        pool.append(value)
    }

    private static func escaped(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "a"): 7
        case UInt8(ascii: "b"): 8
        case UInt8(ascii: "f"): 12
        case UInt8(ascii: "n"): 10
        case UInt8(ascii: "r"): 13
        case UInt8(ascii: "t"): 9
        case UInt8(ascii: "v"): 11
        default: byte
        }
    }

    /// `[`, or a long string.
    mutating func scanBracket() throws(SyntaxError) -> Token {
        let start = position
        let level = passLevel()
        if byte(at: position) == UInt8(ascii: "[") {
            return try scanLongText(level: level, start: start, isComment: false)
        }
        guard level == 0 else {
            throw error("invalid long string delimiter", spelling: bytes(from: start, to: position))
        }
        var token = finishString(start, Slice())
        token.kind = .leftBracket
        return token
    }

    /// From the second opening bracket to the second closing one. The first line break is left out, others become \n;
    /// while there is none that must change, the content is a slice of the source.
    mutating func scanLongText(level: Int, start: Int, isComment: Bool) throws(SyntaxError) -> Token {
        position += 1
        if let byte = byte(at: position), byte.isNewline { passNewline() }
        let poolStart = pool.count
        var copied = position
        var isPlain = true
        while let byte = byte(at: position) {
            switch byte {
            case UInt8(ascii: "["):
                guard passLevel() == level, self.byte(at: position) == byte else { continue }
                position += 1
                if level == 0 { throw error("nesting of [[...]] is deprecated", spelling: [byte]) }
            case UInt8(ascii: "]"):
                let end = position
                guard passLevel() == level, self.byte(at: position) == byte else { continue }
                position += 1
                if isComment { return Token() }
                if isPlain { return finishString(start, slice(from: copied, to: end)) }
                appendToPool(from: copied, to: end)
                return finishString(start, poolSlice(from: poolStart))
            case 10, 13:
                let lineEnd = position
                passNewline()
                if isComment || (byte == 10 && position == lineEnd + 1) { continue }
                isPlain = false
                appendToPool(from: copied, to: lineEnd)
                pool.append(10)
                copied = position
            default:
                position += 1
            }
        }
        throw error(
            isComment ? "unfinished long comment" : "unfinished long string", spelling: Array("<eof>".utf8))
    }

    func slice(from start: Int, to end: Int) -> Slice {
        var slice = Slice()
        slice.start = Int32(truncatingIfNeeded: start)
        slice.count = Int32(truncatingIfNeeded: end - start)
        for index in 0..<min(8, end - start) {
            slice.prefix |= UInt64(source[start + index]) &<< UInt64(index &* 8)
        }
        return slice
    }

    private mutating func appendToPool(from start: Int, to end: Int) {
        for index in start..<end { pool.append(source[index]) }
    }

    private func poolSlice(from start: Int) -> Slice {
        var slice = Slice()
        slice.start = ~Int32(truncatingIfNeeded: start)
        slice.count = Int32(truncatingIfNeeded: pool.count - start)
        for index in 0..<min(8, pool.count - start) {
            slice.prefix |= UInt64(pool[start + index]) &<< UInt64(index &* 8)
        }
        return slice
    }
}
