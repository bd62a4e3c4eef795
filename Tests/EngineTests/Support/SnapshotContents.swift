// What a snapshot says, key by key, for tests that compare it with what it should say.

@testable import Engine

/// The records of a snapshot, as bytes.
struct SnapshotContents {
    struct Name: Hashable {
        let database: Int
        let key: [UInt8]
    }

    /// Everything that stands for the key behind the database, by its name.
    var records: [Name: [UInt8]] = [:]
    /// Names that came twice.
    var repeated: [Name] = []
    /// What has been said of the databases' sizes.
    var sizes: [Int: Int] = [:]
    var chunkCount = 0

    /// What a snapshot must say that is begun now.
    init(expectedOf keyspace: inout Keyspace) {
        var writer = ObjectWriter(.never)
        let (clock, heap) = (keyspace.clock, keyspace.heap)
        for index in 0..<keyspace.databases.count {
            keyspace.databases[index].shards.forEach { entry in
                writer.removeAll()
                writer.beginRecord(entry.key, deadline: entry.hasDeadline ? entry.deadline : nil, use: .none)
                switch entry.kind {
                case .string: writer.append(.bytes(entry.value))
                case .integer32, .integer64: writer.append(.integer(entry.integer))
                default: writer.append(StoredValue(kind: entry.kind, word: entry.word), in: heap)
                }
                records[Name(database: index, key: entry.key.array)] = writer.output.contents.array
            }
            if keyspace.databases[index].count > 0 { sizes[index] = keyspace.databases[index].count }
        }
        _ = clock
    }

    init() {}

    /// Reads chunks of the main stream, as far as there are any.
    mutating func take(from keyspace: inout Keyspace) {
        while let chunk = keyspace.snapshot?.takeChunk() {
            chunkCount += 1
            do throws(PayloadError) { try read(chunk.bytes.contents, keyspace.heap) } catch {
                preconditionFailure("a chunk that cannot be read: \(error)")
            }
        }
    }

    mutating func read(_ bytes: Bytes, _ heap: Heap) throws(PayloadError) {
        var source = PayloadReader(bytes), scratch = Buffer(), values = ObjectReader(heap: heap, now: 0)
        var database = -1, start = 0
        while source.remaining > 0 {
            let byte = try source.byte()
            switch SnapshotOpcode(rawValue: byte) {
            case .database:
                database = Int(try source.length())
                start = source.offset
            case .size:
                sizes[database] = Int(try source.length())
                _ = try source.length()
                start = source.offset
            case .deadlineMilliseconds: _ = try source.number(size: 8)
            case nil:
                let name = Name(database: database, key: try source.string(&scratch).array)
                if case .stored(let value) = try values.read(byte, from: &source) {
                    var value = value, budget = Int.max
                    _ = value.free(budget: &budget, to: heap)
                }
                let record = bytes.dropping(first: start).prefix(source.offset - start).array
                if records.updateValue(record, forKey: name) != nil { repeated.append(name) }
                start = source.offset
            default: throw .malformed
            }
        }
    }
}
