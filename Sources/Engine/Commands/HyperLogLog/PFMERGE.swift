// PFMERGE destkey [sourcekey …]

enum PFMERGE: Command {
    static let declaration = Declaration(
        "pfmerge", .hyperloglog, since: "2.8.9",
        complexity: "O(N) to merge N HyperLogLogs, but with high constant times.",
        summary: "Merges one or more HyperLogLog values into a single key.",
        flags: [.write, .denyOOM], propagates: .verbatim,
        grammar: [.key("destkey", .readAndInsert), .key("sourcekey", .read).optional.repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        var registers = RegisterMaxima()
        let wanted = try context.merge(arguments, from: 1, into: &registers)
        let longestSparse = context.keyspace.heap.limits.hyperLogLogSparseSize
        try context.keyspace.editString(arguments.key(1), event: .pfadd) { string throws(CommandError) in
            var form = try string.beginHyperLogLog()
            if wanted == .dense {
                if form == .sparse { try string.makeDense() }
                string.writeDense(registers)
            } else {
                try string.raise(registers, &form, longestSparse: longestSparse)
            }
            string.markCardinalityOutdated()
            return 1
        }
        reply.ok()
    }
}
