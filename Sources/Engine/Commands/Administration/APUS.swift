// APUS: what this server can be told to do that others cannot.

enum APUS: CommandContainer {
    static let declaration = Declaration(
        "apus", .server, since: "8.6.0", complexity: "Depends on subcommand.",
        summary: "A container for commands of this server alone.", subcommands: [HandOff.self, Help.self])
}

extension APUS {
    /// APUS HANDOFF host[:port] [seconds]
    enum HandOff: Command {
        static let declaration = Declaration(
            "handoff", .server, since: "8.6.0", complexity: "O(N) where N is the number of connections.",
            summary: "Sends the clients to another server that have asked to hear of such a move.",
            flags: [.administration, .noScript, .loading, .stale],
            grammar: [.string("host"), .integer("seconds").optional])

        private static let longest: Int64 = 86_400

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            guard arguments.count <= 4 else { throw .wrongArgumentCount }
            var seconds = Int64(Handoff.defaultSeconds)
            if arguments.count == 4 { seconds = try arguments.integer(3) }
            guard (1...longest).contains(seconds) else {
                throw .because("ERR seconds must be between 1 and 86400")
            }
            guard let target = Handoff.address(arguments[2].text, port: context.settings.port) else {
                throw .because("ERR Invalid host: a name or an address, with or without a port, is expected")
            }
            reply.integer(context.handOff(to: target, seconds: Int(seconds)))
        }
    }

    /// APUS HELP
    enum Help: HelpCommand {
        static let declaration = Declaration.help(of: .server, since: "8.6.0")

        static let lines: [StaticString] = [
            "HANDOFF <host>[:<port>] [<seconds>]",
            "    Send the clients to another server that have asked to hear of such a move with",
            "    CLIENT MAINT_NOTIFICATIONS ON. It may take so many seconds (default: 30). Clients that",
            "    ask meanwhile hear of it, too. Returns how many have heard.",
        ]
    }
}
