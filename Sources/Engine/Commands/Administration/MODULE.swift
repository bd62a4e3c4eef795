// MODULE: there are no modules, and none can be loaded.

enum MODULE: CommandContainer {
    static let declaration = Declaration(
        "module", .server, since: "4.0.0", complexity: "Depends on subcommand.",
        summary: "A container for module commands.",
        subcommands: [Help.self, List.self, Load.self, LoadEx.self, Unload.self])
}

extension MODULE {
    /// MODULE HELP
    enum Help: HelpCommand {
        static let declaration = Declaration.help(of: .server, since: "5.0.0")

        static let lines: [StaticString] = [
            "LIST",
            "    Return a list of loaded modules.",
            "LOAD <path> [<arg> ...]",
            "    Load a module library from <path>, passing to it any optional arguments.",
            "LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]",
            """
                Load a module library from <path>, while passing it module configurations and optional \
            arguments.
            """,
            "UNLOAD <name>",
            "    Unload a module.",
        ]
    }
}

extension MODULE {
    /// MODULE LIST
    enum List: Command {
        static let declaration = Declaration(
            "list", .server, since: "4.0.0", complexity: "O(N) where N is the number of loaded modules.",
            summary: "Returns all loaded modules.",
            flags: [.administration, .noScript], tips: ["nondeterministic_output_order"])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            reply.array(0)
        }
    }
}

extension MODULE {
    /// MODULE LOAD path [arg …]
    enum Load: Command {
        static let declaration = Declaration(
            "load", .server, since: "4.0.0", complexity: "O(1)",
            summary: "Loads a module.",
            flags: [.administration, .noScript, .noAsyncLoading],
            grammar: [.string("path"), .string("arg").optional.repeated])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            try context.refuseModule(arguments[2])
        }
    }
}

extension MODULE {
    /// MODULE LOADEX path [CONFIG name value …] [ARGS args …]
    enum LoadEx: Command {
        static let declaration = Declaration(
            "loadex", .server, since: "7.0.0", complexity: "O(1)",
            summary: "Loads a module using extended parameters.",
            flags: [.administration, .noScript, .noAsyncLoading],
            grammar: [
                .string("path"),
                .token(Option.config, .string("name"), .string("value"), named: "configs").repeatedWithToken,
                .token(Option.args, .string("args")).repeated,
            ])

        enum Option: Int, CommandOption { case config, args }

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            try context.refuseModule(arguments[2])
        }
    }
}

extension MODULE {
    /// MODULE UNLOAD name
    enum Unload: Command {
        static let declaration = Declaration(
            "unload", .server, since: "4.0.0", complexity: "O(1)",
            summary: "Unloads a module.",
            flags: [.administration, .noScript, .noAsyncLoading], grammar: [.string("name")])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            try context.checkModulesAreAllowed()
            throw .because("ERR Error unloading module: no such module with that name")
        }
    }
}

extension CommandContext {
    fileprivate mutating func checkModulesAreAllowed() throws(CommandError) {
        try checkAccess(settings.moduleCommand, to: "MODULE", "enable-module-command")
    }

    fileprivate mutating func refuseModule(_ path: Bytes) throws(CommandError) {
        try checkModulesAreAllowed()
        log.warning("Module \(path.text) failed to load: modules are not supported by this build")
        throw .because("ERR Error loading the extension. Please check the server logs.")
    }
}
