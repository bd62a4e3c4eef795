// Values in the form that snapshots and DUMP have in common: a type, and what belongs to it. The writer knows neither
// keys nor the frame around a value. It writes what Redis 7.2 writes, and says which version of the format that takes.

/// The types of values in a snapshot, by the numbers that stand there.
enum ObjectType: UInt8 {
    case string = 0, list, set, textSortedSet, hash, sortedSet
    case earlyModule = 6, module
    case hashZipmap = 9, listZiplist, setIntegers, sortedSetZiplist, hashZiplist
    case quicklistOfZiplists = 14, stream, hashListpack, sortedSetListpack, quicklist
    case streamWithMetadata = 19, setListpack, streamWithActivity
    /// Hashes whose fields end. Valkey means by 22 one of its own.
    case earlyEndingHash = 22, earlyEndingHashListpack, endingHash, endingHashListpack
    /// Streams that know their producers (Redis 8.6), and entries that were handed back (Redis 8.8).
    case streamWithProducers = 26, streamWithReturns

    /// A later version of a stream has all that the earlier ones have.
    var isStreamWithActivity: Bool { self == .streamWithActivity || isStreamWithProducers }
    var isStreamWithProducers: Bool { self == .streamWithProducers || self == .streamWithReturns }
}

extension ObjectType {
    /// What the log says of such a value that is not what it must be.
    var damage: StaticString {
        switch self {
        case .string: "String is damaged"
        case .list: "List is damaged"
        case .set: "Set is damaged, or has a member twice"
        case .textSortedSet, .sortedSet: "Sorted set is damaged, has a member twice or a score that is no number"
        case .hash, .earlyEndingHash, .endingHash: "Hash is damaged, or has a field twice"
        case .earlyModule, .module: "Module value is damaged"
        case .hashZipmap: "Zipmap integrity check failed"
        case .listZiplist: "List ziplist integrity check failed"
        case .setIntegers: "Intset integrity check failed"
        case .sortedSetZiplist: "Zset ziplist integrity check failed"
        case .hashZiplist: "Hash ziplist integrity check failed"
        case .quicklistOfZiplists: "Ziplist integrity check failed"
        case .quicklist: "Listpack integrity check failed"
        case .hashListpack, .earlyEndingHashListpack, .endingHashListpack: "Hash listpack integrity check failed"
        case .sortedSetListpack: "Zset listpack integrity check failed"
        case .setListpack: "Set listpack integrity check failed"
        case .stream, .streamWithMetadata, .streamWithActivity, .streamWithProducers, .streamWithReturns:
            "Stream is damaged"
        }
    }
}

/// Writes values, one behind the other.
struct ObjectWriter: ~Copyable {
    private(set) var output = Buffer()
    /// Whether strings are compressed where that makes them shorter.
    let compresses: Bool
    private var compressor = LZFCompressor()
    private var text = Buffer()
    /// The lowest version of the format that has everything that was written.
    private(set) var version = 10

    /// Shorter strings are never compressed.
    private static let leastToCompress = 21
    /// Elements of a list that are no shorter are alone in their nodes, which are then no listpacks.
    private static let plainNodeSize = ListValue.hugeSize

    init(compresses: Bool) { self.compresses = compresses }

    /// Forgets what has been written, or was taken from `output`.
    mutating func removeAll() {
        output.truncate(to: 0)
        version = 10
    }

    // MARK: Parts

    mutating func append(_ type: ObjectType, since version: Int = 10) {
        output.append(byte: type.rawValue)
        self.version = max(self.version, version)
    }

    mutating func append(length: Int) { append(length: UInt64(truncatingIfNeeded: length)) }

    mutating func append(length: UInt64) {
        switch length {
        case 0..<0x40: output.append(byte: UInt8(truncatingIfNeeded: length))
        case 0..<0x4000:
            output.append(byte: 0x40 | UInt8(truncatingIfNeeded: length &>> 8))
            output.append(byte: UInt8(truncatingIfNeeded: length))
        case 0..<0x1_0000_0000:
            output.append(byte: 0x80)
            append(number: length.byteSwapped &>> 32, size: 4)
        default:
            output.append(byte: 0x81)
            append(number: length.byteSwapped, size: 8)
        }
    }

