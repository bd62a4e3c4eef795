// A digest of data that does not depend on the order in which they lie in memory, nor on how values are encoded. For
// comparing two servers, or one server before and after. Not for secrets.

/// Forty hexadecimal digits for some data; equal data have equal digests.
struct DatasetDigest {
    private var words: (UInt64, UInt64, UInt64) = (0, 0, 0)

    init() {}

    init(_ bytes: Bytes) {
        words = (KeyHash(seed: 1)(bytes), KeyHash(seed: 2)(bytes), KeyHash(seed: 3)(bytes))
    }

    init(_ value: StringValue) { self = value.withBytes { DatasetDigest($0) } }

    /// Takes in one of several elements that have no order.
    mutating func add(_ other: DatasetDigest) {
        words = (words.0 &+ other.words.0, words.1 &+ other.words.1, words.2 &+ other.words.2)
    }

    /// Takes in what follows.
    mutating func append(_ other: DatasetDigest) {
        words = (
            DatasetDigest.mix(words.0, other.words.0), DatasetDigest.mix(words.1, other.words.1),
            DatasetDigest.mix(words.2, other.words.2)
        )
    }

    mutating func append(_ number: UInt64) {
        words = (
            DatasetDigest.mix(words.0, number), DatasetDigest.mix(words.1, number), DatasetDigest.mix(words.2, number)
        )
    }

    private static func mix(_ state: UInt64, _ word: UInt64) -> UInt64 {
        let product = (state &+ 0x9E37_79B9_7F4A_7C15) &* 0xD130_2B97_4BD1_2EF5
        let mixed = (product ^ product >> 31 ^ word) &* 0x9FB2_1C65_1E98_DF25
        return mixed ^ mixed >> 29
    }

    var text: String {
        let digits = [words.0, words.1, words.2].map { word in
            let text = String(word, radix: 16)
            return String(repeating: "0", count: 16 - text.utf8.count) + text
        }
        return String(digits.joined().prefix(40))
    }
}

extension CommandContext {
    /// The digest of every key of every database, with its value; whether it, or a field, has a deadline
    /// counts, not which.
    mutating func datasetDigest() -> DatasetDigest {
        var digest = DatasetDigest()
        let home = keyspace.selected
        for index in 0..<keyspace.databaseCount {
            keyspace.select(index)
            var keys: [[UInt8]] = []
            keyspace.forEachKey { key, _ in keys.append(key.array) }
            for key in keys {
                var name = Buffer(capacity: key.count)
                name.append(array: key)
                digest.add(keyDigest(of: name.contents, in: index))
            }
        }
        keyspace.select(home)
        return digest
    }

    private mutating func keyDigest(of key: Bytes, in database: Int) -> DatasetDigest {
        var digest = DatasetDigest(key)
        digest.append(UInt64(database))
        digest.append(valueDigest(of: Key(key)))
        if case .at? = keyspace.deadline(of: Key(key)) { digest.append(1) }
        return digest
    }

    /// The digest of a value; that of nothing if there is no key.
    mutating func valueDigest(of key: Key) -> DatasetDigest {
        var digest = DatasetDigest()
        guard let kind = keyspace.kind(of: key) else { return digest }
        do throws(CommandError) {
            switch kind {
            case .string: if let value = try keyspace.string(at: key) { digest.append(DatasetDigest(value)) }
            case .list:
                guard let list = try keyspace.value(at: key, as: ListValue.self) else { break }
                list.forEach(in: 0..<list.count) { digest.append(DatasetDigest($0)) }
            case .set: try keyspace.value(at: key, as: SetValue.self)?.forEach { digest.add(DatasetDigest($0)) }
            case .hash:
                try keyspace.value(at: key, as: HashValue.self)?.forEachLive { element, moment in
                    var pair = DatasetDigest(element.field)
                    pair.append(DatasetDigest(element.value))
                    if moment != 0 { pair.append(1) }
                    digest.add(pair)
                }
            case .sortedSet:
                try keyspace.value(at: key, as: SortedSetValue.self)?.forEach { member, score in
                    var pair = DatasetDigest(member)
                    pair.append((score + 0).bitPattern)
                    digest.add(pair)
                }
            case .stream: try keyspace.value(at: key, as: StreamValue.self)?.append(to: &digest)
            case .module: break
            }
        } catch {
            // The kind was asked for: it cannot be another one.
        }
        digest.append(DatasetDigest(Bytes(kind.name)))
        return digest
    }

    /// DEBUG DIGEST-VALUE key …
    mutating func writeDigests(_ arguments: Arguments, _ reply: inout ReplyWriter) {
        reply.array(arguments.count - 2)
        for index in 2..<arguments.count { reply.simple(text: valueDigest(of: Key(arguments[index])).text) }
    }
}

extension StreamValue {
    /// Entries in their order; groups do not count, as in Redis.
    func append(to digest: inout DatasetDigest) {
        var cursor = cursor()
        while cursor.next() {
            digest.append(cursor.id.milliseconds)
            digest.append(cursor.id.sequence)
            cursor.forEachField { field, value in
                digest.append(DatasetDigest(field))
                digest.append(DatasetDigest(value))
            }
        }
    }
}
