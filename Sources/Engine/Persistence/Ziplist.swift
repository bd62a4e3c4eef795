// The packed forms that Redis had before the listpack, as bytes that may come from anywhere: checked once, then read.
// Nothing here writes them.

/// A ziplist: what lists, hashes and sorted sets were packed into up to Redis 6.2.
///
///     0…3  bytes in all   4…7  where the last entry begins   8…9  entries (65535: to be counted)
///     then entries: size of the one before (1 byte, or FE and 4), code, bytes     last: FF
struct Ziplist: ~Escapable {
    private static let headerSize = 10

    let bytes: Bytes

    /// Nil if anything about the bytes is not as it must be.
    @_lifetime(copy bytes)
    init?(checking bytes: Bytes) {
        guard bytes.count > Ziplist.headerSize, bytes.halfWord(at: 0) == UInt64(bytes.count),
            bytes[bytes.count - 1] == 0xFF
        else { return nil }
        self.bytes = bytes
        let end = bytes.count - 1
        var position = Ziplist.headerSize, last = position, found = 0, sizeBefore = 0
        while position < end {
            guard let entry = entry(at: position), entry.sizeBefore == sizeBefore, entry.end <= end else { return nil }
            last = position
            sizeBefore = entry.end - position
            position = entry.end
            found += 1
        }
        let announced = Int(bytes[8]) | Int(bytes[9]) << 8
        guard position == end, announced == 0xFFFF || announced == found else { return nil }
        guard bytes.halfWord(at: 4) == UInt64(last) else { return nil }
    }

    func forEach(_ body: (StringValue) -> Void) {
        var position = Ziplist.headerSize
        while position < bytes.count - 1, let entry = entry(at: position) {
            body(value(of: entry))
            position = entry.end
        }
    }

    /// Where the parts of an entry are.
    private struct Entry {
        let sizeBefore: Int
        let code: UInt8
        /// Where the bytes of the content begin.
        let start: Int
        let end: Int
    }

    /// The entry that begins at `position`; nil if its head is not all there, or says nothing sensible.
    private func entry(at position: Int) -> Entry? {
        let isLong = bytes[position] == 0xFE
        let place = position + (isLong ? 5 : 1)
        guard bytes[position] != 0xFF, place < bytes.count else { return nil }
        let sizeBefore = isLong ? Int(bytes.halfWord(at: position + 1)) : Int(bytes[position])
        let code = bytes[place]
        var start = place + 1, size: Int
        switch code {
        case 0..<0x40: size = Int(code)
        case 0x40..<0x80:
            guard place + 2 <= bytes.count else { return nil }
            (start, size) = (place + 2, Int(code & 0x3F) << 8 | Int(bytes[place + 1]))
        case 0x80:
            guard place + 5 <= bytes.count else { return nil }
            let length = UInt32(truncatingIfNeeded: bytes.halfWord(at: place + 1)).byteSwapped
            (start, size) = (place + 5, Int(length))
        case 0xC0: size = 2
        case 0xD0: size = 4
        case 0xE0: size = 8
        case 0xF0: size = 3
        case 0xFE: size = 1
        case 0xF1...0xFD: size = 0
        default: return nil
        }
        guard size <= bytes.count - start else { return nil }
        return Entry(sizeBefore: sizeBefore, code: code, start: start, end: start + size)
    }

    @_lifetime(copy self)
    private func value(of entry: Entry) -> StringValue {
        if entry.code < 0xC0 {
            return .bytes(bytes.dropping(first: entry.start).prefix(entry.end - entry.start))
        }
        if entry.end == entry.start { return .integer(Int64(entry.code & 0x0F) - 1) }
        var number: UInt64 = 0
        for index in entry.start..<entry.end { number |= UInt64(bytes[index]) << UInt64(8 * (index - entry.start)) }
        let unused = Int64(64 - 8 * (entry.end - entry.start))
        return .integer((Int64(bitPattern: number) << unused) >> unused)
    }
}

/// A zipmap: what small hashes were up to Redis 2.4.
///
///     0  entries (254: to be counted)     then: size, field, size, spare, value, spare bytes     last: FF
///
/// A size is one byte below 254, or 254 and 4 bytes.
struct Zipmap: ~Escapable {
    private let bytes: Bytes

    /// Nil if anything about the bytes is not as it must be.
    @_lifetime(copy bytes)
    init?(checking bytes: Bytes) {
        guard bytes.count >= 2, bytes[bytes.count - 1] == 0xFF else { return nil }
        self.bytes = bytes
        var position = 1, found = 0
        while position < bytes.count - 1 {
            guard let pair = pair(at: position) else { return nil }
            position = pair.end
            found += 1
        }
        guard found > 0, bytes[0] == 254 || Int(bytes[0]) == found else { return nil }
    }

    /// Fields and values by turns.
    func forEach(_ body: (Bytes) -> Void) {
        var position = 1
        while position < bytes.count - 1, let pair = pair(at: position) {
            body(bytes.dropping(first: pair.field.lowerBound).prefix(pair.field.count))
            body(bytes.dropping(first: pair.value.lowerBound).prefix(pair.value.count))
            position = pair.end
        }
    }

    /// The pair that begins at `position`, if it ends before the terminator.
    private func pair(at position: Int) -> (field: Range<Int>, value: Range<Int>, end: Int)? {
        let end = bytes.count - 1
        guard let field = run(at: position), field.upperBound < end, let value = run(at: field.upperBound, spare: 1)
        else { return nil }
        let behind = value.upperBound + Int(bytes[value.lowerBound - 1])
        return behind <= end ? (field, value, behind) : nil
    }

    /// The bytes behind a size, with so many bytes between.
    private func run(at position: Int, spare: Int = 0) -> Range<Int>? {
        let end = bytes.count - 1
        guard position < end, bytes[position] != 0xFF else { return nil }
        let isLong = bytes[position] == 254
        let start = position + (isLong ? 5 : 1) + spare
        guard start <= end else { return nil }
        let size = isLong ? Int(bytes.halfWord(at: position + 1)) : Int(bytes[position])
        return size <= end - start ? start..<start + size : nil
    }
}
