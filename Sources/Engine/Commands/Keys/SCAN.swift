// SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]

enum SCAN: Command {
    static let declaration = Declaration(
        "scan", .generic, since: "2.8.0", complexity: ScanOption.complexity,
        summary: "Iterates over the key names in the database.",
        flags: [.readOnly], categories: [.keyspace],
        tips: ["nondeterministic_output", "request_policy:special", "response_policy:special"],
        history: [.init("6.0.0", "Added the `TYPE` subcommand.")],
        grammar: .scanning + [.token(ScanOption.type, .string("type")).since("6.0.0")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let cursor = try arguments.cursor(1)
        let options = try arguments.scanOptions()
        let count = try arguments.integer(after: .count, in: options) ?? 10
        guard count > 0 else { throw .syntax }
        let patternIndex = arguments.index(after: .match, in: options)
        let pattern = GlobPattern(arguments[patternIndex ?? 0])
        let everything = patternIndex == nil || pattern.matchesEverything
        let typeName = arguments.index(after: .type, in: options).map { FoldedName(arguments[$0]) }
        var found = ReplyWriter(), foundCount = 0, hits = 0
        let next = context.keyspace.scan(cursor, count: Int(clamping: count)) { key, kind in
            guard everything || pattern.matches(key) else { return }
            if let typeName {
                // Redis looks such a key up, and counts it.
                hits += 1
                guard typeName == FoldedName(kind.name) else { return }
            }
            found.bulk(key)
            foundCount += 1
        }
        context.keyspace.countReads(hits: hits, misses: 0)
        reply.array(2)
        reply.bulk(decimal: Int64(next))
        reply.array(foundCount)
        reply.takeOver(found, droppingFirst: 0)
    }
}

extension Arguments {
    /// The options of SCAN, which knows the word of HSCAN that it refuses.
    fileprivate func scanOptions() throws(CommandError) -> Options<ScanOption> {
        do throws(CommandError) { return try options(ScanOption.self) } catch {
            for index in 2..<count where isWord(index, "novalues") {
                throw .because("ERR NOVALUES option can only be used in HSCAN")
            }
            throw error
        }
    }
}
