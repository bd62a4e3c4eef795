// The tokens of a JSON text. It ends at its first zero byte, as cjson's does.

/// Reads token after token.
struct JSONReader: ~Copyable, ~Escapable {
    private let text: Text
    /// The first byte that is not read yet.
    private(set) var position: Int
    /// Takes what C reads as a number but JSON does not know: hexadecimal ones, infinity, not-a-number, leading zeros.
    private let allowsInvalidNumbers: Bool
    /// A string with its escapes resolved.
    private var scratch = ByteBuilder(limit: 0)
    /// What is wrong, if the last token is an error.
    private var message: StaticString = ""
    /// The next token would be a key: a string that is looked for among those that are known.
    var expectsKey = false

    /// What a token is; the names are those of messages.
    enum Kind: UInt8 {
        case objectStart, objectEnd, arrayStart, arrayEnd, string, number, boolean, null, colon, comma, end, error
    }

    /// One token.
    struct Token {
        let kind: Kind
        /// Where it begins, or where its error is.
        let index: Int
        /// Of a string, number or boolean.
        let value: Value

        @inline(__always) init(_ kind: Kind, at index: Int, _ value: Value = .nil) {
            self.kind = kind
            self.index = index
            self.value = value
        }
    }

    /// What messages call a token.
    func description(of token: Token) -> StaticString {
        switch token.kind {
        case .objectStart: "T_OBJ_BEGIN"
        case .objectEnd: "T_OBJ_END"
        case .arrayStart: "T_ARR_BEGIN"
        case .arrayEnd: "T_ARR_END"
        case .string: "T_STRING"
        case .number: "T_NUMBER"
        case .boolean: "T_BOOLEAN"
        case .null: "T_NULL"
        case .colon: "T_COLON"
        case .comma: "T_COMMA"
        case .end: "T_END"
        case .error: message
        }
    }

    @inline(never) private mutating func failure(_ message: StaticString, at index: Int) -> Token {
        self.message = message
        return Token(.error, at: index)
    }

    @_lifetime(copy text)
    init(_ text: Text, from position: Int, allowsInvalidNumbers: Bool) {
        self.text = text
        self.position = position
        self.allowsInvalidNumbers = allowsInvalidNumbers
    }

    @inline(__always) private func byte(_ index: Int) -> UInt8 { index < text.count ? text[index] : 0 }

    mutating func next(_ machine: inout Machine) throws(Raised) -> Token {
        let before = position
        while case let byte = byte(position),
            byte == 0x20 || (0x09...0x0D).contains(byte) && byte != 0x0B && byte != 0x0C
        {
            position &+= 1
        }
        if position &- before > 64 { try machine.spend((position &- before) &>> 4) }
        let start = position
        switch byte(start) {
        case UInt8(ascii: "{"): return single(.objectStart)
        case UInt8(ascii: "}"): return single(.objectEnd)
        case UInt8(ascii: "["): return single(.arrayStart)
        case UInt8(ascii: "]"): return single(.arrayEnd)
        case UInt8(ascii: ","): return single(.comma)
        case UInt8(ascii: ":"): return single(.colon)
        case 0: return Token(.end, at: start)
        case UInt8(ascii: "\""): return try string(&machine)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            if !allowsInvalidNumbers && isInvalidNumber { return failure("invalid number", at: start) }
            return try number(&machine)
        case UInt8(ascii: "t"): if matches("true") { return word(4, .boolean, .true) }
        case UInt8(ascii: "f"): if matches("false") { return word(5, .boolean, .false) }
        case UInt8(ascii: "n"): if matches("null") { return word(4, .null, .nil) }
        case UInt8(ascii: "i"), UInt8(ascii: "I"), UInt8(ascii: "N"), UInt8(ascii: "+"): break
        default: return failure("invalid token", at: start)
        }
        if allowsInvalidNumbers && isInvalidNumber { return try number(&machine) }
        return failure("invalid token", at: start)
    }

    @inline(__always) private mutating func single(_ kind: Kind) -> Token {
        position &+= 1
        return Token(kind, at: position &- 1)
    }

    private mutating func word(_ length: Int, _ kind: Kind, _ value: Value) -> Token {
        position &+= length
        return Token(kind, at: position &- length, value)
    }

    /// Whether the text goes on with these bytes.
    private func matches(_ literal: StaticString) -> Bool {
        let literal = Text(literal)
        for index in 0..<literal.count where byte(position &+ index) != literal[index] { return false }
        return true
    }

    /// Whether C may read a number here that JSON does not know.
    private var isInvalidNumber: Bool {
        if byte(position) == UInt8(ascii: "+") { return true }
        let start = byte(position) == UInt8(ascii: "-") ? position &+ 1 : position
        let (first, second) = (byte(start), byte(start &+ 1))
        if first == UInt8(ascii: "0") { return second | 0x20 == UInt8(ascii: "x") || (0x30...0x39).contains(second) }
        // Bytes from 0x80 on are negative to cjson.
        if first <= 0x39 || first >= 0x80 { return false }
        let (low, middle, high) = (first | 0x20, second | 0x20, byte(start &+ 2) | 0x20)
        return (low, middle, high) == (0x69, 0x6E, 0x66) || (low, middle, high) == (0x6E, 0x61, 0x6E)
    }

