// CLIENT MAINT_NOTIFICATIONS: whether a client hears when the server is about to go. Only Redis's services have had it
// so far; the words are those that client libraries send.

extension CLIENT {
    /// CLIENT MAINT_NOTIFICATIONS <ON [MOVING-ENDPOINT-TYPE type] | OFF>
    enum MaintNotifications: Command {
        static let declaration = Declaration(
            "maint_notifications", .connection, since: "8.2.0", complexity: "O(1)",
            summary: "Controls whether the client hears of maintenance, such as a move to another server.",
            flags: [.noScript, .loading, .stale],
            grammar: [
                .oneOf("enabled", [.word("ON"), .word("OFF")]).required,
                .oneOf(
                    "type",
                    [
                        .word("INTERNAL-IP"), .word("INTERNAL-FQDN"), .word("EXTERNAL-IP"), .word("EXTERNAL-FQDN"),
                        .word("NONE"),
                    ]
                ).announced(by: "MOVING-ENDPOINT-TYPE"),
            ])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            let isOn = try arguments.isSecond(2, of: "off", "on")
            guard arguments.count == 3 || isOn && arguments.count == 5 else { throw .syntax }
            guard isOn else {
                context.setNotices(.off)
                return reply.ok()
            }
            var notices = MaintenanceNotices.addressed
            if arguments.count == 5 {
                guard arguments.isWord(3, "moving-endpoint-type") else { throw .syntax }
                switch FoldedName(arguments[4]) {
                case FoldedName("none"): notices = .unaddressed
                case FoldedName("internal-ip"), FoldedName("internal-fqdn"), FoldedName("external-ip"),
                    FoldedName("external-fqdn"):
                    break
                default: throw .syntax
                }
            }
            guard context.client.output.version == .three else {
                throw .because("ERR CLIENT MAINT_NOTIFICATIONS requires RESP3")
            }
            context.setNotices(notices)
            reply.ok()
        }
    }
}
