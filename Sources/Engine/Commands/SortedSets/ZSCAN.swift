// ZSCAN key cursor [MATCH pattern] [COUNT count]

internal import Platform

enum ZSCAN: Command {
    static let declaration = Declaration(
        "zscan", .sortedSet, since: "2.8.0", complexity: ScanOption.complexity,
        summary: "Iterates over members and scores of a sorted set.",
        flags: [.readOnly], tips: ["nondeterministic_output"],
        grammar: [.key("key", .read)] + .scanning)

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let cursor = try arguments.cursor(2)
        guard let set = try context.keyspace.value(at: arguments.key(1), as: SortedSetValue.self) else {
            return reply.emptyScan()
        }
        let filter = try ScanFilter(arguments, from: 3)
        let place = reply.beginScan(), isLarge = set.isLarge
        var count = 0
        let next = set.scan(cursor, count: filter.count) { member, score in
            guard filter.shows(member) else { return }
            reply.bulk(member)
            reply.scanned(score, inLargeForm: isLarge)
            count += 2
        }
        reply.endScan(place, cursor: next, count)
    }
}

extension ReplyWriter {
    /// A score as ZSCAN shows it, text in both protocols: like all scores in a small set, with 17 digits in a large
    /// one.
    fileprivate mutating func scanned(_ score: Double, inLargeForm isLarge: Bool) {
        if let integer = score.plainInteger, integer.magnitude < 100_000_000_000_000_000 {
            return bulk(decimal: integer)
        }
        if isLarge { return bulk(array: ExtendedFloatText.significantDigits(of: score)) }
        var text = Buffer(capacity: 32)
        text.append(double: score)
        bulk(text.contents)
    }
}
