// The messages of syntax errors: "chunk:line: message near 'token'".

/// Why a chunk cannot be compiled: 5.1's message, chunk name and line included.
struct SyntaxError: Error {
    let message: [UInt8]

    /// The code would take more memory than there is.
    static var outOfMemory: SyntaxError { SyntaxError(message: Array("not enough memory".utf8)) }
    var isOutOfMemory: Bool { message == SyntaxError.outOfMemory.message }
}

extension Lexer {
    /// An error at the present line; `spelling` is what it is near to, up to its first zero byte.
    func error(_ message: String, spelling: [UInt8]? = nil) -> SyntaxError {
        var text = Compiler.shortName(of: chunkName, room: Compiler.syntaxNameRoom)
        text += ":\(line): \(message)".utf8
        if let spelling {
            text += " near '".utf8
            text += spelling.prefix { $0 != 0 }
            text.append(UInt8(ascii: "'"))
        }
        return SyntaxError(message: text)
    }

    /// An error near the present token.
    func errorNearToken(_ message: String) -> SyntaxError {
        error(message, spelling: spelling(of: token))
    }

    func bytes(from start: Int, to end: Int) -> [UInt8] { source.slice(start, end - start).array }

    func bytes(of slice: Slice) -> [UInt8] {
        let count = Int(slice.count)
        if slice.start < 0 {
            let start = Int(~slice.start)
            return Array(pool[start..<start + count])
        }
        return bytes(from: Int(slice.start), to: Int(slice.start) + count)
    }

    /// As messages show a token: strings with their escapes resolved, control bytes by number. A zero byte is token 0,
    /// which stands for "no token" in 5.1.
    private func spelling(of token: Token) -> [UInt8]? {
        let start = Int(token.start)
        switch token.kind {
        case .name, .number: return bytes(from: start, to: Int(token.end))
        case .string:
            var opening: [UInt8] = []
            var closing: [UInt8] = []
            if source[start] == UInt8(ascii: "[") {
                var index = start + 1
                while source[index] == UInt8(ascii: "=") { index += 1 }
                opening = bytes(from: start, to: index + 1)
                closing = bytes(from: Int(token.end) - opening.count, to: Int(token.end))
            } else {
                opening = [source[start]]
                closing = opening
            }
            return opening + bytes(of: token.slice) + closing
        case .stray:
            if token.byte == 0 { return nil }
            if token.byte < 32 || token.byte == 127 { return Array("char(\(token.byte))".utf8) }
            return [token.byte]
        default: return Text(token.kind.text).array
        }
    }
}

extension Compiler {
    /// 5.1 gives syntax errors more room for the chunk's name than other errors.
    static let syntaxNameRoom = 80

    /// As luaO_chunkid shortens it for messages: `user_script`, `...end of a long name`, `[string "return 1..."]`.
    static func shortName(of chunkName: [UInt8], room: Int = 60) -> [UInt8] {
        let name = chunkName.prefix { $0 != 0 }
        let rest = name.dropFirst()
        switch name.first {
        case UInt8(ascii: "="): return Array(rest.prefix(room - 1))
        case UInt8(ascii: "@"):
            let limit = room - 8
            return rest.count > limit ? Array("...".utf8) + rest.suffix(limit) : Array(rest)
        default:
            let line = name.prefix { !$0.isNewline }.prefix(room - 17)
            let mark = line.count < name.count ? "..." : ""
            return Array("[string \"".utf8) + line + Array("\(mark)\"]".utf8)
        }
    }
}
