// HSCAN key cursor [MATCH pattern] [COUNT count] [NOVALUES]

enum HSCAN: Command {
    static let declaration = Declaration(
        "hscan", .hash, since: "2.8.0", complexity: ScanOption.complexity,
        summary: "Iterates over fields and values of a hash.",
        flags: [.readOnly], tips: ["nondeterministic_output"],
        grammar: [.key("key", .read)] + .scanning + [.token(ScanOption.noValues)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let cursor = try arguments.cursor(2)
        guard let hash = try context.keyspace.value(at: arguments.key(1), as: HashValue.self) else {
            return reply.emptyScan()
        }
        let filter = try ScanFilter(arguments, from: 3, ofFields: true)
        let place = reply.beginScan()
        var count = 0
        let next = hash.scan(cursor, count: filter.count) {
            guard filter.shows($0.field) else { return }
            reply.bulk($0.field)
            count += 1
            if filter.hidesValues { return }
            reply.bulk($0.value)
            count += 1
        }
        reply.endScan(place, cursor: next, count)
    }
}
