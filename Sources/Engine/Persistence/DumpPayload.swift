// The frame of one value that leaves a server by DUMP and comes back by RESTORE: the value, the version of the format
// in two bytes, and the checksum of all that in eight.

/// A dumped value whose frame is in order.
struct DumpPayload: ~Escapable {
    private static let footerSize = 10
    /// Versions of Redis up to 8.10, and that of Valkey 9.
    static let newestVersion = 14, valkeyVersion = 80

    /// The type and the value.
    let value: Bytes
    let isValkey: Bool

    /// Nil if the version is none that this server reads, or the checksum is another one.
    @_lifetime(copy bytes)
    init?(_ bytes: Bytes, checkingSum: Bool) {
        guard bytes.count >= DumpPayload.footerSize else { return nil }
        let size = bytes.count - DumpPayload.footerSize
        let version = Int(bytes[size]) | Int(bytes[size + 1]) << 8
        guard version <= DumpPayload.newestVersion || version == DumpPayload.valkeyVersion else { return nil }
        if checkingSum {
            let sum = UInt64(littleEndian: bytes.word(at: size + 2))
            guard CRC64.checksum(of: bytes.prefix(size + 2)) == sum else { return nil }
        }
        value = bytes.prefix(size)
        isValkey = version == DumpPayload.valkeyVersion
    }

    /// Ends the one value that has been written.
    static func finish(_ writer: inout ObjectWriter) {
        writer.append(number: UInt64(writer.version), size: 2)
        writer.append(number: CRC64.checksum(of: writer.output.contents), size: 8)
    }
}

extension ObjectReader {
    /// The value of a whole payload, behind which nothing may follow.
    mutating func read(_ payload: DumpPayload) throws(PayloadError) -> LoadedValue {
        var source = PayloadReader(payload.value)
        let type = try source.byte(), value: LoadedValue
        do throws(PayloadError) { value = try read(type, from: &source) } catch {
            guard error.isDamage, let type = ObjectType(rawValue: type) else { throw error }
            throw .damaged(type.damage)
        }
        if source.remaining == 0 { return value }
        if case .stored(var stored) = value {
            var budget = Int.max
            _ = stored.free(budget: &budget, to: heap)
        }
        throw .malformed
    }
}

extension Keyspace {
    /// Writes the value of a key with its frame, in an empty writer; false if there is no such key. A hit
    /// or a miss, and a use. Refused if the version that is asked for would lose the deadlines of fields.
    mutating func dump(_ key: Key, to writer: inout ObjectWriter) throws(CommandError) -> Bool {
        writer.removeAll()
        let heap = heap, hasFieldDeadlines = writer.hasFieldDeadlines
        var losesDeadlines = false
        let isFound = inspect(key) { string, stored in
            if let string { writer.append(string) }
            if !hasFieldDeadlines, let stored, stored.kind == .hash { losesDeadlines = HashValue.isTimed(stored.word) }
            if let stored { writer.append(stored, in: heap) }
        }
        if losesDeadlines {
            throw .because("ERR Fields of this hash have a time to live: that takes rdb-save-version 12")
        }
        if isFound { DumpPayload.finish(&writer) }
        return isFound
    }
}
