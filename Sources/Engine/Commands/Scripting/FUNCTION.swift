// FUNCTION: libraries of functions, which stay until they are deleted and go wherever the data go.

enum FUNCTION: CommandContainer {
    static let declaration = Declaration(
        "function", .scripting, since: "7.0.0", complexity: "Depends on subcommand.",
        summary: "A container for function commands.",
        subcommands: [
            Delete.self, Dump.self, Flush.self, Help.self, Kill.self, List.self, Load.self, Restore.self, Stats.self,
        ])
}

extension FUNCTION {
    /// FUNCTION DELETE library-name
    enum Delete: Command {
        static let declaration = Declaration(
            "delete", .scripting, since: "7.0.0", complexity: "O(1)",
            summary: "Deletes a library and its functions.",
            flags: [.write, .noScript], tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
            propagates: .verbatim, grammar: [.string("library-name")])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            guard let index = context.scripts.libraries.index(ofLibrary: arguments[2].array) else {
                throw .because("ERR Library not found")
            }
            let library = context.scripts.libraries.remove(at: index)
            context.discard(library)
            context.keyspace.feed.countChanges(1)
            reply.ok()
        }
    }
}

extension FUNCTION {
    /// FUNCTION DUMP
    enum Dump: Command {
        static let declaration = Declaration(
            "dump", .scripting, since: "7.0.0", complexity: "O(N) where N is the number of functions",
            summary: "Dumps all libraries into a serialized binary payload.",
            flags: [.noScript])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            let writer = context.dumpOfLibraries
            reply.bulk(writer.output.contents)
        }
    }
}

extension FUNCTION {
    /// FUNCTION FLUSH [ASYNC | SYNC]
    enum Flush: Command {
        static let declaration = Declaration(
            "flush", .scripting, since: "7.0.0", complexity: "O(N) where N is the number of functions deleted",
            summary: "Deletes all libraries and functions.",
            flags: [.write, .noScript], tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
            propagates: .verbatim, grammar: [.oneOf("flush-type", [.token(Option.async), .token(Option.sync)])])

        enum Option: Int, CommandOption { case async, sync }

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            guard arguments.count <= 3 else { throw context.subcommandSyntax(arguments) }
            guard (try? arguments.options(Option.self)) != nil else {
                throw .because("ERR FUNCTION FLUSH only supports SYNC|ASYNC option")
            }
            guard !context.scripts.run.isRunning else { throw .because("ERR Functions cannot be flushed by scripts") }
            context.flushLibraries()
            context.keyspace.feed.countChanges(1)
            reply.ok()
        }
    }
}

extension FUNCTION {
    /// FUNCTION HELP
    enum Help: HelpCommand {
        static let declaration = Declaration.help(of: .scripting, since: "7.0.0")

        static let lines: [StaticString] = [
            "LOAD [REPLACE] <FUNCTION CODE>",
            "    Create a new library with the given library name and code.",
            "DELETE <LIBRARY NAME>",
            "    Delete the given library.",
            "LIST [LIBRARYNAME PATTERN] [WITHCODE]",
            "    Return general information on all the libraries:",
            "    * Library name",
            "    * The engine used to run the Library",
            "    * Library description",
            "    * Functions list",
            "    * Library code (if WITHCODE is given)",
            "    It also possible to get only function that matches a pattern using LIBRARYNAME argument.",
            "STATS",
            "    Return information about the current function running:",
            "    * Function name",
            "    * Command used to run the function",
            "    * Duration in MS that the function is running",
            "    If no function is running, return nil",
            "    In addition, returns a list of available engines.",
            "KILL",
            "    Kill the current running function.",
            "FLUSH [ASYNC|SYNC]",
            "    Delete all the libraries.",
            "    When called without the optional mode argument, the behavior is determined by the",
            "    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
            "    * ASYNC: Asynchronously flush the libraries.",
            "    * SYNC: Synchronously flush the libraries.",
            "DUMP",
            """
                Return a serialized payload representing the current libraries, can be restored using FUNCTION \
            RESTORE command
            """,
            "RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]",
            "    Restore the libraries represented by the given payload, it is possible to give a restore policy to",
            "    control how to handle existing libraries (default APPEND):",
            "    * FLUSH: delete all existing libraries.",
            "    * APPEND: appends the restored libraries to the existing libraries. On collision, abort.",
            "    * REPLACE: appends the restored libraries to the existing libraries, On collision, replace the old",
            "      libraries with the new libraries (notice that even on this option there is a chance of failure",
            "      in case of functions name collision with another library).",
        ]
    }
}

extension FUNCTION {
    /// FUNCTION KILL
    enum Kill: Command {
        static let declaration = Declaration(
            "kill", .scripting, since: "7.0.0", complexity: "O(1)",
            summary: "Terminates a function during execution.",
            flags: [.noScript, .allowBusy], tips: ["request_policy:all_shards", "response_policy:one_succeeded"])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            try context.killScript(of: .functions)
            reply.ok()
        }
    }
}
