// SUBSTR key start end

enum SUBSTR: Command {
    static let declaration = Declaration(
        "substr", .string, since: "1.0.0",
        complexity:
            "O(N) where N is the length of the returned string. The complexity is ultimately determined by the "
            + "returned length, but because creating a substring from an existing string is very cheap, it can "
            + "be considered O(1) for small strings.",
        summary: "Returns a substring from a string value.",
        flags: [.readOnly], deprecated: .init(version: "2.0.0", replacement: "`GETRANGE`"),
        grammar: [.key("key", .read), .integer("start"), .integer("end")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try GETRANGE.run(arguments, &context, &reply)
    }
}
