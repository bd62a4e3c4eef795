// PUBSUB: who listens to what.

enum PUBSUB: CommandContainer {
    static let declaration = Declaration(
        "pubsub", .pubsub, since: "2.8.0", complexity: "Depends on subcommand.",
        summary: "A container for Pub/Sub commands.",
        subcommands: [
            Channels.self, Help.self, PatternCount.self, SubscriberCount.self, ShardChannels.self,
            ShardSubscriberCount.self,
        ])
}

extension PUBSUB {
    /// PUBSUB CHANNELS [pattern]
    enum Channels: Command {
        static let declaration = Declaration(
            "channels", .pubsub, since: "2.8.0",
            complexity:
                "O(N) where N is the number of active channels, and assuming constant time pattern matching "
                + "(relatively short channels and patterns)",
            summary: "Returns the active channels.",
            flags: [.pubSub, .loading, .stale], grammar: [.pattern("pattern").optional])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            try context.listChannels(.channel, arguments, &reply)
        }
    }
}

extension PUBSUB {
    /// PUBSUB HELP
    enum Help: HelpCommand {
        static let declaration = Declaration.help(of: .pubsub, since: "6.2.0")

        static let lines: [StaticString] = [
            "CHANNELS [<pattern>]",
            "    Return the currently active channels matching a <pattern> (default: '*').",
            "NUMPAT",
            "    Return number of subscriptions to patterns.",
            "NUMSUB [<channel> ...]",
            "    Return the number of subscribers for the specified channels, excluding",
            "    pattern subscriptions(default: no channels).",
            "SHARDCHANNELS [<pattern>]",
            "    Return the currently active shard level channels matching a <pattern> (default: '*').",
            "SHARDNUMSUB [<shardchannel> ...]",
            "    Return the number of subscribers for the specified shard level channel(s)",
        ]
    }
}

extension PUBSUB {
    /// PUBSUB NUMPAT
    enum PatternCount: Command {
        static let declaration = Declaration(
            "numpat", .pubsub, since: "2.8.0", complexity: "O(1)",
            summary: "Returns a count of unique pattern subscriptions.",
            flags: [.pubSub, .loading, .stale])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            reply.integer(context.channels[.pattern].count)
        }
    }
}

extension PUBSUB {
    /// PUBSUB NUMSUB [channel …]
    enum SubscriberCount: Command {
        static let declaration = Declaration(
            "numsub", .pubsub, since: "2.8.0",
            complexity: "O(N) for the NUMSUB subcommand, where N is the number of requested channels",
            summary: "Returns a count of subscribers to channels.",
            flags: [.pubSub, .loading, .stale], grammar: [.string("channel").optional.repeated])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            context.countSubscribers(.channel, arguments, &reply)
        }
    }
}

extension PUBSUB {
    /// PUBSUB SHARDCHANNELS [pattern]
    enum ShardChannels: Command {
        static let declaration = Declaration(
            "shardchannels", .pubsub, since: "7.0.0",
            complexity:
                "O(N) where N is the number of active shard channels, and assuming constant time pattern "
                + "matching (relatively short shard channels).",
            summary: "Returns the active shard channels.",
            flags: [.pubSub, .loading, .stale], grammar: [.pattern("pattern").optional])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            try context.listChannels(.shardChannel, arguments, &reply)
        }
    }
}

extension PUBSUB {
    /// PUBSUB SHARDNUMSUB [shardchannel …]
    enum ShardSubscriberCount: Command {
        static let declaration = Declaration(
            "shardnumsub", .pubsub, since: "7.0.0",
            complexity: "O(N) for the SHARDNUMSUB subcommand, where N is the number of requested shard channels",
            summary: "Returns the count of subscribers of shard channels.",
            flags: [.pubSub, .loading, .stale], grammar: [.string("shardchannel").optional.repeated])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            context.countSubscribers(.shardChannel, arguments, &reply)
        }
    }
}

extension CommandContext {
    /// The names that somebody listens to, or those of them that match a pattern.
    fileprivate mutating func listChannels(
        _ kind: SubscriptionKind, _ arguments: Arguments, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard arguments.count <= 3 else { throw subcommandSyntax(arguments) }
        let place = reply.beginCollection()
        reply.endArray(place, CommandContext.list(channels[kind], arguments, &reply))
    }

    /// Shows the names that match the pattern, if there is one, and says how many they are.
    private static func list(
        _ table: borrowing SubscriptionTable, _ arguments: Arguments, _ reply: inout ReplyWriter
    ) -> Int {
        var count = 0
        for number in 0..<table.endOfNumbers where table.contains(number) {
            let name = table[number].name.contents
            guard arguments.count == 2 || GlobPattern(arguments[2]).matches(name) else { continue }
            reply.bulk(name)
            count += 1
        }
        return count
    }

    /// How many listen to each of the names in the arguments.
    fileprivate func countSubscribers(_ kind: SubscriptionKind, _ arguments: Arguments, _ reply: inout ReplyWriter) {
        reply.array((arguments.count - 2) * 2)
        for index in 2..<arguments.count {
            reply.bulk(arguments[index])
            reply.integer(channels[kind].subscriberCount(of: arguments[index]))
        }
    }
}
