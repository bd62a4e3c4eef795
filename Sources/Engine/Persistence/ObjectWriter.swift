// Values in the form that snapshots and DUMP have in common: a type, and what belongs to it. The writer knows neither
// where a key belongs nor the frame around a value. It writes what Redis 7.2 writes, or an older version of that, and
// says which version of the format what has been written takes. Here: the parts; the values are in the extensions.

/// Writes values, one behind the other.
struct ObjectWriter: ~Copyable {
    /// What becomes of strings that may be shorter when they are compressed.
    enum Compression {
        /// They are compressed as they are written.
        case now
        /// They are written as they are, and where each begins is noted: the disk thread compresses.
        case later
        case never
    }

    private(set) var output: Buffer
    /// Where in the output the length of each string stands that is worth compressing; only when that comes later.
    private(set) var compressible: [UInt32] = []
    let compression: Compression
    /// No type is written that this version of the format does not have.
    let newestVersion: Int
    private var compressor = LZFCompressor()
    private var text = Buffer()
    /// The lowest version of the format that has everything that was written.
    private(set) var version: Int
    /// Where the type of the next value goes if it does not go to the end: a key is written between the two.
    private var typePlace = -1
    /// That of the hash whose fields follow one by one; 0 if none of them ends.
    private(set) var earliestDeadline: Int64 = 0

    /// What Redis 7.2 writes, and the oldest that is written here: that of Redis 5.
    static let usualVersion = 11, oldestVersion = 9
    /// The first in which fields of hashes end: that of Redis 7.4.
    static let versionWithFieldDeadlines = 12

    /// Shorter strings are never compressed.
    static let leastToCompress = 21

    init(_ compression: Compression, version newestVersion: Int = usualVersion, capacity: Int = 0) {
        self.compression = compression
        self.newestVersion = newestVersion
        version = min(10, newestVersion)
        output = Buffer(capacity: capacity)
    }

    /// Forgets what has been written.
    mutating func removeAll() {
        output.truncate(to: 0)
        compressible.removeAll(keepingCapacity: true)
        version = min(10, newestVersion)
    }

    /// Gives away what has been written as a piece of a stream, and begins anew with room for so many bytes.
    mutating func takeChunk(of stream: Int, endsStream: Bool = false, capacity: Int) -> SnapshotChunk {
        var bytes = Buffer(capacity: capacity), strings: [UInt32] = []
        swap(&bytes, &output)
        swap(&strings, &compressible)
        compressible.reserveCapacity(strings.count)
        return SnapshotChunk(stream: stream, endsStream: endsStream, bytes: bytes, compressible: strings)
    }

    /// Whoever asks for an older version sees to it beforehand that no field ends.
    var hasFieldDeadlines: Bool { newestVersion >= ObjectWriter.versionWithFieldDeadlines }

    // MARK: Parts

    mutating func append(_ type: ObjectType, since version: Int = 9) {
        self.version = max(self.version, version)
        if typePlace < 0 { return output.append(byte: type.rawValue) }
        output[typePlace] = type.rawValue
        typePlace = -1
    }

    /// The head of a hash whose fields follow one by one, as `append(field:value:deadline:)` has them.
    mutating func begin(hashOf count: Int, earliestDeadline: Int64) {
        self.earliestDeadline = hasFieldDeadlines ? earliestDeadline : 0
        if self.earliestDeadline == 0 { return append(.hash, count: count) }
        append(.endingHash, since: ObjectWriter.versionWithFieldDeadlines)
        append(number: UInt64(bitPattern: earliestDeadline), size: 8)
        append(length: count)
    }

    /// Leaves room for the type of the next value, and puts the key behind it.
    mutating func append(key: Bytes) {
        let place = output.count
        output.append(byte: 0)
        append(string: key)
        typePlace = place
    }

    mutating func append(opcode: SnapshotOpcode) { output.append(byte: opcode.rawValue) }

    mutating func append(length: Int) { append(length: UInt64(truncatingIfNeeded: length)) }

    mutating func append(length: UInt64) { output.append(snapshotLength: length) }

    /// The lowest `size` bytes of a number, lowest first.
    mutating func append(number: UInt64, size: Int) { output.append(number: number, size: size) }

    /// Bytes as they are.
    mutating func append(raw bytes: Bytes) { output.append(bytes) }

    mutating func append(string: StringValue) {
        switch string {
        case .bytes(let bytes): append(string: bytes)
        case .integer(let integer): append(string: integer)
        }
    }

    mutating func append(string bytes: Bytes) {
        if bytes.count <= 11, let integer = bytes.integer, Int32(exactly: integer) != nil {
            return append(string: integer)
        }
        if bytes.count >= ObjectWriter.leastToCompress, compression == .later {
            noteCompressible()
        } else if bytes.count >= ObjectWriter.leastToCompress, compression == .now {
            text.truncate(to: 0)
            if compressor.compress(bytes, to: &text) {
                output.append(byte: 0xC3)
                append(length: text.count)
                append(length: bytes.count)
                return output.append(text, droppingFirst: 0)
            }
        }
        append(length: bytes.count)
        output.append(bytes)
    }

    private mutating func noteCompressible() {
        guard let place = UInt32(exactly: output.count) else { return }
        compressible.append(place)
    }

    mutating func append(string integer: Int64) {
        let number = UInt64(bitPattern: integer)
        if Int8(exactly: integer) != nil {
            output.append(byte: 0xC0)
            append(number: number, size: 1)
        } else if Int16(exactly: integer) != nil {
            output.append(byte: 0xC1)
            append(number: number, size: 2)
        } else if Int32(exactly: integer) != nil {
            output.append(byte: 0xC2)
            append(number: number, size: 4)
        } else {
            text.truncate(to: 0)
            text.append(decimal: integer)
            append(length: text.count)
            output.append(text, droppingFirst: 0)
        }
    }
}

extension Buffer {
    /// A length, or any number that is kept as one.
    mutating func append(snapshotLength length: UInt64) {
        switch length {
        case 0..<0x40: append(byte: UInt8(truncatingIfNeeded: length))
        case 0..<0x4000:
            append(byte: 0x40 | UInt8(truncatingIfNeeded: length &>> 8))
            append(byte: UInt8(truncatingIfNeeded: length))
        case 0..<0x1_0000_0000:
            append(byte: 0x80)
            append(number: length.byteSwapped &>> 32, size: 4)
        default:
            append(byte: 0x81)
            append(number: length.byteSwapped, size: 8)
        }
    }

    /// The lowest `size` bytes of a number, lowest first.
    mutating func append(number: UInt64, size: Int) {
        for index in 0..<size { append(byte: UInt8(truncatingIfNeeded: number &>> UInt64(8 &* index))) }
    }
}
