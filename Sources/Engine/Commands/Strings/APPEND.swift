// APPEND key value

enum APPEND: Command {
    static let declaration = Declaration(
        "append", .string, since: "2.0.0",
        complexity:
            "O(1). The amortized time complexity is O(1) assuming the appended value is small and the already "
            + "present value is of any size, since the dynamic string library used by Redis will double the free "
            + "space available on every reallocation.",
        summary: "Appends a string to the value of a key. Creates the key if it doesn't exist.",
        flags: [.write, .denyOOM, .fast], propagates: .verbatim, grammar: [.key("key", .insert), .string("value")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let key = arguments.key(1), added = arguments[2]
        guard let kind = context.keyspace.kind(of: key) else {
            try context.keyspace.replace(key, with: added, event: .append)
            return reply.integer(added.count)
        }
        guard kind == .string else { throw .wrongType }
        let longest = context.settings.maxBulkLength
        var count = 0
        try context.keyspace.editString(key, event: .append) { string throws(CommandError) in
            guard added.count <= longest, string.count <= longest - added.count else { throw .tooLong }
            string.append(added)
            count = string.count
            return 1
        }
        reply.integer(count)
    }
}
