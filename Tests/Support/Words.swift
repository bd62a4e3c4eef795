// Words of a transcript line, cut as redis-cli cuts them: blanks part words, quotes join them, and escapes name any
// byte.

/// Turns text with quotes and escapes into bytes.
public enum Words {
    /// The words of a line, or nil when a quote stays open.
    public static func split(_ line: some StringProtocol) -> [[UInt8]]? {
        let text = Array(line.utf8)
        var words: [[UInt8]] = []
        var place = 0
        while true {
            while place < text.count, isBlank(text[place]) { place += 1 }
            if place == text.count { return words }
            guard let word = word(in: text, at: &place) else { return nil }
            words.append(word)
        }
    }

    /// The bytes of a line in which `\r`, `\n`, `\t`, `\\` and `\xHH` stand for themselves.
    public static func unescape(_ line: some StringProtocol) -> [UInt8] {
        let text = Array(line.utf8)
        var bytes: [UInt8] = []
        var place = 0
        while place < text.count { bytes.append(byte(in: text, at: &place)) }
        return bytes
    }

    /// A request as clients send it: an array of bulk strings.
    public static func request(_ words: [[UInt8]]) -> [UInt8] {
        var bytes = Array("*\(words.count)\r\n".utf8)
        for word in words { bytes += Array("$\(word.count)\r\n".utf8) + word + [13, 10] }
        return bytes
    }

    /// Bytes as a transcript shows them: what is not printable ASCII is written `\xhh`, and a backslash twice.
    public static func show(_ bytes: some Sequence<UInt8>) -> String {
        var text = ""
        for byte in bytes {
            if byte == UInt8(ascii: "\\") {
                text += "\\\\"
            } else if (0x20...0x7E).contains(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return text
    }

    private static func word(in text: [UInt8], at place: inout Int) -> [UInt8]? {
        var word: [UInt8] = []
        while place < text.count, !isBlank(text[place]) {
            switch text[place] {
            case UInt8(ascii: "\""):
                place += 1
                while true {
                    guard place < text.count else { return nil }
                    if text[place] == UInt8(ascii: "\"") { break }
                    word.append(byte(in: text, at: &place))
                }
                place += 1
            case UInt8(ascii: "'"):
                place += 1
                while true {
                    guard place < text.count else { return nil }
                    if text[place] == UInt8(ascii: "'") { break }
                    word.append(text[place])
                    place += 1
                }
                place += 1
            default:
                word.append(text[place])
                place += 1
            }
        }
        return word
    }

    private static func byte(in text: [UInt8], at place: inout Int) -> UInt8 {
        defer { place += 1 }
        guard text[place] == UInt8(ascii: "\\"), place + 1 < text.count else { return text[place] }
        place += 1
        switch text[place] {
        case UInt8(ascii: "n"): return 10
        case UInt8(ascii: "r"): return 13
        case UInt8(ascii: "t"): return 9
        case UInt8(ascii: "a"): return 7
        case UInt8(ascii: "b"): return 8
        case UInt8(ascii: "x") where place + 2 < text.count:
            let digits = String(decoding: text[place + 1...place + 2], as: UTF8.self)
            guard let value = UInt8(digits, radix: 16) else { return text[place] }
            place += 2
            return value
        default: return text[place]
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 }
}
