// The error of containers that read their own subcommands.

extension CommandContext {
    /// A subcommand that is none, or has too few or too many words.
    mutating func subcommandSyntax(_ arguments: Arguments) -> CommandError {
        let given = arguments[1].prefix(min(arguments[1].count, 128)).quotableText
        return error(
            "ERR unknown subcommand or wrong number of arguments for '\(given)'. "
                + "Try \(arguments[0].text.uppercased()) HELP."
        )
    }
}
