// FUNCTION LIST, LOAD, RESTORE and STATS: what there is, and how it comes.

internal import Platform

extension FUNCTION {
    /// FUNCTION LIST [LIBRARYNAME library-name-pattern] [WITHCODE]
    enum List: Command {
        static let declaration = Declaration(
            "list", .scripting, since: "7.0.0", complexity: "O(N) where N is the number of functions",
            summary: "Returns information about all libraries.",
            flags: [.noScript], tips: ["nondeterministic_output_order"],
            grammar: [.token(Option.libraryname, .string("library-name-pattern")), .token(Option.withcode)])

        enum Option: Int, CommandOption { case libraryname, withcode }

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            let filter = try context.libraryFilter(arguments)
            let place = reply.beginCollection()
            var count = 0
            for library in context.scripts.libraries.all {
                if let pattern = filter.pattern, !arguments[pattern].isMatched(by: library.name) { continue }
                count += 1
                reply.write(library, withCode: filter.withCode)
            }
            reply.endArray(place, count)
        }
    }
}

extension FUNCTION {
    /// FUNCTION LOAD [REPLACE] function-code
    enum Load: Command {
        static let declaration = Declaration(
            "load", .scripting, since: "7.0.0", complexity: "O(1) (considering compilation time is redundant)",
            summary: "Creates a library.",
            flags: [.write, .denyOOM, .noScript],
            tips: ["request_policy:all_shards", "response_policy:all_succeeded"], propagates: .verbatim,
            grammar: [.token(Option.replace), .string("function-code")])

        enum Option: Int, CommandOption { case replace }

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            for index in 2..<arguments.count - 1 where arguments[index].text.lowercased() != "replace" {
                throw context.error("ERR Unknown option given: \(arguments[index].quotableText)")
            }
            let isObeyed = context.client.number == 0
            let name = try context.loadLibrary(
                arguments[arguments.count - 1], replacing: arguments.count > 3,
                timeout: isObeyed
                    ? CommandContext.savedLibraryTimeoutMilliseconds : CommandContext.libraryTimeoutMilliseconds)
            context.keyspace.feed.countChanges(1)
            reply.bulk(array: name)
        }
    }
}

extension FUNCTION {
    /// FUNCTION RESTORE serialized-value [FLUSH | APPEND | REPLACE]
    enum Restore: Command {
        static let declaration = Declaration(
            "restore", .scripting, since: "7.0.0",
            complexity: "O(N) where N is the number of functions on the payload",
            summary: "Restores all libraries from a payload.",
            flags: [.write, .denyOOM, .noScript],
            tips: ["request_policy:all_shards", "response_policy:all_succeeded"], propagates: .verbatim,
            grammar: [
                .string("serialized-value"),
                .oneOf("policy", [.token(Option.flush), .token(Option.append), .token(Option.replace)]),
            ])

        enum Option: Int, CommandOption { case flush, append, replace }

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            guard arguments.count <= 4 else { throw context.subcommandSyntax(arguments) }
            var policy = CommandContext.RestorePolicy.append
            if arguments.count == 4 {
                switch arguments[3].text.lowercased() {
                case "flush": policy = .flush
                case "append": policy = .append
                case "replace": policy = .replace
                default:
                    throw .because(
                        "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.")
                }
            }
            try context.restoreLibraries(try context.libraryCodes(in: arguments[2]), policy)
            context.keyspace.feed.countChanges(1)
            reply.ok()
        }
    }
}

extension FUNCTION {
    /// FUNCTION STATS
    enum Stats: Command {
        static let declaration = Declaration(
            "stats", .scripting, since: "7.0.0", complexity: "O(1)",
            summary: "Returns information about a function during execution.",
            flags: [.noScript, .allowBusy],
            tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            let run = context.scripts.run
            if run.isRunning, run.kind == .evaluation { throw .because(context.busyText) }
            reply.map(2)
            reply.bulk("running_script")
            if run.isRunning {
                reply.map(3)
                reply.bulk("name")
                reply.bulk(array: run.name.text)
                reply.bulk("command")
                reply.array(run.command.count)
                for word in run.command { reply.bulk(array: word) }
                reply.bulk("duration_ms")
                reply.integer(Int(clamping: context.observation.nanoseconds(Ticks.now &- run.start) / 1_000_000))
            } else {
                reply.null()
            }
            reply.bulk("engines")
            reply.map(1)
            reply.bulk("LUA")
            reply.map(2)
            reply.bulk("libraries_count")
            reply.integer(context.scripts.libraries.all.count)
            reply.bulk("functions_count")
            reply.integer(context.scripts.libraries.functionCount)
        }
    }
}

extension CommandContext {
    /// Which libraries are wanted: those that the pattern, a word of the command, fits.
    fileprivate mutating func libraryFilter(
        _ arguments: Arguments
    ) throws(CommandError) -> (pattern: Int?, withCode: Bool) {
        var pattern: Int?, withCode = false, index = 2
        while index < arguments.count {
            switch arguments[index].text.lowercased() {
            case "withcode" where !withCode: withCode = true
            case "libraryname" where pattern == nil:
                index += 1
                guard index < arguments.count else { throw .because("ERR library name argument was not given") }
                pattern = index
            default: throw error("ERR Unknown argument \(arguments[index].quotableText)")
            }
            index += 1
        }
        return (pattern, withCode)
    }
}

extension Bytes {
    /// Whether the pattern fits the name, in letters of either case.
    fileprivate func isMatched(by name: [UInt8]) -> Bool {
        let pattern = Array(text.lowercased().utf8), name = Array(name.quotable.lowercased().utf8)
        return withBytes(of: pattern) { pattern in
            withBytes(of: name) { GlobPattern(pattern).matches($0) }
        }
    }
}

extension ReplyWriter {
    fileprivate mutating func write(_ library: FunctionLibrary, withCode: Bool) {
        map(withCode ? 4 : 3)
        bulk("library_name")
        bulk(array: library.name)
        bulk("engine")
        bulk("LUA")
        bulk("functions")
        array(library.functions.count)
        for function in library.functions {
            map(3)
            bulk("name")
            bulk(array: function.name)
            bulk("description")
            if let description = function.description { bulk(array: description) } else { null() }
            bulk("flags")
            let names = ScriptFlags.names.filter { function.flags.contains($0.0) }
            set(names.count)
            for name in names { simple(name.1) }
        }
        if withCode {
            bulk("library_code")
            bulk(array: library.code)
        }
    }
}
