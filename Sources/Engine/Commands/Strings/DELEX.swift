// DELEX key [IFEQ value | IFNE value | IFDEQ digest | IFDNE digest]

enum DELEX: Command {
    static let declaration = Declaration(
        "delex", .string, since: "8.4.0",
        complexity: "O(1) for IFEQ/IFNE, O(N) for IFDEQ/IFDNE where N is the length of the string value.",
        summary: "Conditionally removes the specified key based on value or hash digest comparison.",
        flags: [.write, .fast], propagates: .rewritten, arity: -2,
        grammar: [
            .key("key", [.delete, .variable], note: "RW and ACCESS with a condition, otherwise only DELETE"),
            .oneOf("condition", Option.grammar),
        ])

    enum Option: Int, ValueConditionOption { case ifEq, ifNe, ifDEq, ifDNe }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let key = arguments.key(1)
        if arguments.count > 2 {
            guard arguments.count == 4 else { throw .wrongArgumentCount }
            guard arguments.option(Option.self, at: 2) != nil,
                let (condition, index) = arguments.valueCondition(try arguments.options(Option.self))
            else { throw .because("ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE") }
            guard let kind = context.keyspace.kind(of: key) else { return reply.integer(0) }
            guard kind == .string else {
                throw .because("ERR Key should be of string type if conditions are specified")
            }
            guard try context.meets(condition, key, arguments[index]) == true else { return reply.integer(0) }
        }
        reply.integer(context.removeAsCondition(key) ? 1 : 0)
    }
}

extension CommandContext {
    /// Removes a key whose value has been found to be the right one: the log hears only of that. False if there is no
    /// key.
    mutating func removeAsCondition(_ key: Key) -> Bool {
        guard keyspace.remove(key) else { return false }
        propagate(2) { log in
            log.append(word: "DEL")
            log.append(word: key.bytes)
        }
        return true
    }
}
