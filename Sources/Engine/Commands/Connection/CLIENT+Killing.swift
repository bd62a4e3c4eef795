// CLIENT KILL: ends connections, by address as in old times or by any number of filters.

extension CLIENT {
    /// CLIENT KILL <ip:port | <[ID client-id] | [TYPE NORMAL | MASTER | SLAVE | REPLICA | PUBSUB] | [USER username] |
    /// [ADDR ip:port] | [LADDR ip:port] | [SKIPME YES | NO] …>>
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
                .init("6.2.0", "`LADDR` option."),
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
                            ]
                        ).required.repeated,
                    ]
                ).required
            ])

        enum Option: Int, CommandOption { case id, type, user, addr, laddr, skipme }

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            let isOldForm = arguments.count == 3
            var filter = ClientFilter()
            if isOldForm { filter.peer = arguments[2].text } else { try filter.read(arguments, &context) }
            let skipsSelf = filter.skipsSelf && !isOldForm
            var killed = 0, includesSelf = false
            for client in context.clients.identifiers where filter.matches(client, context) {
                if client == context.current {
                    if skipsSelf { continue }
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

/// Which clients are meant; what is not said does not matter.
private struct ClientFilter {
    var peer: String?
    var local: String?
    var number: UInt64?
    var kind: ClientClass?
    var skipsSelf = true

    /// Reads pairs of words, from the third on.
    mutating func read(_ arguments: Arguments, _ context: inout CommandContext) throws(CommandError) {
        var index = 2
        while index < arguments.count {
            guard index + 1 < arguments.count else { throw .syntax }
            let value = arguments[index + 1]
            switch FoldedName(arguments[index]) {
            case FoldedName("id"):
                guard let number = value.integer, number > 0 else {
                    throw .because("ERR client-id should be greater than 0")
                }
                self.number = UInt64(number)
            case FoldedName("type"): kind = try context.clientClass(value)
            case FoldedName("addr"): peer = value.text
            case FoldedName("laddr"): local = value.text
            case FoldedName("user"):
                let isKnown = value == Bytes("default")
                guard isKnown else { throw context.error("ERR No such user '\(value.quotableText)'") }
            case FoldedName("skipme"):
                skipsSelf = FoldedName(value) == FoldedName("yes")
                guard skipsSelf || FoldedName(value) == FoldedName("no") else { throw .syntax }
            default: throw .syntax
            }
            index += 2
        }
    }

    func matches(_ client: ClientIdentifier, _ context: borrowing CommandContext) -> Bool {
        if let peer, context.address(context.clients[client].peer, client) != peer { return false }
        if let local, context.address(context.clients[client].local, client) != local { return false }
        if let number, context.clients[client].number != number { return false }
        if let kind, context.clients[client].kind != kind { return false }
        return true
    }
}
