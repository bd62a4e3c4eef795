// The parts that stored values are made of, read from bytes that may come from anywhere: lengths, strings, numbers.
// Every length is compared with what is left before it is used; nothing is reserved for what is only announced.
//
//     00LLLLLL                    a length of 6 bits          10000000 + 4 bytes   32 bits, highest byte first
//     01LLLLLL LLLLLLLL           14 bits                     10000001 + 8 bytes   64 bits, the same
//     11000000/01/10 + 1/2/4      a string that is an integer, lowest byte first
//     11000011 + length + length  a string that is compressed: its sizes now and before

/// Why bytes are not a value.
enum PayloadError: Error {
    /// They are not what they must be.
    case malformed
    /// They end too early.
    case short
    /// So many of them are needed, and can be had.
    case incomplete(Int)
    /// They are a value without elements, which no key can have.
    case empty
    /// The same, where there is more to say about it.
    case damaged(StaticString)
    /// They are a value that this server has no type for, in words.
    case foreign(String)
}

extension PayloadError {
    /// The bytes are not what they must be, and there is no more to say about it.
    var isDamage: Bool {
        switch self {
        case .malformed, .short, .incomplete: true
        case .empty, .damaged, .foreign: false
        }
    }
}

/// A place in a run of bytes, and the way on.
struct PayloadReader: ~Escapable {
    let bytes: Bytes
    private(set) var offset = 0
    /// How many bytes there are behind these, which are only the beginning of a file.
    private let following: Int

    /// No string is longer.
    static let longestString = 0xFFFF_0000

    @_lifetime(copy bytes)
    init(_ bytes: Bytes, following: Int = 0) {
        self.bytes = bytes
        self.following = following
    }

    @inline(__always) var remaining: Int { bytes.count &- offset }
    /// The same with what is behind these bytes.
    var remainingInAll: Int { remaining + following }

    // MARK: Bytes and lengths

    /// So many bytes more are not there.
    @inline(never) private func shortage(_ count: Int) -> PayloadError {
        count - remaining <= following ? .incomplete(offset + count) : .short
    }

    @_lifetime(self: copy self)
    @inline(__always) mutating func byte() throws(PayloadError) -> UInt8 {
        guard offset < bytes.count else { throw shortage(1) }
        defer { offset &+= 1 }
        return bytes[offset]
    }

    /// Back, or on, to a place.
    @_lifetime(self: copy self)
    mutating func move(to offset: Int) {
        precondition(offset >= 0 && offset <= bytes.count)
        self.offset = offset
    }

    /// The next `count` bytes as they are.
    @_lifetime(copy self)
    @_lifetime(self: copy self)
    mutating func take(_ count: Int) throws(PayloadError) -> Bytes {
        guard count >= 0 else { throw .malformed }
        guard count <= remaining else { throw shortage(count) }
        defer { offset &+= count }
        return bytes.dropping(first: offset).prefix(count)
    }

    /// A length, or any number that is kept as one.
    @_lifetime(self: copy self)
    mutating func length() throws(PayloadError) -> UInt64 {
        let head = try byte()
        guard head &>> 6 != 3 else { throw .malformed }
        return try length(behind: head)
    }

    @_lifetime(self: copy self)
    private mutating func length(behind head: UInt8) throws(PayloadError) -> UInt64 {
        switch head {
        case 0..<0x40: return UInt64(head)
        case 0x40..<0x80: return try UInt64(head & 0x3F) &<< 8 | UInt64(byte())
        case 0x80: return try number(size: 4).byteSwapped &>> 32
        case 0x81: return try number(size: 8).byteSwapped
        default: throw .malformed
        }
    }

    /// How many things follow, each of at least `leastSize` bytes: there must be as many left.
    @_lifetime(self: copy self)
    mutating func count(leastSize: Int = 1) throws(PayloadError) -> Int {
        guard let count = Int(exactly: try length()), count <= (remaining + following) / leastSize else { throw .short }
        return count
    }

    /// A number of up to 8 bytes, lowest first.
    @_lifetime(self: copy self)
    mutating func number(size: Int) throws(PayloadError) -> UInt64 {
        let bytes = try take(size)
        var number: UInt64 = 0
        for index in 0..<size { number |= UInt64(bytes[index]) &<< UInt64(8 &* index) }
        return number
    }

    /// A moment in milliseconds, or any signed number of 8 bytes.
    @_lifetime(self: copy self)
    mutating func milliseconds() throws(PayloadError) -> Int64 { Int64(bitPattern: try number(size: 8)) }

    // MARK: Strings

    /// A string: a view of these bytes, or of `scratch`, if it had to be put together there.
    @_lifetime(copy self, &scratch)
    @_lifetime(self: copy self)
    mutating func string(_ scratch: inout Buffer) throws(PayloadError) -> Bytes {
        let head = try byte()
        guard head &>> 6 == 3 else {
            guard let size = Int(exactly: try length(behind: head)) else { throw .short }
            return try take(size)
        }
        scratch.truncate(to: 0)
        switch head & 0x3F {
        case 0: scratch.append(decimal: Int64(Int8(truncatingIfNeeded: try number(size: 1))))
        case 1: scratch.append(decimal: Int64(Int16(truncatingIfNeeded: try number(size: 2))))
        case 2: scratch.append(decimal: Int64(Int32(truncatingIfNeeded: try number(size: 4))))
        case 3: try decompress(to: &scratch)
        default: throw .malformed
        }
        return scratch.contents
    }

    /// A string that stands here as it is; nil if it is another one, or not all there.
    @_lifetime(copy self)
    @_lifetime(self: copy self)
    @inline(__always) mutating func plainString() -> Bytes? {
        guard remaining >= 2 else { return nil }
        let head = bytes[offset]
        let size: Int
        if head < 0x40 {
            size = Int(head)
            offset &+= 1
        } else if head < 0x80 {
            size = Int(head & 0x3F) &<< 8 | Int(bytes[offset &+ 1])
            offset &+= 2
        } else {
            return nil
        }
        guard size <= remaining else { return nil }
        defer { offset &+= size }
        return bytes.dropping(first: offset).prefix(size)
    }

    /// Over so many bytes; false if they are not there.
    @_lifetime(self: copy self)
    @inline(__always) mutating func skip(_ count: Int) -> Bool {
        guard count <= remaining else { return false }
        offset &+= count
        return true
    }

    @_lifetime(self: copy self)
    private mutating func decompress(to scratch: inout Buffer) throws(PayloadError) {
        guard let packedSize = Int(exactly: try length()), let size = Int(exactly: try length()),
            size <= PayloadReader.longestString
        else { throw .malformed }
        let packed = try take(packedSize)
        guard LZF.decompress(packed, size: size, to: &scratch) else { throw .malformed }
    }

    // MARK: Scores

    /// A score in its 8 bytes; NaN is none.
    @_lifetime(self: copy self)
    mutating func binaryScore() throws(PayloadError) -> Double {
        let score = Double(bitPattern: try number(size: 8))
        guard !score.isNaN else { throw .malformed }
        return score
    }

    /// A score as text behind its length, as servers before 4.0 wrote them.
    @_lifetime(self: copy self)
    mutating func textScore() throws(PayloadError) -> Double {
        switch try byte() {
        case 255: return -.infinity
        case 254: return .infinity
        case 253: throw .malformed
        case let size:
            guard let score = try take(Int(size)).double, !score.isNaN else { throw .malformed }
            return score
        }
    }
}
