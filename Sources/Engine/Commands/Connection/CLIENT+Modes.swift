// CLIENT REPLY, NO-EVICT, NO-TOUCH: how the server treats one connection.

extension CLIENT {
    /// CLIENT REPLY <ON | OFF | SKIP>
    enum Reply: Command {
        static let declaration = Declaration(
            "reply", .connection, since: "3.2.0", complexity: "O(1)",
            summary: "Instructs the server whether to reply to commands.",
            flags: [.noScript, .loading, .stale],
            grammar: [.oneOf("action", [.word("ON"), .word("OFF"), .word("SKIP")]).required])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            switch FoldedName(arguments[2]) {
            case FoldedName("on"):
                context.client.replyMode = .on
                context.attention.remove(.filtersReplies)
                reply.ok()
            case FoldedName("off"):
                context.client.replyMode = .off
                context.attention.insert(.filtersReplies)
            case FoldedName("skip"):
                if context.client.replyMode != .off { context.client.replyMode = .skipNext }
                context.attention.insert(.filtersReplies)
            default: throw .syntax
            }
        }
    }
}

extension CLIENT {
    /// CLIENT NO-EVICT <ON | OFF>
    enum NoEvict: Command {
        static let declaration = Declaration(
            "no-evict", .connection, since: "7.0.0", complexity: "O(1)",
            summary: "Sets the client eviction mode of the connection.",
            flags: [.administration, .noScript, .loading, .stale],
            grammar: [.oneOf("enabled", [.word("ON"), .word("OFF")]).required])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            try context.setFlag(.isKeptFromEviction, arguments)
            reply.ok()
        }
    }
}

extension CLIENT {
    /// CLIENT NO-TOUCH <ON | OFF>
    enum NoTouch: Command {
        static let declaration = Declaration(
            "no-touch", .connection, since: "7.2.0", complexity: "O(1)",
            summary: "Controls whether commands sent by the client affect the LRU/LFU of accessed keys.",
            flags: [.noScript, .loading, .stale],
            grammar: [.oneOf("enabled", [.word("ON"), .word("OFF")]).required])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            try context.setFlag(.leavesAccessClock, arguments)
            context.keyspace.clock.isStopped = context.client.flags.contains(.leavesAccessClock)
            reply.ok()
        }
    }
}

extension CommandContext {
    /// Gives the client a flag, or takes it away: ON or OFF behind the subcommand.
    fileprivate mutating func setFlag(_ flag: ClientFlags, _ arguments: Arguments) throws(CommandError) {
        if try arguments.isSecond(2, of: "off", "on") {
            client.flags.insert(flag)
        } else {
            client.flags.remove(flag)
        }
    }
}
