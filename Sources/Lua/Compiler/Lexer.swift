// From bytes to tokens, one ahead of the parser (two in a table constructor). Errors are those of 5.1, spelling of the
// token included.

/// Reads the tokens of a chunk.
struct Lexer: ~Copyable, ~Escapable {
    let source: Text
    let chunkName: [UInt8]
    /// Contents of strings that are not in the source as they are.
    var pool: [UInt8] = []
    var position = 0
    /// The line of the last byte read.
    var line = 1
    /// The line on which the token before the present one ended.
    var lastLine = 1
    /// The present token.
    var token = Token()
    var ahead: Token?

    @_lifetime(copy source)
    init(_ source: Text, chunkName: [UInt8]) {
        self.source = source
        self.chunkName = chunkName
    }

    /// Goes to the next token.
    @inline(__always)
    mutating func advance() throws(SyntaxError) {
        lastLine = line
        if let next = ahead {
            token = next
            ahead = nil
        } else {
            token = try scan()
        }
    }

    /// The kind of the token behind the present one.
    mutating func peek() throws(SyntaxError) -> TokenKind {
        let next = try scan()
        ahead = next
        return next.kind
    }

    @inline(__always) func byte(at index: Int) -> UInt8? { index < source.count ? source[index] : nil }

    @inline(__always) private func finish(_ kind: TokenKind, _ start: Int) -> Token {
        var token = Token()
        token.kind = kind
        token.start = Int32(truncatingIfNeeded: start)
        token.end = Int32(truncatingIfNeeded: position)
        return token
    }

    private mutating func take(_ kind: TokenKind) -> Token {
        let start = position
        position += 1
        return finish(kind, start)
    }

    /// A symbol of one byte, or of two if `=` follows.
    private mutating func take(_ short: TokenKind, orBeforeAssign long: TokenKind) -> Token {
        let start = position
        let isLong = byte(at: position + 1) == UInt8(ascii: "=")
        position += isLong ? 2 : 1
        return finish(isLong ? long : short, start)
    }

    private mutating func scan() throws(SyntaxError) -> Token {
        while position < source.count {
            let byte = source[position]
            if byte.beginsName { return scanWord() }
            switch byte {
            case UInt8(ascii: " "), 9, 11, 12: position += 1
            case 10, 13: passNewline()
            case UInt8(ascii: "-"):
                guard self.byte(at: position + 1) == UInt8(ascii: "-") else { return take(.minus) }
                try passComment()
            case UInt8(ascii: "["): return try scanBracket()
            case UInt8(ascii: "\""), UInt8(ascii: "'"): return try scanString(byte)
            case UInt8(ascii: "0")...UInt8(ascii: "9"): return try scanNumber()
            case UInt8(ascii: "."): return try scanDots()
            default: return scanSymbol(byte)
            }
        }
        return finish(.end, position)
    }

    private mutating func scanSymbol(_ byte: UInt8) -> Token {
        switch byte {
        case UInt8(ascii: "("): return take(.leftParenthesis)
        case UInt8(ascii: ")"): return take(.rightParenthesis)
        case UInt8(ascii: ","): return take(.comma)
        case UInt8(ascii: "="): return take(.assign, orBeforeAssign: .equal)
        case UInt8(ascii: "<"): return take(.less, orBeforeAssign: .lessOrEqual)
        case UInt8(ascii: ">"): return take(.greater, orBeforeAssign: .greaterOrEqual)
        case UInt8(ascii: "~"):
            if self.byte(at: position + 1) == UInt8(ascii: "=") { return take(.stray, orBeforeAssign: .notEqual) }
            return takeStray(byte)
        case UInt8(ascii: "]"): return take(.rightBracket)
        case UInt8(ascii: "{"): return take(.leftBrace)
        case UInt8(ascii: "}"): return take(.rightBrace)
        case UInt8(ascii: ":"): return take(.colon)
        case UInt8(ascii: ";"): return take(.semicolon)
        case UInt8(ascii: "+"): return take(.plus)
        case UInt8(ascii: "*"): return take(.star)
        case UInt8(ascii: "/"): return take(.slash)
        case UInt8(ascii: "%"): return take(.percent)
        case UInt8(ascii: "^"): return take(.caret)
        case UInt8(ascii: "#"): return take(.hash)
        default: return takeStray(byte)
        }
    }

