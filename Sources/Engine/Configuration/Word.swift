// Words of a configuration: splitting a line into them, quoting them, reading numbers and sizes from them. The rules
// are those of redis.conf: blanks separate, "…" knows \n \r \t \b \a \xHH and \", '…' knows only \'.

extension [UInt8] {
    /// As text; bytes that are none become replacement characters.
    var string: String { String(decoding: self, as: UTF8.self) }

    /// As text in lower case; only ASCII letters have one.
    var lowercased: String { String(decoding: map { $0 >= 65 && $0 <= 90 ? $0 | 32 : $0 }, as: UTF8.self) }

    /// As a decimal number the way Redis reads one: no sign +, no leading zero, no blank.
    var integer: Int? {
        guard count <= 20, let number = Int(string), String(number).utf8.elementsEqual(self) else { return nil }
        return number
    }

    /// As a number of bytes, with an optional unit.
    var memorySize: Int? {
        let digits = prefix { $0 >= 48 && $0 <= 57 }
        let factor: Int
        switch [UInt8](self[digits.endIndex...]).lowercased {
        case "", "b": factor = 1
        case "k": factor = 1000
        case "kb": factor = 1 << 10
        case "m": factor = 1_000_000
        case "mb": factor = 1 << 20
        case "g": factor = 1_000_000_000
        case "gb": factor = 1 << 30
        default: return nil
        }
        guard let number = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
        let (size, overflows) = number.multipliedReportingOverflow(by: factor)
        return overflows ? nil : size
    }

    /// In double quotes, with what is not plain text escaped.
    var quoted: [UInt8] {
        var result: [UInt8] = [UInt8(ascii: "\"")]
        for byte in self {
            switch byte {
            case UInt8(ascii: "\\"), UInt8(ascii: "\""): result += [UInt8(ascii: "\\"), byte]
            case 10: result += "\\n".utf8
            case 13: result += "\\r".utf8
            case 9: result += "\\t".utf8
            case 7: result += "\\a".utf8
            case 8: result += "\\b".utf8
            case 32...126: result.append(byte)
            default:
                let digits = String(byte, radix: 16)
                result += (digits.utf8.count == 1 ? "\\x0\(digits)" : "\\x\(digits)").utf8
            }
        }
        result.append(UInt8(ascii: "\""))
        return result
    }

    /// Without blanks and line ends at both sides.
    var trimmed: [UInt8] {
        guard let first = firstIndex(where: { !$0.isBlank }), let last = lastIndex(where: { !$0.isBlank }) else {
            return []
        }
        return [UInt8](self[first...last])
    }

    /// The words of a line; nil if a quote is not closed, or closed in the middle of a word.
    var words: [Word]? {
        var splitter = WordSplitter(line: self)
        return splitter.split()
    }
}

extension UInt8 {
    /// Blank, tab, or one of the line and page ends.
    var isBlank: Bool { self == 32 || (self >= 9 && self <= 13) }

    var hexadecimalDigit: UInt8? {
        switch self {
        case 48...57: self - 48
        case 65...70: self - 55
        case 97...102: self - 87
        default: nil
        }
    }
}

/// Takes a line apart, word by word.
private struct WordSplitter {
    let line: [UInt8]
    private var index = 0

    init(line: [UInt8]) { self.line = line }

    mutating func split() -> [Word]? {
        var words: [Word] = []
        while true {
            while let byte = peek(), byte.isBlank { index += 1 }
            guard peek() != nil else { return words }
            guard let word = nextWord() else { return nil }
            words.append(word)
        }
    }

    private func peek(_ distance: Int = 0) -> UInt8? { index + distance < line.count ? line[index + distance] : nil }

    private mutating func nextWord() -> Word? {
        var word: Word = []
        while let byte = peek(), !byte.isBlank {
            index += 1
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                guard readQuoted(byte, into: &word) else { return nil }
                return word
            default: word.append(byte)
            }
        }
        return word
    }

    /// Reads to the closing quote, behind which the word must end.
    private mutating func readQuoted(_ quote: UInt8, into word: inout Word) -> Bool {
        while let byte = peek() {
            index += 1
            if byte == quote { return peek()?.isBlank ?? true }
            guard byte == UInt8(ascii: "\\"), let next = peek() else {
                word.append(byte)
                continue
            }
            if quote == UInt8(ascii: "\"") {
                readEscape(next, into: &word)
            } else {
                word.append(next == quote ? quote : byte)
                if next == quote { index += 1 }
            }
        }
        return false
    }

    private mutating func readEscape(_ kind: UInt8, into word: inout Word) {
        index += 1
        if kind == UInt8(ascii: "x"), let high = peek()?.hexadecimalDigit, let low = peek(1)?.hexadecimalDigit {
            word.append(high << 4 | low)
            index += 2
            return
        }
        switch kind {
        case UInt8(ascii: "n"): word.append(10)
        case UInt8(ascii: "r"): word.append(13)
        case UInt8(ascii: "t"): word.append(9)
        case UInt8(ascii: "b"): word.append(8)
        case UInt8(ascii: "a"): word.append(7)
        default: word.append(kind)
        }
    }
}
