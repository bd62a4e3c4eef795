// INCRBYFLOAT key increment

internal import Platform

enum INCRBYFLOAT: Command {
    static let declaration = Declaration(
        "incrbyfloat", .string, since: "2.6.0", complexity: "O(1)",
        summary:
            "Increment the floating point value of a key by a number. Uses 0 as initial value if the key "
            + "doesn't exist.",
        flags: [.write, .denyOOM, .fast], propagates: .rewritten,
        grammar: [.key("key", .readAndUpdate), .double("increment")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let key = arguments.key(1)
        var old: ExtendedFloat? = 0
        if let value = try context.keyspace.stringToChange(at: key) { old = value.extendedFloat }
        guard let start = old, let amount = arguments[2].extendedFloat else { throw .notAFloat }
        let sum = start + amount
        guard sum.isFinite else { throw .notFinite }
        var text = Buffer()
        text.append(array: ExtendedFloatText.digits(of: sum))
        try context.keyspace.replace(key, with: text.contents, deadline: .unchanged, form: .isText, event: .incrbyfloat)
        reply.bulk(text.contents)
        context.propagate(4) { log in
            log.append(word: "SET")
            log.append(word: key.bytes)
            log.append(word: text.contents)
            log.append(word: "KEEPTTL")
        }
    }
}
