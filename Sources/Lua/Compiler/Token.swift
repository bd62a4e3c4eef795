// Tokens: what the lexer makes of bytes. Names and strings are slices, not copies.

/// What kind of token it is. The reserved words are `and` … `while`.
enum TokenKind: UInt8 {
    case end, name, string, number
    /// A byte that begins no token of Lua.
    case stray
    case and, `break`, `do`, `else`, elseif, endKeyword, `false`, `for`, function, `if`, `in`, local, `nil`, not, or
    case `repeat`, `return`, then, `true`, until, `while`
    case plus, minus, star, slash, percent, caret, hash
    case equal, notEqual, lessOrEqual, greaterOrEqual, less, greater, assign
    case leftParenthesis, rightParenthesis, leftBrace, rightBrace, leftBracket, rightBracket
    case semicolon, colon, comma, dot, concatenation, dots

    /// As messages name it.
    var text: StaticString {
        switch self {
        case .end: "<eof>"
        case .name: "<name>"
        case .string: "<string>"
        case .number: "<number>"
        case .stray: "?"
        case .and: "and"
        case .break: "break"
        case .do: "do"
        case .else: "else"
        case .elseif: "elseif"
        case .endKeyword: "end"
        case .false: "false"
        case .for: "for"
        case .function: "function"
        case .if: "if"
        case .in: "in"
        case .local: "local"
        case .nil: "nil"
        case .not: "not"
        case .or: "or"
        case .repeat: "repeat"
        case .return: "return"
        case .then: "then"
        case .true: "true"
        case .until: "until"
        case .while: "while"
        default: symbolText
        }
    }

    private var symbolText: StaticString {
        switch self {
        case .plus: "+"
        case .minus: "-"
        case .star: "*"
        case .slash: "/"
        case .percent: "%"
        case .caret: "^"
        case .hash: "#"
        case .equal: "=="
        case .notEqual: "~="
        case .lessOrEqual: "<="
        case .greaterOrEqual: ">="
        case .less: "<"
        case .greater: ">"
        case .assign: "="
        case .leftParenthesis: "("
        case .rightParenthesis: ")"
        case .leftBrace: "{"
        case .rightBrace: "}"
        case .leftBracket: "["
        case .rightBracket: "]"
        case .semicolon: ";"
        case .colon: ":"
        case .comma: ","
        case .dot: "."
        case .concatenation: ".."
        default: "..."
        }
    }

    /// Whether a block ends before it.
    @inline(__always) var endsBlock: Bool {
        switch self {
        case .else, .elseif, .endKeyword, .until, .end: true
        default: false
        }
    }
}

/// Bytes of the source, or of the lexer's pool of strings that had escapes.
struct Slice: BitwiseCopyable {
    /// The first eight bytes, the first one lowest: most comparisons end here.
    var prefix: UInt64 = 0
    /// Where it starts in the source; below 0: the complement of where it starts in the pool.
    var start: Int32 = 0
    var count: Int32 = 0

    init() {}
    /// A name of at most eight letters that need not stand in the source.
    init(literal: StaticString) {
        let text = Text(literal)
        for index in 0..<min(8, text.count) { prefix |= UInt64(text[index]) << UInt64(index * 8) }
        count = Int32(min(8, text.count))
    }
}

/// One token.
struct Token: BitwiseCopyable {
    var kind = TokenKind.end
    /// The stray byte.
    var byte: UInt8 = 0
    /// Where its spelling starts in the source, and where it ends.
    var start: Int32 = 0
    var end: Int32 = 0
    /// Of names and strings.
    var slice = Slice()
    var number = 0.0
}
