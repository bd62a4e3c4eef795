// SSCAN key cursor [MATCH pattern] [COUNT count]

enum SSCAN: Command {
    static let declaration = Declaration(
        "sscan", .set, since: "2.8.0", complexity: ScanOption.complexity,
        summary: "Iterates over members of a set.",
        flags: [.readOnly], tips: ["nondeterministic_output"],
        grammar: [.key("key", .read)] + .scanning)

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let cursor = try arguments.cursor(2)
        guard let set = try context.keyspace.value(at: arguments.key(1), as: SetValue.self) else {
            return reply.emptyScan()
        }
        let filter = try ScanFilter(arguments, from: 3)
        let place = reply.beginScan()
        var count = 0
        let next = set.scan(cursor, count: filter.count) {
            guard filter.shows($0) else { return }
            reply.bulk($0)
            count += 1
        }
        reply.endScan(place, cursor: next, count)
    }
}
