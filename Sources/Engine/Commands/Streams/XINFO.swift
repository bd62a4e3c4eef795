// XINFO

enum XINFO: CommandContainer {
    static let declaration = Declaration(
        "xinfo", .stream, since: "5.0.0", complexity: "Depends on subcommand.",
        summary: "A container for stream introspection commands.",
        subcommands: [Consumers.self, Groups.self, Help.self, Stream.self])
}

extension XINFO {
    /// XINFO CONSUMERS key group
    enum Consumers: Command {
        static let declaration = Declaration(
            "consumers", .stream, since: "5.0.0", complexity: "O(1)",
            summary: "Returns a list of the consumers in a consumer group.",
            flags: [.readOnly], tips: ["nondeterministic_output"],
            history: [.init("7.2.0", "Added the `inactive` field.")],
            grammar: [.key("key", .read), .string("group")])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            let now = context.now, heap = context.keyspace.heap
            let isThere = try context.keyspace.value(at: arguments.key(2), as: StreamValue.self) != nil
            guard isThere else { throw .noSuchKey }
            let group = try context.keyspace.peek(at: arguments.key(2), as: StreamValue.self)?.group(arguments[3])
            guard let group else { throw context.noGroup(named: arguments[3], of: arguments[2]) }
            let consumers = group.consumers
            reply.array(consumers.count)
            for index in 0..<consumers.count {
                let consumer = consumers[index], active = consumer.activeTime
                reply.map(4)
                reply.bulk("name")
                reply.bulk(consumer.name)
                reply.bulk("pending")
                reply.integer(consumer.pending(in: heap).count)
                reply.bulk("idle")
                reply.integer(Int(max(now &- consumer.seenTime, 0)))
                reply.bulk("inactive")
                reply.integer(Int(active == -1 ? -1 : now &- active))
            }
        }
    }
}

extension XINFO {
    /// XINFO GROUPS key
    enum Groups: Command {
        static let declaration = Declaration(
            "groups", .stream, since: "5.0.0", complexity: "O(1)",
            summary: "Returns a list of the consumer groups of a stream.",
            flags: [.readOnly], history: [.init("7.0.0", "Added the `entries-read` and `lag` fields")],
            grammar: [.key("key", .read)])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            guard let stream = try context.keyspace.value(at: arguments.key(2), as: StreamValue.self) else {
                throw .noSuchKey
            }
            let groups = stream.groups
            reply.array(groups.count)
            for index in 0..<groups.count {
                let group = groups[index]
                reply.map(6)
                reply.bulk("name")
                reply.bulk(group.name)
                reply.bulk("consumers")
                reply.integer(group.consumers.count)
                reply.bulk("pending")
                reply.integer(group.pending(in: stream.heap).count)
                reply.bulk("last-delivered-id")
                reply.bulk(group.lastID)
                reply.bulk("entries-read")
                reply.integer(ifKnown: group.entriesRead == StreamValue.unknownCount ? nil : group.entriesRead)
                reply.bulk("lag")
                reply.integer(
                    ifKnown: stream.lag(of: group, countsUnread: context.settings.reportedVersion.boundsEntriesRead))
            }
        }
    }
}

extension XINFO {
    /// XINFO HELP
    enum Help: HelpCommand {
        static let declaration = Declaration.help(of: .stream, since: "5.0.0")

        static let lines: [StaticString] = [
            "CONSUMERS <key> <groupname>",
            "    Show consumers of <groupname>.",
            "GROUPS <key>",
            "    Show the stream consumer groups.",
            "STREAM <key> [FULL [COUNT <count>]",
            "    Show information about the stream.",
        ]
    }
}

extension XINFO {
    /// XINFO STREAM key [FULL [COUNT count]]
    enum Stream: Command {
        static let declaration = Declaration(
            "stream", .stream, since: "5.0.0", complexity: "O(1)",
            summary: "Returns information about a stream.",
            flags: [.readOnly],
            history: [
                .init("6.0.0", "Added the `FULL` modifier."),
                .init(
                    "7.0.0",
                    "Added the `max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`, `entries-read` and "
                        + "`lag` fields"
                ),
                .init("7.2.0", "Added the `active-time` field, and changed the meaning of `seen-time`."),
            ],
            grammar: [
                .key("key", .read),
                .block("full-block", [.word("FULL"), .token(Option.count, .integer("count"))]).optional,
            ])

        enum Option: Int, CommandOption { case count }

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            let isThere = try context.keyspace.value(at: arguments.key(2), as: StreamValue.self) != nil
            guard isThere else { throw .noSuchKey }
            guard arguments.count == 3 || isFull(arguments) else { throw context.subcommandSyntax(arguments) }
            let count = arguments.count == 6 ? try arguments.integer(5) : 10
            guard let stream = try context.keyspace.peek(at: arguments.key(2), as: StreamValue.self) else { return }
            if arguments.count == 3 { return reply.describe(stream) }
            reply.describeFully(
                stream, limit: count < 0 ? 10 : count,
                countsUnread: context.settings.reportedVersion.boundsEntriesRead)
        }

        private static func isFull(_ arguments: Arguments) -> Bool {
            arguments.isWord(3, "full")
                && (arguments.count == 4 || arguments.count == 6 && arguments.isWord(4, "count"))
        }
    }
}
