// CLIENT KILL: ends connections, by address as in old times or by any number of filters.

extension CLIENT {
    /// CLIENT KILL <ip:port | <[ID client-id] | [TYPE NORMAL | MASTER | SLAVE | REPLICA | PUBSUB] | [USER username] |
    /// [ADDR ip:port] | [LADDR ip:port] | [SKIPME YES | NO] | [MAXAGE seconds] …>>, and what else `ClientFilter` knows
    enum Kill: Command {
        static let declaration = Declaration(
            "kill", .connection, since: "2.4.0", complexity: "O(N) where N is the number of client connections",
            summary: "Terminates open connections.",
            flags: [.administration, .noScript, .loading, .stale],
            history: [
                .init("2.8.12", "Added new filter format."), .init("2.8.12", "`ID` option."),
                .init("3.2.0", "Added `master` type in for `TYPE` option."),
                .init(
                    "5.0.0",
                    "Replaced `slave` `TYPE` with `replica`. `slave` still supported for backward compatibility."),
                .init("6.2.0", "`LADDR` option."), .init("7.4.0", "`MAXAGE` option."),
                .init("9.0.0", "More filters, several IDs, and `NOT-` before most filters."),
            ],
            arity: -3,
            grammar: [
                .oneOf(
                    "filter",
                    [
                        .string("old-format", display: "ip:port").deprecated(since: "2.8.12"),
                        .oneOf(
                            "new-format", optionalChoices: true,
                            [
                                .token(Option.id, .integer("client-id")).since("2.8.12"),
                                .token(
                                    Option.type,
                                    .oneOf(
                                        "client-type",
                                        [
                                            .word("NORMAL"), .word("MASTER").since("3.2.0"), .word("SLAVE"),
                                            .word("REPLICA").since("5.0.0"), .word("PUBSUB"),
                                        ]
                                    ).required
                                ).since("2.8.12"), .token(Option.user, .string("username")),
                                .token(Option.addr, .string("addr", display: "ip:port")),
                                .token(Option.laddr, .string("laddr", display: "ip:port")).since("6.2.0"),
                                .token(Option.skipme, .oneOf("skipme", [.word("YES"), .word("NO")]).required),
                                .token(Option.maxage, .integer("maxage")).since("7.4.0"),
                            ] + ClientFilter.laterGrammar
                        ).required.repeated,
                    ]
                ).required
            ])

        enum Option: Int, CommandOption { case id, type, user, addr, laddr, skipme, maxage }

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            let isOldForm = arguments.count == 3
            var filter = isOldForm ? ClientFilter(peer: arguments[2].text) : ClientFilter(skipsSelf: true)
            if !isOldForm { try filter.read(arguments, &context) }
            var killed = 0, includesSelf = false
            for client in context.clients.identifiers where filter.matches(client, context) {
                if client == context.current {
                    includesSelf = true
                } else {
                    context.disconnect(client)
                }
                killed += 1
            }
            if isOldForm, killed == 0 { throw .because("ERR No such client") }
            if isOldForm { reply.ok() } else { reply.integer(killed) }
            if includesSelf { context.closeAfterReply() }
        }
    }
}
