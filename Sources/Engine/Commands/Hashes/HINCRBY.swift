// HINCRBY key field increment

enum HINCRBY: Command {
    static let declaration = Declaration(
        "hincrby", .hash, since: "2.0.0", complexity: "O(1)",
        summary:
            "Increments the integer value of a field in a hash by a number. Uses 0 as initial value if the "
            + "field doesn't exist.",
        flags: [.write, .denyOOM, .fast], propagates: .verbatim,
        grammar: [.key("key", .readAndUpdate), .string("field"), .integer("increment")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let amount = try arguments.integer(3)
        var sum: Int64 = 0
        context.removeDueFields(arguments, 2..<3)
        try context.keyspace.update(
            arguments.key(1), as: HashValue.self, ifMissing: .create, event: .hincrby
        ) { (hash) throws(CommandError) in
            var start: Int64 = 0
            if let value = hash.value(of: arguments[2]) {
                guard let integer = value.integer else { throw .because("ERR hash value is not an integer") }
                start = integer
            }
            let (result, overflows) = start.addingReportingOverflow(amount)
            guard !overflows else { throw .overflow }
            sum = result
            hash.edit(arguments[2], to: sum)
            return 1
        }
        context.nameFields(arguments, 2..<3, of: .hincrby)
        reply.integer(Int(sum))
    }
}
