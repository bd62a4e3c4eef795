// Values read back from the form that snapshots and DUMP have in common, of every version from Redis 2.8 on and of
// Valkey. Nothing that is read is believed: each length and count is compared with what is left, each element is put
// in as a command would put it in, and what Redis would never have written is refused. The reader knows neither keys
// nor the frame around a value. What it throws away on the way, it frees.

/// A value that was read.
enum LoadedValue {
    /// A short string, which lies in the reader's `text` until the next one is read.
    case text
    /// A value with blocks of its own, which are the caller's.
    case stored(StoredValue)
}

/// Reads values, one after the other.
struct ObjectReader: ~Copyable {
    let heap: Heap
    /// Fields of hashes that have ended by this moment are left out.
    let now: Int64
    /// The bytes are Valkey's, whose newest types have numbers that mean something else to Redis.
    let isValkey: Bool

    private(set) var text = Buffer()

    /// Up to so many elements a packed value is searched for each new one; beyond, a table does it.
    static let mostSearched = 1024

    init(heap: Heap, now: Int64, isValkey: Bool = false) {
        self.heap = heap
        self.now = now
        self.isValkey = isValkey
    }

    /// The value of a type whose number has been read.
    mutating func read(_ number: UInt8, from source: inout PayloadReader) throws(PayloadError) -> LoadedValue {
        guard let type = ObjectType(rawValue: number) else { throw ObjectReader.unknown(number) }
        if type.comesInElements { return try readElements(of: type, from: &source) }
        return try readWhole(type, from: &source)
    }

    /// The value of a type that does not come in elements.
    mutating func readWhole(_ type: ObjectType, from source: inout PayloadReader) throws(PayloadError) -> LoadedValue {
        switch type {
        case .string: return try readString(from: &source)
        case .listZiplist: return try readZiplistList(from: &source)
        case .setIntegers: return try readIntegers(from: &source)
        case .setListpack: return try readPackedSet(from: &source)
        case .sortedSetZiplist, .sortedSetListpack: return try readPackedSortedSet(type, from: &source)
        case .hashZipmap, .hashZiplist, .hashListpack: return try readPackedHash(type, from: &source)
        case .earlyEndingHash where isValkey: return try readValkeyHash(from: &source)
        case .earlyEndingHash, .endingHash: return try readEndingHash(type, from: &source)
        case .earlyEndingHashListpack, .endingHashListpack: return try readEndingListpack(type, from: &source)
        case .earlyModule: throw .foreign("the value is of a module before Redis 4.0")
        case .module: throw .foreign("the value is of the module type '\(try ObjectReader.moduleName(from: &source))'")
        case .list, .quicklist, .quicklistOfZiplists, .set, .textSortedSet, .sortedSet, .hash, .stream,
            .streamWithMetadata, .streamWithActivity, .streamWithProducers, .streamWithReturns:
            preconditionFailure("the value comes in elements")
        }
    }

    private func readElements(of type: ObjectType, from source: inout PayloadReader) throws(PayloadError)
        -> LoadedValue
    {
        var value = try GrowingValue(type, from: &source, in: heap)
        do throws(PayloadError) {
            while !(try value.read(from: &source)) {}
        } catch {
            value.discard()
            throw error
        }
        return .stored(try value.finish())
    }

    /// Redis 8.8 and 8.10 have arrays, hashes of a template and rate limiters besides.
    static func unknown(_ number: UInt8) -> PayloadError {
        (28...33).contains(number) ? .foreign("the value is of a type (\(number)) of a newer Redis") : .malformed
    }

    private mutating func readString(from source: inout PayloadReader) throws(PayloadError) -> LoadedValue {
        var scratch = Buffer()
        let bytes = try source.string(&scratch)
        if bytes.count > Entry.longestInlineValue {
            return .stored(StoredValue(kind: .largeString, word: LargeString(bytes, in: heap).word))
        }
        text.truncate(to: 0)
        text.append(bytes)
        return .text
    }

    /// The nine letters of a module's type, of six bits each.
    static func moduleName(from source: inout PayloadReader) throws(PayloadError) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        let number = try source.length()
        return String((0..<9).map { letters[Int(number >> (10 + 6 * UInt64(8 - $0)) & 63)] })
    }

    /// Lets `body` fill a value; one that it gives up, or leaves empty, is freed.
    func build<Value: KeyspaceValue & ~Escapable>(
        _ value: consuming Value, _ body: (inout Value) throws(PayloadError) -> Void
    ) throws(PayloadError) -> LoadedValue {
        var value = value
        do throws(PayloadError) {
            try body(&value)
            guard !value.endsKey else { throw .empty }
            return .stored(StoredValue(kind: Value.kind, word: value.word))
        } catch {
            var stored = StoredValue(kind: Value.kind, word: value.word), budget = Int.max
            _ = stored.free(budget: &budget, to: heap)
            throw error
        }
    }

    /// While `body` runs, a small form is left for the number of elements alone, never for the size of one: so Redis
    /// takes over what was packed when it was written.
    func withoutSizeLimits<Result>(_ body: () throws(PayloadError) -> Result) throws(PayloadError) -> Result {
        let limits = heap.limits
        heap.limits.hashValueSize = .max
        heap.limits.setValueSize = .max
        heap.limits.sortedSetValueSize = .max
        defer { heap.limits = limits }
        return try body()
    }
}

/// Members seen so far, where a packed value would have to be searched for each of many.
struct MemberIndex: ~Copyable {
    private let table: HashTable<SetMember>

    init(in heap: Heap) { table = HashTable(heap: heap) }

    deinit {
        var budget = Int.max
        _ = table.free(budget: &budget)
    }

    /// False if the member was there.
    func insert(_ member: Bytes) -> Bool {
        let hash = table.heap.hash(member)
        guard table.find(member, hash) == nil else { return false }
        table.insert(SetMember(member, in: table.heap), hash)
        return true
    }
}