    private mutating func takeStray(_ byte: UInt8) -> Token {
        var token = take(.stray)
        token.byte = byte
        return token
    }

    /// Where 5.1 looks for one of several bytes, it also takes a zero byte: the end of its list of them.
    @inline(__always) private func isDot(at index: Int) -> Bool {
        byte(at: index) == UInt8(ascii: ".") || byte(at: index) == 0
    }

    private mutating func scanDots() throws(SyntaxError) -> Token {
        let start = position
        if isDot(at: position + 1) {
            let isLong = isDot(at: position + 2)
            position += isLong ? 3 : 2
            return finish(isLong ? .dots : .concatenation, start)
        }
        if let next = byte(at: position + 1), next.isDigit { return try scanNumber() }
        return take(.dot)
    }

    /// A line may end with \n, \r, \r\n or \n\r.
    mutating func passNewline() {
        let first = source[position]
        position += 1
        if let second = byte(at: position), second.isNewline, second != first { position += 1 }
        line += 1
    }

    private mutating func passComment() throws(SyntaxError) {
        let start = position
        position += 2
        if byte(at: position) == UInt8(ascii: "[") {
            let level = passLevel()
            if byte(at: position) == UInt8(ascii: "[") {
                _ = try scanLongText(level: level, start: start, isComment: true)
                return
            }
        }
        while let byte = byte(at: position), !byte.isNewline { position += 1 }
    }

    /// Passes over a bracket and the `=` behind it, and counts those.
    mutating func passLevel() -> Int {
        let start = position + 1
        position = start
        while byte(at: position) == UInt8(ascii: "=") { position += 1 }
        return position - start
    }

    private mutating func scanWord() -> Token {
        let start = position
        var end = start
        var prefix: UInt64 = 0
        while end < source.count {
            let byte = source[end]
            guard byte.beginsName || byte.isDigit else { break }
            let offset = end &- start
            if offset < 8 { prefix |= UInt64(byte) &<< UInt64(offset &* 8) }
            end += 1
        }
        position = end
        let count = end - start
        var token = finish(.name, start)
        if count <= 8, let word = TokenKind.reserved(prefix) {
            token.kind = word
        } else {
            token.slice.prefix = prefix
            token.slice.start = token.start
            token.slice.count = Int32(truncatingIfNeeded: count)
        }
        return token
    }

    /// Bytes from a position up to the present one, or to the first zero byte.
    private func visibleCount(from start: Int) -> Int {
        var end = start
        while end < position, source[end] != 0 { end += 1 }
        return end - start
    }

    private mutating func scanNumber() throws(SyntaxError) -> Token {
        let start = position
        var integer = 0
        var isInteger = true
        while let byte = byte(at: position) {
            if byte.isDigit {
                if position - start < 15 { integer = integer * 10 + Int(byte & 15) }
            } else if byte == UInt8(ascii: ".") {
                isInteger = false
            } else {
                break
            }
            position += 1
        }
        if let byte = byte(at: position), byte | 32 == UInt8(ascii: "e") || byte == 0 {
            isInteger = false
            position += 1
            if let sign = self.byte(at: position),
                sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") || sign == 0
            {
                position += 1
            }
        }
        while let byte = byte(at: position), byte.beginsName || byte.isDigit {
            isInteger = false
            position += 1
        }
        var token = finish(.number, start)
        if isInteger, position - start <= 15 {
            token.number = Double(integer)
        } else if let number = NumberText.read(source.slice(start, visibleCount(from: start))) {
            token.number = number
        } else {
            throw error("malformed number", spelling: bytes(from: start, to: position))
        }
        return token
    }
}

extension UInt8 {
    /// ASCII letters and the underscore.
    @inline(__always) var beginsName: Bool {
        (self | 32) &- UInt8(ascii: "a") < 26 || self == UInt8(ascii: "_")
    }
    @inline(__always) var isNewline: Bool { self == 10 || self == 13 }
}
