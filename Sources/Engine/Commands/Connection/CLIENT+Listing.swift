// CLIENT LIST, INFO and HELP: what there is to be read about connections.

extension CLIENT {
    /// CLIENT INFO
    enum Info: Command {
        static let declaration = Declaration(
            "info", .connection, since: "6.2.0", complexity: "O(1)",
            summary: "Returns information about the connection.",
            flags: [.noScript, .loading, .stale], tips: ["nondeterministic_output"])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            context.client.lastCommand = context.commands.find(arguments)
            reply.verbatim(text: context.describe(context.current) + "\n")
        }
    }
}

extension CLIENT {
    /// CLIENT LIST [TYPE NORMAL | MASTER | REPLICA | PUBSUB] [ID client-id …], and what else `ClientFilter` knows
    enum List: Command {
        static let declaration = Declaration(
            "list", .connection, since: "2.4.0", complexity: "O(N) where N is the number of client connections",
            summary: "Lists open connections.",
            flags: [.administration, .noScript, .loading, .stale], tips: ["nondeterministic_output"],
            history: [
                .init("2.8.12", "Added unique client `id` field."), .init("5.0.0", "Added optional `TYPE` filter."),
                .init("6.0.0", "Added `user` field."),
                .init("6.2.0", "Added `argv-mem`, `tot-mem`, `laddr` and `redir` fields and the optional `ID` filter."),
                .init("7.0.0", "Added `resp`, `multi-mem`, `rbs` and `rbp` fields."),
                .init("7.0.3", "Added `ssub` field."), .init("7.4.0", "Added `watch` field."),
                .init("8.0.0", "Added `tot-net-in`, `tot-net-out` and `tot-cmds` fields."),
                .init("9.0.0", "Added the filters that CLIENT KILL has."),
            ],
            grammar: [
                .token(
                    Option.type,
                    .oneOf("client-type", [.word("NORMAL"), .word("MASTER"), .word("REPLICA"), .word("PUBSUB")])
                        .required
                ).since("5.0.0"),
                .token(Option.id, .integer("client-id")).repeated.since("6.2.0"),
                .token(Option.user, .string("username")).since("8.1.0"),
                .token(Option.addr, .string("addr", display: "ip:port")).since("8.1.0"),
                .token(Option.laddr, .string("laddr", display: "ip:port")).since("8.1.0"),
                .token(Option.skipme, .oneOf("skipme", [.word("YES"), .word("NO")]).required).since("8.1.0"),
                .token(Option.maxage, .integer("maxage")).since("8.1.0"),
            ] + ClientFilter.laterGrammar)

        enum Option: Int, CommandOption { case type, id, user, addr, laddr, skipme, maxage }

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            context.client.lastCommand = context.commands.find(arguments)
            reply.verbatim(text: try context.lines(arguments))
        }
    }
}

extension CommandContext {
    /// A line for each client that the words ask for.
    fileprivate mutating func lines(_ arguments: Arguments) throws(CommandError) -> String {
        var text = ""
        if arguments.count == 2 {
            for client in clients.identifiers { text += describe(client) + "\n" }
        } else if arguments.count > 3, arguments.isWord(2, "id"), arguments.areIntegers(from: 3) {
            // In the order of the numbers, and each as often as it is named.
            for index in 3..<arguments.count {
                let number = try arguments.integer(index)
                if let client = clients.identifier(numbered: UInt64(bitPattern: number)) {
                    text += describe(client) + "\n"
                }
            }
        } else {
            var filter = ClientFilter(skipsSelf: false, numberError: .because("ERR Invalid client ID"))
            try filter.read(arguments, &self)
            for client in clients.identifiers where filter.matches(client, self) { text += describe(client) + "\n" }
        }
        return text
    }

    /// The class of clients that the word names.
    mutating func clientClass(_ word: Bytes) throws(CommandError) -> ClientClass {
        switch FoldedName(word) {
        case FoldedName("normal"): return .normal
        case FoldedName("slave"), FoldedName("replica"): return .replica
        case FoldedName("pubsub"): return .pubSub
        case FoldedName("master"), FoldedName("primary"): return .master
        default: throw error("ERR Unknown client type '\(word.quotableText)'")
        }
    }
}

extension Arguments {
    /// All words from `first` on are integers.
    fileprivate func areIntegers(from first: Int) -> Bool {
        for index in first..<count where self[index].integer == nil { return false }
        return true
    }
}

extension CLIENT {
    /// CLIENT HELP
    enum Help: HelpCommand {
        static let declaration = Declaration.help(of: .connection, since: "5.0.0")

        static let lines: [StaticString] = [
            "CACHING (YES|NO)",
            "    Enable/disable tracking of the keys for next command in OPTIN/OPTOUT modes.",
            "GETREDIR",
            "    Return the client ID we are redirecting to when tracking is enabled.",
            "GETNAME",
            "    Return the name of the current connection.",
            "ID",
            "    Return the ID of the current connection.",
            "INFO",
            "    Return information about the current client connection.",
            "KILL <ip:port>",
            "    Kill connection made from <ip:port>.",
            "KILL <option> <value> [<option> <value> [...]]",
            "    Kill connections. Options are:",
            "    * ADDR (<ip:port>|<unixsocket>:0)",
            "      Kill connections made from the specified address",
            "    * LADDR (<ip:port>|<unixsocket>:0)",
            "      Kill connections made to specified local address",
            "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
            "      Kill connections by type.",
            "    * USER <username>",
            "      Kill connections authenticated by <username>.",
            "    * SKIPME (YES|NO)",
            "      Skip killing current connection (default: yes).",
            "LIST [options ...]",
            "    Return information about client connections. Options:",
            "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
            "      Return clients of specified type.",
            "UNPAUSE",
            "    Stop the current client pause, resuming traffic.",
            "PAUSE <timeout> [WRITE|ALL]",
            "    Suspend all, or just write, clients for <timeout> milliseconds.",
            "REPLY (ON|OFF|SKIP)",
            "    Control the replies sent to the current connection.",
            "SETNAME <name>",
            "    Assign the name <name> to the current connection.",
            "SETINFO <option> <value>",
            "    Set client meta attr. Options are:",
            "    * LIB-NAME: the client lib name.",
            "    * LIB-VER: the client lib version.",
            "UNBLOCK <clientid> [TIMEOUT|ERROR]",
            "    Unblock the specified blocked client.",
            "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]",
            "         [OPTIN] [OPTOUT] [NOLOOP]",
            "    Control server assisted client side caching.",
            "TRACKINGINFO",
            "    Report tracking status for the current connection.",
            "NO-EVICT (ON|OFF)",
            "    Protect current client connection from eviction.",
            "NO-TOUCH (ON|OFF)",
            "    Will not touch LRU/LFU stats when this mode is on.",
        ]
    }
}
