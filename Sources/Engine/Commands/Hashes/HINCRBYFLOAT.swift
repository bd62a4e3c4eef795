// HINCRBYFLOAT key field increment

internal import Platform

enum HINCRBYFLOAT: Command {
    static let declaration = Declaration(
        "hincrbyfloat", .hash, since: "2.6.0", complexity: "O(1)",
        summary:
            "Increments the floating point value of a field by a number. Uses 0 as initial value if the field "
            + "doesn't exist.",
        flags: [.write, .denyOOM, .fast], propagates: .rewritten,
        grammar: [.key("key", .readAndUpdate), .string("field"), .double("increment")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard let amount = ExtendedFloatText.parse(arguments[3].span) else { throw .notAFloat }
        guard amount.isFinite else { throw .because("ERR value is NaN or Infinity") }
        var text = Buffer(), ends = false
        context.removeDueFields(arguments, 2..<3)
        try context.keyspace.update(
            arguments.key(1), as: HashValue.self, ifMissing: .create, event: .hincrbyfloat
        ) { (hash) throws(CommandError) in
            var sum = amount
            if let value = hash.value(of: arguments[2]) {
                guard let start = value.withBytes({ ExtendedFloatText.parse($0.span) }) else {
                    throw .because("ERR hash value is not a float")
                }
                sum = start + amount
            }
            guard sum.isFinite else { throw .notFinite }
            text.append(array: ExtendedFloatText.digits(of: sum))
            ends = hash.isTimed && (hash.deadline(of: arguments[2]) ?? 0) != 0
            hash.edit(arguments[2], to: text.contents)
            return 1
        }
        context.nameFields(arguments, 2..<3, of: .hincrbyfloat)
        reply.bulk(text.contents)
        // The sum itself: another machine might add or write it differently.
        context.propagate(ends ? 7 : 4) { log in
            // HSET would take the deadline away; older servers, which know no other words, know no deadlines either.
            log.append(word: ends ? "HSETEX" : "HSET")
            log.append(word: arguments[1])
            if ends {
                log.append(word: "KEEPTTL")
                log.append(word: "FIELDS")
                log.append(word: 1)
            }
            log.append(word: arguments[2])
            log.append(word: text.contents)
        }
    }
}
