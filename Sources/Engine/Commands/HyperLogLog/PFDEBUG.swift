// PFDEBUG subcommand key

enum PFDEBUG: Command {
    static let declaration = Declaration(
        "pfdebug", .hyperloglog, since: "2.8.9", complexity: "N/A",
        summary: "Internal commands for debugging HyperLogLog values.",
        flags: [.write, .denyOOM, .administration, .system], propagates: .verbatim,
        grammar: [.string("subcommand"), .key("key", .readAndConvert)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let key = arguments.key(2), name = FoldedName(arguments[1])
        let form = try context.hyperLogLogForm(of: key)
        if name == FoldedName("getreg") {
            try context.makeDense(key, form)
            try context.writeRegisters(key, &reply)
        } else if name == FoldedName("decode") {
            guard form == .sparse else { throw .because("ERR HLL encoding is not sparse") }
            try context.writeRuns(key, &reply)
        } else if name == FoldedName("encoding") {
            reply.simple(form == .dense ? "dense" : "sparse")
        } else if name == FoldedName("todense") {
            try context.makeDense(key, form)
            reply.integer(form == .sparse ? 1 : 0)
        } else {
            throw context.error("ERR Unknown PFDEBUG subcommand '\(arguments[1].quotableText)'")
        }
    }
}

extension CommandContext {
    fileprivate mutating func hyperLogLogForm(of key: Key) throws(CommandError) -> HyperLogLog.Form {
        guard let value = try keyspace.stringToChange(at: key) else {
            throw .because("ERR The specified key does not exist")
        }
        return try value.withBytes { string throws(CommandError) in try string.requiredHyperLogLogForm() }
    }

    fileprivate mutating func makeDense(_ key: Key, _ form: HyperLogLog.Form) throws(CommandError) {
        guard form == .sparse else { return }
        try keyspace.editString(key, event: nil) { string throws(CommandError) in
            try string.makeDense()
            return 1
        }
    }

    fileprivate mutating func writeRegisters(_ key: Key, _ reply: inout ReplyWriter) throws(CommandError) {
        guard let value = try keyspace.stringToChange(at: key) else { return }
        reply.array(HyperLogLog.registerCount)
        value.withBytes { string in
            for register in 0..<HyperLogLog.registerCount { reply.integer(Int(string.denseRegister(register))) }
        }
    }

    /// The runs of a sparse HyperLogLog: `z:` and `Z:` are zeros, `v:` a value and how many registers have it.
    fileprivate mutating func writeRuns(_ key: Key, _ reply: inout ReplyWriter) throws(CommandError) {
        guard let value = try keyspace.stringToChange(at: key) else { return }
        var text = Buffer()
        try value.withBytes { string throws(CommandError) in
            guard string.count <= HyperLogLog.longestSparse else { throw .corruptHyperLogLog }
            var offset = HyperLogLog.headerSize
            while offset < string.count {
                let run = string.registerRun(at: offset)
                if !text.isEmpty { text.append(" ") }
                text.append(run.value > 0 ? "v:" : run.size == 2 ? "Z:" : "z:")
                if run.value > 0 {
                    text.append(decimal: Int64(run.value))
                    text.append(",")
                }
                text.append(decimal: Int64(run.length))
                offset += run.size
            }
        }
        reply.bulk(text.contents)
    }
}
