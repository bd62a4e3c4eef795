// PSETEX key milliseconds value

enum PSETEX: Command {
    static let declaration = Declaration(
        "psetex", .string, since: "2.6.0", complexity: "O(1)",
        summary:
            "Sets both string value and expiration time in milliseconds of a key. The key is created if it "
            + "doesn't exist.",
        flags: [.write, .denyOOM], propagates: .rewritten,
        deprecated: .init(version: "2.6.12", replacement: "`SET` with the `PX` argument"),
        grammar: [.key("key", .overwrite), .integer("milliseconds"), .string("value")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let moment = try Deadline.moment(arguments.integer(2), .milliseconds, from: context.now)
        try context.keyspace.replace(arguments.key(1), with: arguments[3], deadline: .at(moment), event: .set)
        context.propagateSet(arguments.key(1), arguments[3], until: moment)
        reply.ok()
    }
}
