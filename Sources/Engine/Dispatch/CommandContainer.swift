// Commands that do nothing but hold others, such as OBJECT or CONFIG: that they do nothing, and their HELP.

/// A command that is only its subcommands: the dispatcher refuses every call that names none of them.
protocol CommandContainer: Command {}

extension CommandContainer {
    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        throw .syntax
    }
}

/// HELP of a container: a line for each way to call a subcommand, and what that does.
protocol HelpCommand: Command {
    /// Without those about HELP itself.
    static var lines: [StaticString] { get }
}

extension HelpCommand {
    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        reply.help(arguments, lines)
    }
}

extension Declaration {
    /// What almost all containers declare of their HELP.
    static func help(of group: Group, since version: String, categories: Categories = []) -> Declaration {
        Declaration(
            "help", group, since: version, complexity: "O(1)",
            summary: "Returns helpful text about the different subcommands.", flags: [.loading, .stale],
            categories: categories)
    }
}

extension ReplyWriter {
    /// Lines of help on the container that the first argument names, with those about HELP itself.
    mutating func help(_ arguments: Arguments, _ lines: [StaticString]) {
        array(lines.count + 3)
        simple(text: "\(arguments[0].text.uppercased()) <subcommand> [<arg> [value] [opt] ...]. Subcommands are:")
        for line in lines { simple(line) }
        simple("HELP")
        simple("    Print this help.")
    }
}
