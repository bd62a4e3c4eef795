// SCRIPT: the scripts that the server knows.

enum SCRIPT: CommandContainer {
    static let declaration = Declaration(
        "script", .scripting, since: "2.6.0", complexity: "Depends on subcommand.",
        summary: "A container for Lua scripts management commands.",
        subcommands: [Debug.self, Exists.self, Flush.self, Help.self, Kill.self, Load.self])
}

extension SCRIPT {
    /// SCRIPT DEBUG <YES | SYNC | NO>
    enum Debug: Command {
        static let declaration = Declaration(
            "debug", .scripting, since: "3.2.0", complexity: "O(1)",
            summary: "Sets the debug mode of server-side Lua scripts.",
            flags: [.noScript], grammar: [.oneOf("mode", [.word("YES"), .word("SYNC"), .word("NO")]).required])

        /// There is no debugger: only that it is not wanted can be said.
        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            switch arguments[2].text.lowercased() {
            case "no": reply.ok()
            case "yes", "sync": throw .because("ERR SCRIPT DEBUG is not supported by this build")
            default: throw .because("ERR Use SCRIPT DEBUG YES/SYNC/NO")
            }
        }
    }
}

extension SCRIPT {
    /// SCRIPT EXISTS sha1 …
    enum Exists: Command {
        static let declaration = Declaration(
            "exists", .scripting, since: "2.6.0",
            complexity:
                "O(N) with N being the number of scripts to check (so checking a single script is an O(1) "
                + "operation).",
            summary: "Determines whether server-side Lua scripts exist in the script cache.",
            flags: [.noScript], tips: ["request_policy:all_shards", "response_policy:agg_logical_and"],
            grammar: [.string("sha1").repeated])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            reply.array(arguments.count - 2)
            for index in 2..<arguments.count {
                let isKnown = SHA1(hexadecimal: arguments[index]).flatMap { context.scripts.cache.find($0) } != nil
                reply.integer(isKnown ? 1 : 0)
            }
        }
    }
}

extension SCRIPT {
    /// SCRIPT FLUSH [ASYNC | SYNC]
    enum Flush: Command {
        static let declaration = Declaration(
            "flush", .scripting, since: "2.6.0", complexity: "O(N) with N being the number of scripts in cache",
            summary: "Removes all server-side Lua scripts from the script cache.",
            flags: [.noScript], tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
            history: [.init("6.2.0", "Added the `ASYNC` and `SYNC` flushing mode modifiers.")],
            grammar: [.oneOf("flush-type", [.token(Option.async), .token(Option.sync)]).since("6.2.0")])

        enum Option: Int, CommandOption { case async, sync }

        /// A machine is dropped as a whole, so that both ways are one.
        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            guard arguments.count < 4, (try? arguments.options(Option.self)) != nil else {
                throw .because("ERR SCRIPT FLUSH only support SYNC|ASYNC option")
            }
            guard !context.scripts.run.isRunning else { throw .because("ERR Scripts cannot be flushed by scripts") }
            context.flushScripts()
            reply.ok()
        }
    }
}

extension SCRIPT {
    /// SCRIPT HELP
    enum Help: HelpCommand {
        static let declaration = Declaration.help(of: .scripting, since: "5.0.0")

        static let lines: [StaticString] = [
            "DEBUG (YES|SYNC|NO)",
            "    Set the debug mode for subsequent scripts executed.",
            "EXISTS <sha1> [<sha1> ...]",
            "    Return information about the existence of the scripts in the script cache.",
            "FLUSH [ASYNC|SYNC]",
            "    Flush the Lua scripts cache. Very dangerous on replicas.",
            "    When called without the optional mode argument, the behavior is determined by the",
            "    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
            "    * ASYNC: Asynchronously flush the scripts cache.",
            "    * SYNC: Synchronously flush the scripts cache.",
            "KILL",
            "    Kill the currently executing Lua script.",
            "LOAD <script>",
            "    Load a script into the scripts cache without executing it.",
        ]
    }
}

extension SCRIPT {
    /// SCRIPT KILL
    enum Kill: Command {
        static let declaration = Declaration(
            "kill", .scripting, since: "2.6.0", complexity: "O(1)",
            summary: "Terminates a server-side Lua script during execution.",
            flags: [.noScript, .allowBusy], tips: ["request_policy:all_shards", "response_policy:one_succeeded"])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            try context.killScript(of: .evaluation)
            reply.ok()
        }
    }
}

extension SCRIPT {
    /// SCRIPT LOAD script
    enum Load: Command {
        static let declaration = Declaration(
            "load", .scripting, since: "2.6.0",
            complexity: "O(N) with N being the length in bytes of the script body.",
            summary: "Loads a server-side Lua script to the script cache.",
            flags: [.noScript, .stale], tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
            grammar: [.string("script")])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            let number = try context.cachedScript(arguments[2])
            context.scripts.cache.keep(number)
            reply.bulk(array: context.scripts.cache[number].digest.text)
        }
    }
}
