// The subcommands of DEBUG that look at keys: how values are kept, and how full tables are.

extension CommandContext {
    /// DEBUG POPULATE count [prefix] [size]
    mutating func populate(_ arguments: Arguments, _ reply: inout ReplyWriter) throws(CommandError) {
        guard let count = arguments[2].integer, count >= 0 else { throw .mustBePositive }
        guard let size = arguments.count > 4 ? arguments[4].integer : 0, size >= 0, size <= 512 << 20 else {
            throw .mustBePositive
        }
        var key = Buffer(), value = Buffer()
        for number in 0..<count {
            key.truncate(to: 0)
            if arguments.count > 3 { key.append(arguments[3]) } else { key.append("key") }
            key.append(":")
            key.append(decimal: number)
            if keyspace.contains(Key(key.contents)) { continue }
            value.truncate(to: 0)
            value.append("value:")
            value.append(decimal: number)
            if size > 0 {
                while value.count < size { value.append(byte: 0) }
                value.truncate(to: Int(size))
            }
            try keyspace.replace(Key(key.contents), with: value.contents, event: .set)
        }
        reply.ok()
    }

    mutating func describeObject(_ arguments: Arguments, _ reply: inout ReplyWriter) throws(CommandError) {
        let key = Key(arguments[2])
        // What is asked here lies in the tables: also a key whose time has come and that nobody has met since.
        let holdsEverything = keyspace.holdsEverything
        keyspace.holdsEverything = true
        defer { keyspace.holdsEverything = holdsEverything }
        guard let description = keyspace.describe(key) else { throw .noSuchKey }
        // Values have no addresses of their own; the key's hash stands for one, and stays as long.
        let address = String(keyspace.hash(arguments[2]) & 0xFFFF_FFFF_FFFF, radix: 16)
        // A payload has a byte of its type before the value, and ten of version and sum behind it.
        var writer = settings.dumpWriter
        let size = try keyspace.dump(key, to: &writer) ? writer.output.count - 11 : 0
        let lastUse = now / 1000 - Int64(description.idleSeconds)
        var text =
            "Value at:0x\(address) refcount:\(description.references) encoding:\(description.encoding)"
            + " serializedlength:\(size) lru:\(lastUse & 0xFF_FFFF) lru_seconds_idle:\(description.idleSeconds)"
        if "\(description.encoding)" == "quicklist", let list = try keyspace.peek(at: key, as: ListValue.self) {
            let nodes = list.nodes
            let mean = Double(list.count) / Double(max(1, nodes.count))
            text +=
                " ql_nodes:\(nodes.count) ql_avg_node:\(mean.text(digits: 2))"
                + " ql_listpack_max:\(settings.encodings.listNodeSize)"
                + " ql_compressed:\(settings.encodings.listCompressDepth == 0 ? 0 : 1)"
                + " ql_uncompressed_size:\(nodes.byteCount)"
        }
        reply.simple(text: text)
    }

    /// Whether a value has such a form; its blocks are shown to nobody.
    mutating func describeForm(
        _ form: String, _ arguments: Arguments, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard let description = keyspace.describe(Key(arguments[2])) else { throw .noSuchKey }
        guard "\(description.encoding)" == form else { throw error("ERR Not a \(form) encoded object.") }
        reply.simple(text: "\(form.prefix(1).uppercased())\(form.dropFirst()) structure printed on stdout")
    }

    mutating func describeString(_ arguments: Arguments, _ reply: inout ReplyWriter) throws(CommandError) {
        let key = Key(arguments[2])
        guard let description = keyspace.describe(key) else { throw .noSuchKey }
        guard description.kind == .string, "\(description.encoding)" != "int" else {
            throw .because("ERR Not an sds encoded string.")
        }
        let size = description.memoryUsage
        let count = try keyspace.string(at: key)?.textCount ?? 0
        reply.simple(
            text: "key_sds_len:\(arguments[2].count), key_sds_avail:0, key_zmalloc: \(size), "
                + "val_sds_len:\(count), val_sds_avail:0, val_zmalloc: \(size)")
    }

    // MARK: Tables

    mutating func describeTable(_ arguments: Arguments, _ reply: inout ReplyWriter) throws(CommandError) {
        let index = try arguments.integer(2)
        guard index >= 0, index < Int64(keyspace.databaseCount) else { throw .because("ERR Out of range database") }
        let count = keyspace.databases[Int(index)].count, timed = keyspace.databases[Int(index)].countWithDeadline
        reply.verbatim(
            text: "[Dictionary HT]\n\(CommandContext.tableStatistics(count))[Expires HT]\n"
                + CommandContext.tableStatistics(timed))
    }

    mutating func describeValueTable(_ arguments: Arguments, _ reply: inout ReplyWriter) throws(CommandError) {
        let key = Key(arguments[2])
        guard let description = keyspace.describe(key) else { throw .noSuchKey }
        let encoding = "\(description.encoding)"
        guard encoding == "hashtable" || encoding == "skiplist" else {
            throw .because("ERR The value stored at the specified key is not represented using an hash table")
        }
        var count = 0
        switch description.kind {
        case .set: count = try keyspace.value(at: key, as: SetValue.self)?.count ?? 0
        case .hash: count = try keyspace.value(at: key, as: HashValue.self)?.count ?? 0
        default: count = try keyspace.value(at: key, as: SortedSetValue.self)?.count ?? 0
        }
        reply.verbatim(text: CommandContext.tableStatistics(count))
    }

    /// In Redis's words, with the size that its table would have.
    private static func tableStatistics(_ count: Int) -> String {
        guard count > 0 else {
            return "Hash table 0 stats (main hash table):\nNo stats available for empty dictionaries\n"
        }
        var size = 4
        while size < count { size *= 2 }
        return "Hash table 0 stats (main hash table):\n table size: \(size)\n number of elements: \(count)\n"
    }
}
