// PFADD key [element …]

enum PFADD: Command {
    static let declaration = Declaration(
        "pfadd", .hyperloglog, since: "2.8.9", complexity: "O(1) to add every element.",
        summary: "Adds elements to a HyperLogLog key. Creates the key if it doesn't exist.",
        flags: [.write, .denyOOM, .fast], propagates: .verbatim,
        grammar: [.key("key", .insert), .string("element").optional.repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let longestSparse = context.keyspace.heap.limits.hyperLogLogSparseSize
        var changes = 0, isCorrupt = false
        try context.keyspace.editString(arguments.key(1), event: .pfadd) { string throws(CommandError) in
            if string.isNew { changes = 1 }
            var form = try string.beginHyperLogLog()
            for index in 2..<arguments.count {
                let element = HyperLogLogElement(arguments[index])
                do throws(CommandError) {
                    let isRaised = try string.raise(
                        element.register, to: element.rank, &form, longestSparse: longestSparse)
                    if isRaised { changes &+= 1 }
                } catch {
                    // What came before has happened.
                    isCorrupt = true
                    break
                }
            }
            if changes > 0 { string.markCardinalityOutdated() }
            return changes
        }
        if isCorrupt { throw .corruptHyperLogLog }
        reply.integer(changes > 0 ? 1 : 0)
    }
}
