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
        let heap = keyspace.heap
        for index in 0..<keyspace.databases.count {
            keyspace.databases[index].shards.forEach { entry in
                writer.removeAll()
                writer.beginRecord(entry.key, deadline: entry.hasDeadline ? entry.deadline : nil, use: .none)
                switch entry.kind {
                case .string: writer.append(.bytes(entry.value))
                case .integer32, .integer64: writer.append(.integer(entry.integer))
                default: writer.append(StoredValue(kind: entry.kind, word: entry.word), in: heap)
                }
                read(writer.output.contents, heap, in: index)
            }
            if keyspace.databases[index].count > 0 { sizes[index] = keyspace.databases[index].count }
        }
    }

    init() {}

    /// Large values that have come in part.
    private var streams: [Int: [UInt8]] = [:]
    var largeCount = 0

    /// Reads the chunks, as far as there are any.
    mutating func take(from keyspace: inout Keyspace) {
        while let chunk = keyspace.snapshot?.takeChunk() {
            chunkCount += 1
            if chunk.stream == SnapshotChunk.mainStream {
                read(chunk.bytes.contents, keyspace.heap, in: -1)
                continue
            }
            streams[chunk.stream, default: []] += chunk.bytes.contents.array
            guard chunk.endsStream, let all = streams.removeValue(forKey: chunk.stream) else { continue }
            largeCount += 1
            let heap = keyspace.heap
            withBytes(of: all) { read($0, heap, in: -1) }
        }
    }

    var hasUnfinishedStreams: Bool { !streams.isEmpty }

    private mutating func read(_ bytes: Bytes, _ heap: Heap, in database: Int) {
        do throws(PayloadError) { try readRecords(bytes, heap, in: database) } catch {
            preconditionFailure("a chunk that cannot be read: \(error)")
        }
    }

    /// The elements of a container, in an order that does not depend on how it came to be.
    private func canonical(_ value: StoredValue, _ heap: Heap) -> [UInt8] {
        var elements: [[UInt8]] = []
        switch value.kind {
        case .hash:
            HashValue(word: value.word, heap: heap).forEach { element in
                elements.append(element.field.withBytes { $0.array } + [0] + element.value.withBytes { $0.array })
            }
        case .set: SetValue(word: value.word, heap: heap).forEach { elements.append($0.withBytes { $0.array }) }
        default:
            var writer = ObjectWriter(.never)
            writer.append(value, in: heap)
            return writer.output.contents.array
        }
        return [UInt8](elements.sorted { $0.lexicographicallyPrecedes($1) }.joined(separator: [0]))
    }

    private mutating func readRecords(_ bytes: Bytes, _ heap: Heap, in index: Int) throws(PayloadError) {
        var source = PayloadReader(bytes), scratch = Buffer(), values = ObjectReader(heap: heap, now: 0)
        var database = index, start = 0
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
                var record = bytes.dropping(first: start).prefix(source.offset - start).array
                switch try values.read(byte, from: &source) {
                case .text: record += values.text.contents.array
                case .stored(var value):
                    var budget = Int.max
                    record += canonical(value, heap)
                    _ = value.free(budget: &budget, to: heap)
                }
                if records.updateValue(record, forKey: name) != nil { repeated.append(name) }
                start = source.offset
            default: throw .malformed
            }
        }
    }
}
