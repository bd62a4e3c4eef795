// Bytes of a client in the text of an error. The text is a String while it is put together, and bytes need not be
// UTF-8: where they are not, each byte from 0x80 on stands as one of the last private characters, U+10FF80 to U+10FFFF,
// and whoever writes the text turns those into bytes again.

extension Bytes {
    /// The bytes as text that can be written again as they were.
    var quotable: String {
        let text = self.text
        if Buffer.isWritten(text, as: self) { return text }
        var scalars = String.UnicodeScalarView()
        for index in 0..<count {
            let byte = UInt32(self[index])
            scalars.append(Unicode.Scalar(byte < 0x80 ? byte : 0x10FF00 | byte) ?? "?")
        }
        return String(scalars)
    }

    /// The same up to the first NUL, which is where an error message that quotes it ends.
    var quotableText: String { upToNUL.quotable }
}

extension [UInt8] {
    /// As part of a message.
    var quotable: String { withBytes(of: self) { $0.quotable } }
}

extension Sequence<UInt8> {
    /// What another server has said, as one line of a log or of INFO: nothing in it ends that.
    var oneLine: String { String(decoding: map { $0 < 32 || $0 == 127 ? 32 : $0 }, as: UTF8.self) }
}

extension Buffer {
    /// Appends a text with bytes quoted in it.
    mutating func append(quoting text: String) {
        for scalar in text.unicodeScalars {
            if scalar.value >= 0x10FF80 {
                append(byte: UInt8(truncatingIfNeeded: scalar.value))
            } else {
                for byte in scalar.utf8 { append(byte: byte) }
            }
        }
    }

    /// Whether a text, written as one with bytes quoted in it, gives these.
    fileprivate static func isWritten(_ text: String, as bytes: Bytes) -> Bool {
        var buffer = Buffer(capacity: bytes.count)
        buffer.append(quoting: text)
        return buffer.contents == bytes
    }
}

extension String {
    /// How many bytes it is when it is written.
    var quotedCount: Int { unicodeScalars.reduce(0) { $0 + ($1.value >= 0x10FF80 ? 1 : UTF8.width($1)) } }
}