    /// The lowest `size` bytes of a number, lowest first.
    mutating func append(number: UInt64, size: Int) {
        for index in 0..<size { output.append(byte: UInt8(truncatingIfNeeded: number &>> UInt64(8 &* index))) }
    }

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
        if compresses, bytes.count >= ObjectWriter.leastToCompress {
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

extension ObjectWriter {
    // MARK: Values

    mutating func append(_ value: StringValue) {
        append(.string)
        append(string: value)
    }

    /// A value with blocks of its own.
    mutating func append(_ value: StoredValue, in heap: Heap) {
        switch value.kind {
        case .largeString: append(.bytes(LargeString(word: value.word).bytes))
        case .list: append(ListValue(word: value.word, heap: heap))
        case .hash: append(HashValue(word: value.word, heap: heap))
        case .set: append(SetValue(word: value.word, heap: heap))
        case .sortedSet: append(SortedSetValue(word: value.word, heap: heap))
        case .stream: append(StreamValue(word: value.word, heap: heap), in: heap)
        case .string, .integer32, .integer64, .module: preconditionFailure("no such type in this build")
        }
    }

    mutating func append(_ list: ListValue) {
        append(.quicklist)
        append(length: list.nodeCount)
        list.forEachNode { node in
            if node.count == 1, case .bytes(let bytes) = node.element(at: node.first),
                bytes.count >= ObjectWriter.plainNodeSize
            {
                append(length: 1)
                return append(string: bytes)
            }
            var listpack = ListpackWriter()
            var position = node.first
            while position < node.end {
                listpack.append(node.element(at: position))
                position = node.next(position)
            }
            append(length: 2)
            append(string: listpack.contents)
        }
    }

    mutating func append(_ hash: HashValue) {
        guard hash.isPacked else {
            append(.hash)
            append(length: hash.count)
            return hash.forEach { element in
                append(string: element.field)
                append(string: element.value)
            }
        }
        append(.hashListpack)
        var listpack = ListpackWriter()
        hash.forEach { element in
            listpack.append(element.field)
            listpack.append(element.value)
        }
        append(string: listpack.contents)
    }

    mutating func append(_ set: SetValue) {
        switch set.form {
        case .integers(let integers):
            append(.setIntegers)
            append(integers)
        case .packed(let list):
            append(.setListpack, since: 11)
            var listpack = ListpackWriter()
            list.forEach { listpack.append($0) }
            append(string: listpack.contents)
        case .table(let table):
            append(.set)
            append(length: table.count)
            table.forEach { append(string: $0.member) }
        }
    }

    /// Redis's set of integers: how wide they are, how many, and the integers, all with the lowest byte first.
    private mutating func append(_ integers: IntegerSet) {
        var blob = Buffer(capacity: 8 &+ integers.count &* 8)
        let widest = integers.count == 0 ? 0 : [integers[0], integers[integers.count &- 1]].map(\.width).max() ?? 0
        let width = max(2, widest)
        for index in 0..<4 { blob.append(byte: UInt8(truncatingIfNeeded: width &>> (8 &* index))) }
        for index in 0..<4 { blob.append(byte: UInt8(truncatingIfNeeded: integers.count &>> (8 &* index))) }
        integers.forEach { integer in
            for index in 0..<width { blob.append(byte: UInt8(truncatingIfNeeded: integer &>> Int64(8 &* index))) }
        }
        append(string: blob.contents)
    }

    mutating func append(_ set: SortedSetValue) {
        guard set.isLarge else {
            append(.sortedSetListpack)
            var listpack = ListpackWriter()
            set.forEach { member, score in
                listpack.append(member)
                if let integer = score.plainInteger { return listpack.append(integer) }
                var text = Buffer()
                text.append(double: score)
                listpack.append(text.contents)
            }
            return append(string: listpack.contents)
        }
        append(.sortedSet)
        append(length: set.count)
        // From the last to the first, as Redis has it: each that is read comes before those that are there.
        set.forEach(in: 0..<set.count, backwards: true) { member, score in
            append(string: member)
            append(number: score.bitPattern, size: 8)
        }
    }
}

extension Int64 {
    /// How many bytes a set of integers needs for it.
    fileprivate var width: Int { Int16(exactly: self) != nil ? 2 : Int32(exactly: self) != nil ? 4 : 8 }
}
