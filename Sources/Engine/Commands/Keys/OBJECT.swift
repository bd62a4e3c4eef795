// OBJECT

enum OBJECT: CommandContainer {
    static let declaration = Declaration(
        "object", .generic, since: "2.2.3", complexity: "Depends on subcommand.",
        summary: "A container for object introspection commands.",
        subcommands: [Encoding.self, Freq.self, Help.self, Idletime.self, Refcount.self])
}

extension OBJECT {
    /// OBJECT ENCODING key
    enum Encoding: Command {
        static let declaration = Declaration(
            "encoding", .generic, since: "2.2.3", complexity: "O(1)",
            summary: "Returns the internal encoding of a Redis object.",
            flags: [.readOnly], categories: [.keyspace], tips: ["nondeterministic_output"],
            grammar: [.key("key", .inspect)])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            guard let key = context.keyspace.describe(arguments.key(2)) else { return reply.null() }
            reply.bulk(key.encoding)
        }
    }
}

extension OBJECT {
    /// OBJECT FREQ key
    enum Freq: Command {
        static let declaration = Declaration(
            "freq", .generic, since: "4.0.0", complexity: "O(1)",
            summary: "Returns the logarithmic access frequency counter of a Redis object.",
            flags: [.readOnly], categories: [.keyspace], tips: ["nondeterministic_output"],
            grammar: [.key("key", .inspect)])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            guard let key = context.keyspace.describe(arguments.key(2)) else { return reply.null() }
            guard context.keyspace.clock.countsUses else {
                throw .because(
                    """
                    ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when \
                    switching between policies at runtime LRU and LFU data will take some time to adjust.
                    """)
            }
            reply.integer(key.frequency)
        }
    }
}

extension OBJECT {
    /// OBJECT HELP
    enum Help: HelpCommand {
        static let declaration = Declaration.help(of: .generic, since: "6.2.0", categories: [.keyspace])

        static let lines: [StaticString] = [
            "ENCODING <key>",
            "    Return the kind of internal representation used in order to store the value",
            "    associated with a <key>.",
            "FREQ <key>",
            "    Return the access frequency index of the <key>. The returned integer is",
            "    proportional to the logarithm of the recent access frequency of the key.",
            "IDLETIME <key>",
            "    Return the idle time of the <key>, that is the approximated number of",
            "    seconds elapsed since the last access to the key.",
            "REFCOUNT <key>",
            "    Return the number of references of the value associated with the specified",
            "    <key>.",
        ]
    }
}

extension OBJECT {
    /// OBJECT IDLETIME key
    enum Idletime: Command {
        static let declaration = Declaration(
            "idletime", .generic, since: "2.2.3", complexity: "O(1)",
            summary: "Returns the time since the last access to a Redis object.",
            flags: [.readOnly], categories: [.keyspace], tips: ["nondeterministic_output"],
            grammar: [.key("key", .inspect)])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            guard let key = context.keyspace.describe(arguments.key(2)) else { return reply.null() }
            guard !context.keyspace.clock.countsUses else {
                throw .because(
                    """
                    ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching \
                    between policies at runtime LRU and LFU data will take some time to adjust.
                    """)
            }
            reply.integer(key.idleSeconds)
        }
    }
}

extension OBJECT {
    /// OBJECT REFCOUNT key
    enum Refcount: Command {
        static let declaration = Declaration(
            "refcount", .generic, since: "2.2.3", complexity: "O(1)",
            summary: "Returns the reference count of a value of a key.",
            flags: [.readOnly], categories: [.keyspace], tips: ["nondeterministic_output"],
            grammar: [.key("key", .inspect)])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            guard let key = context.keyspace.describe(arguments.key(2)) else { return reply.null() }
            // Redis has small integers once for all keys, unless eviction wants to know of each when it was used.
            let isShared = context.settings.maxMemory == 0 || !context.settings.maxMemoryPolicy.goesByUse
            reply.integer(isShared ? key.references : 1)
        }
    }
}
