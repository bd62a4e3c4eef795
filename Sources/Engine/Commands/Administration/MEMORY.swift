// MEMORY: what the data occupy, and what the memory is like that they are in.

internal import Platform

enum MEMORY: CommandContainer {
    static let declaration = Declaration(
        "memory", .server, since: "4.0.0", complexity: "Depends on subcommand.",
        summary: "A container for memory diagnostics commands.",
        subcommands: [Doctor.self, Help.self, MallocStats.self, Purge.self, Stats.self, Usage.self])
}

extension MEMORY {
    /// MEMORY DOCTOR
    enum Doctor: Command {
        static let declaration = Declaration(
            "doctor", .server, since: "4.0.0", complexity: "O(1)",
            summary: "Outputs a memory problems report.",
            tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            let facts = context.infoFacts()
            reply.verbatim(text: facts.memory.advice(clientCount: context.clients.count))
        }
    }
}

extension MEMORY {
    /// MEMORY HELP
    enum Help: HelpCommand {
        static let declaration = Declaration.help(of: .server, since: "4.0.0")

        static let lines: [StaticString] = [
            "DOCTOR",
            "    Return memory problems reports.",
            "MALLOC-STATS",
            "    Return internal statistics report from the memory allocator.",
            "PURGE",
            "    Attempt to purge dirty pages for reclamation by the allocator.",
            "STATS",
            "    Return information about the memory usage of the server.",
            "USAGE <key> [SAMPLES <count>]",
            "    Return memory in bytes used by <key> and its value. Nested values are",
            "    sampled up to <count> times (default: 5, 0 means sample all).",
        ]
    }
}

extension MEMORY {
    /// MEMORY MALLOC-STATS
    enum MallocStats: Command {
        static let declaration = Declaration(
            "malloc-stats", .server, since: "4.0.0",
            complexity: "Depends on how much memory is allocated, could be slow",
            summary: "Returns the allocator statistics.",
            tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            reply.verbatim(text: context.keyspace.heap.report().text)
        }
    }
}

extension MEMORY {
    /// MEMORY PURGE
    enum Purge: Command {
        static let declaration = Declaration(
            "purge", .server, since: "4.0.0", complexity: "Depends on how much memory is allocated, could be slow",
            summary: "Asks the allocator to release memory.",
            tips: ["request_policy:all_shards", "response_policy:all_succeeded"])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            context.keyspace.heap.purge()
            HeapBlock.trim()
            reply.ok()
        }
    }
}

extension MEMORY {
    /// MEMORY STATS
    enum Stats: Command {
        static let declaration = Declaration(
            "stats", .server, since: "4.0.0", complexity: "O(1)",
            summary: "Returns details about memory usage.",
            tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            reply.write(context.infoFacts().memory)
        }
    }
}

extension MEMORY {
    /// MEMORY USAGE key [SAMPLES count]
    enum Usage: Command {
        static let declaration = Declaration(
            "usage", .server, since: "4.0.0", complexity: "O(N) where N is the number of samples.",
            summary: "Estimates the memory usage of a key.",
            flags: [.readOnly], grammar: [.key("key", .inspect), .token(Option.samples, .integer("count"))])

        enum Option: Int, CommandOption { case samples }

        /// The answer is exact, so that samples are read and not needed.
        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            let options = try arguments.options(Option.self)
            if let samples = try arguments.integer(after: .samples, in: options), samples < 0 { throw .syntax }
            guard let key = context.keyspace.describe(arguments.key(2)) else { return reply.null() }
            reply.integer(key.memoryUsage)
        }
    }
}