    private mutating func number(_ machine: inout Machine) throws(Raised) -> Token {
        let start = position
        guard let (number, end) = NumberPrefix.read(text, from: start) else {
            return failure("invalid number", at: start)
        }
        if end &- start > 64 { try machine.spend((end &- start) &>> 2) }
        position = end
        return Token(.number, at: start, Value(number))
    }

    // ---- strings

    /// A string. Without escapes it is made of the text as it stands.
    private mutating func string(_ machine: inout Machine) throws(Raised) -> Token {
        let start = position
        position &+= 1
        while case let byte = byte(position), byte != 0x22 && byte != 0x5C && byte != 0 { position &+= 1 }
        if position &- start > 256 { try machine.spend((position &- start) &>> 4) }
        if byte(position) == 0x22 {
            position &+= 1
            let content = text.slice(start &+ 1, position &- start &- 2)
            let value = expectsKey ? try machine.heap.makeInterned(content) : try machine.heap.makeString(content)
            return Token(.string, at: start, value)
        }
        return try escapedString(from: start, &machine)
    }

    /// The same where there are escapes: piece by piece. `position` is at the first of them, or at the end of the text.
    private mutating func escapedString(from start: Int, _ machine: inout Machine) throws(Raised) -> Token {
        scratch.restart(limit: machine.heap.room)
        var copied = start &+ 1
        while true {
            let byte = byte(position)
            guard byte == 0x22 || byte == 0x5C || byte == 0 else {
                position &+= 1
                continue
            }
            scratch.append(text.slice(copied, position &- copied))
            if byte == 0 { return failure("unexpected end of string", at: position) }
            if byte == 0x22 { break }
            if let message = resolveEscape() { return failure(message, at: position) }
            copied = position
        }
        position &+= 1
        try machine.spend((position &- start) &>> 2)
        if scratch.count <= Arena.largestWaiting {
            if scratch.isOverrun { throw machine.heap.outOfMemory() }
            return Token(.string, at: start, try machine.makeString(scratch.text))
        }
        var taken = ByteBuilder(limit: 0)
        swap(&taken, &scratch)
        return Token(.string, at: start, try machine.makeString(taken))
    }

    /// Appends what an escape means and goes behind it, or says what is wrong with it.
    private mutating func resolveEscape() -> StaticString? {
        switch byte(position &+ 1) {
        case UInt8(ascii: "\""): scratch.append(0x22)
        case UInt8(ascii: "\\"): scratch.append(0x5C)
        case UInt8(ascii: "/"): scratch.append(0x2F)
        case UInt8(ascii: "b"): scratch.append(0x08)
        case UInt8(ascii: "t"): scratch.append(0x09)
        case UInt8(ascii: "n"): scratch.append(0x0A)
        case UInt8(ascii: "f"): scratch.append(0x0C)
        case UInt8(ascii: "r"): scratch.append(0x0D)
        case UInt8(ascii: "u"): return resolveUnicode()
        default: return "invalid escape code"
        }
        position &+= 2
        return nil
    }

    /// `\uXXXX`, or two of them that are a surrogate pair, as UTF-8.
    private mutating func resolveUnicode() -> StaticString? {
        guard var point = fourDigits(at: position &+ 2) else { return "invalid unicode escape code" }
        var length = 6
        if point & 0xF800 == 0xD800 {
            guard point & 0x400 == 0, byte(position &+ 6) == 0x5C, byte(position &+ 7) == UInt8(ascii: "u"),
                let low = fourDigits(at: position &+ 8), low & 0xFC00 == 0xDC00
            else { return "invalid unicode escape code" }
            point = (point & 0x3FF) &<< 10 &+ (low & 0x3FF) &+ 0x10000
            length = 12
        }
        switch point {
        case ..<0x80: scratch.append(UInt8(truncatingIfNeeded: point))
        case ..<0x800:
            scratch.append(0xC0 | UInt8(truncatingIfNeeded: point &>> 6))
            scratch.append(JSONReader.continuation(point))
        case ..<0x10000:
            scratch.append(0xE0 | UInt8(truncatingIfNeeded: point &>> 12))
            scratch.append(JSONReader.continuation(point &>> 6))
            scratch.append(JSONReader.continuation(point))
        default:
            scratch.append(0xF0 | UInt8(truncatingIfNeeded: point &>> 18))
            scratch.append(JSONReader.continuation(point &>> 12))
            scratch.append(JSONReader.continuation(point &>> 6))
            scratch.append(JSONReader.continuation(point))
        }
        position &+= length
        return nil
    }

    private static func continuation(_ bits: Int) -> UInt8 { 0x80 | UInt8(truncatingIfNeeded: bits) & 0x3F }

    private func fourDigits(at start: Int) -> Int? {
        var value = 0
        for index in 0..<4 {
            let digit = byte(start &+ index)
            guard digit.isHexadecimal else { return nil }
            value = value &<< 4 | Int(digit.digitValue)
        }
        return value
    }
}
