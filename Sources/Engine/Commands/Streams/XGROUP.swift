// XGROUP

enum XGROUP: CommandContainer {
    static let declaration = Declaration(
        "xgroup", .stream, since: "5.0.0", complexity: "Depends on subcommand.",
        summary: "A container for consumer groups commands.",
        subcommands: [Create.self, Createconsumer.self, Delconsumer.self, Destroy.self, Help.self, Setid.self])

    static var missingKey: CommandError {
        .because(
            """
            ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM \
            option to create an empty stream automatically.
            """)
    }
}

extension XGROUP {
    /// XGROUP CREATE key group <id | $> [MKSTREAM] [ENTRIESREAD entries-read]
    enum Create: Command {
        static let declaration = Declaration(
            "create", .stream, since: "5.0.0", complexity: "O(1)",
            summary: "Creates a consumer group.",
            flags: [.write, .denyOOM], propagates: .verbatim,
            history: [.init("7.0.0", "Added the `entries_read` named argument.")],
            grammar: [
                .key("key", .insert), .string("group"),
                .oneOf("id-selector", [.string("id"), .word("$", named: "new-id")]).required,
                .token(Option.mkstream), .token(Option.entriesread, .integer("entries-read")),
            ])

        enum Option: Int, CommandOption { case mkstream, entriesread }

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            let options = try context.groupOptions(arguments, mayCreate: true)
            let key = arguments.key(2), now = try options.id(in: arguments)
            if options.createsStream, context.keyspace.kind(of: key) == nil {
                try context.keyspace.update(key, as: StreamValue.self, ifMissing: .create, event: .xgroupCreate) {
                    stream in
                    _ = stream.addGroup(
                        arguments[3], lastID: now ?? .zero, entriesRead: options.entriesRead(of: stream))
                    return 1
                }
                return reply.ok()
            }
            let changes = try context.keyspace.amend(key, as: StreamValue.self, reading: false) {
                stream throws(CommandError) in
                let isNew =
                    stream.addGroup(
                        arguments[3], lastID: now ?? stream.lastID, entriesRead: options.entriesRead(of: stream))
                    != nil
                guard isNew else { throw .because("BUSYGROUP Consumer Group name already exists") }
                return 1
            }
            guard changes != nil else { throw XGROUP.missingKey }
            context.keyspace.feed.announce(.xgroupCreate, key)
            reply.ok()
        }
    }
}

extension XGROUP {
    /// XGROUP CREATECONSUMER key group consumer
    enum Createconsumer: Command {
        static let declaration = Declaration(
            "createconsumer", .stream, since: "6.2.0", complexity: "O(1)",
            summary: "Creates a consumer in a consumer group.",
            flags: [.write, .denyOOM], propagates: .verbatim,
            grammar: [.key("key", .insert), .string("group"), .string("consumer")])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            let isNew = try context.withGroup(arguments) { group, heap, now in
                group.addConsumer(arguments[4], at: now, in: heap) != nil ? 1 : 0
            }
            if isNew > 0 { context.keyspace.feed.announce(.xgroupCreateConsumer, arguments.key(2)) }
            reply.integer(isNew)
        }
    }
}

extension XGROUP {
    /// XGROUP DELCONSUMER key group consumer
    enum Delconsumer: Command {
        static let declaration = Declaration(
            "delconsumer", .stream, since: "5.0.0", complexity: "O(1)",
            summary: "Deletes a consumer from a consumer group.",
            flags: [.write], propagates: .verbatim,
            grammar: [.key("key", .delete), .string("group"), .string("consumer")])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            var pending = 0, rest: UInt64?
            let isGone = try context.withGroup(arguments) { group, heap, _ in
                guard let count = group.removeConsumer(arguments[4], in: heap, leaving: &rest) else { return 0 }
                pending = count
                return 1
            }
            if let rest { context.keyspace.dispose(StoredValue(kind: .stream, word: rest)) }
            if isGone > 0 { context.keyspace.feed.announce(.xgroupDelConsumer, arguments.key(2)) }
            reply.integer(pending)
        }
    }
}

extension XGROUP {
    /// XGROUP DESTROY key group
    enum Destroy: Command {
        static let declaration = Declaration(
            "destroy", .stream, since: "5.0.0",
            complexity: "O(N) where N is the number of entries in the group's pending entries list (PEL).",
            summary: "Destroys a consumer group.",
            flags: [.write], propagates: .verbatim, grammar: [.key("key", .delete), .string("group")])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            let key = arguments.key(2)
            var rest: UInt64?
            let removed = try context.keyspace.amend(key, as: StreamValue.self, reading: false) { stream in
                stream.removeGroup(arguments[3], leaving: &rest) ? 1 : 0
            }
            if let rest { context.keyspace.dispose(StoredValue(kind: .stream, word: rest)) }
            guard let removed else { throw XGROUP.missingKey }
            if removed > 0 {
                context.keyspace.feed.announce(.xgroupDestroy, key)
                // Who waits for the group waits in vain.
                context.keyspace.wake(key)
            }
            reply.integer(removed)
        }
    }
}

extension XGROUP {
    /// XGROUP HELP
    enum Help: HelpCommand {
        static let declaration = Declaration.help(of: .stream, since: "5.0.0")

        static let lines: [StaticString] = [
            "CREATE <key> <groupname> <id|$> [option]",
            "    Create a new consumer group. Options are:",
            "    * MKSTREAM",
            "      Create the empty stream if it does not exist.",
            "    * ENTRIESREAD entries_read",
            "      Set the group's entries_read counter (internal use).",
            "CREATECONSUMER <key> <groupname> <consumer>",
            "    Create a new consumer in the specified group.",
            "DELCONSUMER <key> <groupname> <consumer>",
            "    Remove the specified consumer.",
            "DESTROY <key> <groupname>",
            "    Remove the specified group.",
            "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
            "    Set the current group ID and entries_read counter.",
        ]
    }
}

extension XGROUP {
    /// XGROUP SETID key group <id | $> [ENTRIESREAD entries-read]
    enum Setid: Command {
        static let declaration = Declaration(
            "setid", .stream, since: "5.0.0", complexity: "O(1)",
            summary: "Sets the last-delivered ID of a consumer group.",
            flags: [.write], propagates: .verbatim,
            history: [.init("7.0.0", "Added the optional `entries_read` argument.")],
            grammar: [
                .key("key", .update), .string("group"),
                .oneOf("id-selector", [.string("id"), .word("$", named: "new-id")]).required,
                .token(Option.entriesread, .integer("entriesread", display: "entries-read")),
            ])

        enum Option: Int, CommandOption { case entriesread }

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            let options = try context.groupOptions(arguments, mayCreate: false)
            var isFound = false
            let changes = try context.keyspace.amend(arguments.key(2), as: StreamValue.self, reading: false) {
                stream throws(CommandError) in
                guard let group = stream.group(arguments[3]) else { return 0 }
                isFound = true
                guard options.hasFittingCount else { return 0 }
                group.lastID = try options.id(in: arguments) ?? stream.lastID
                group.entriesRead = options.entriesRead(of: stream)
                return 1
            }
            guard let changes else { throw XGROUP.missingKey }
            guard isFound else { throw context.noGroup(named: arguments[3], of: arguments[2]) }
            guard changes > 0 else { throw context.subcommandSyntax(arguments) }
            context.keyspace.feed.announce(.xgroupSetID, arguments.key(2))
            reply.ok()
        }
    }
}
