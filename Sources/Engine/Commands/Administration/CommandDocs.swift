// COMMAND DOCS: the declarations as redis-cli and other tools read them for hints and help.

/// COMMAND DOCS [name …]
enum CommandDocs: Command {
    static let declaration = Declaration(
        "docs", .server, since: "7.0.0", complexity: "O(N) where N is the number of commands to look up",
        summary: "Returns documentary information about one, multiple or all commands.",
        flags: [.loading, .stale], categories: [.connection], tips: ["nondeterministic_output_order"],
        grammar: [.string("command-name").optional.repeated])

    static func run(_ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter)
        throws(CommandError)
    {
        var rows = context.commands.rows
        if arguments.count > 2 {
            rows = []
            for index in 2..<arguments.count {
                if let row = context.commands.find(fullName: arguments[index]) { rows.append(row) }
            }
        }
        reply.map(rows.count)
        for row in rows { reply.document(row) }
    }
}

extension ReplyWriter {
    /// The command's name and the map of what is known of it.
    fileprivate mutating func document(_ row: Reference<CommandRow>) {
        let declaration = row.value.command.declaration
        let isDeprecated = declaration.deprecation != nil, isSystem = declaration.flags.contains(.system)
        bulk(text: row.value.fullName)
        var fields = 3
        if !declaration.complexity.isEmpty { fields += 1 }
        if isDeprecated || isSystem { fields += 1 }
        if isDeprecated { fields += 2 }
        if !declaration.history.isEmpty { fields += 1 }
        if !declaration.grammar.isEmpty { fields += 1 }
        if row.value.hasSubcommands { fields += 1 }
        map(fields)
        field("summary", declaration.summary)
        field("since", declaration.since)
        field("group", declaration.group.rawValue)
        if !declaration.complexity.isEmpty { field("complexity", declaration.complexity) }
        if isDeprecated || isSystem {
            bulk("doc_flags")
            set((isDeprecated ? 1 : 0) + (isSystem ? 1 : 0))
            if isDeprecated { simple("deprecated") }
            if isSystem { simple("syscmd") }
        }
        if let deprecation = declaration.deprecation {
            field("deprecated_since", deprecation.version)
            field("replaced_by", deprecation.replacement)
        }
        if !declaration.history.isEmpty { history(declaration.history) }
        if !declaration.grammar.isEmpty {
            var specification = -1
            bulk("arguments")
            self.arguments(declaration.grammar, &specification)
        }
        if row.value.hasSubcommands {
            bulk("subcommands")
            map(row.value.subcommands.count)
            for index in 0..<row.value.subcommands.count { document(row.value.subcommands[index]) }
        }
    }

    private mutating func field(_ name: StaticString, _ text: String) {
        bulk(name)
        bulk(text: text)
    }

    private mutating func history(_ changes: [Declaration.Change]) {
        bulk("history")
        set(changes.count)
        for change in changes {
            array(2)
            bulk(text: change.version)
            bulk(text: change.text)
        }
    }

    /// `specification` counts the key specifications that the grammar has brought so far.
    private mutating func arguments(_ list: [Argument], _ specification: inout Int) {
        array(list.count)
        for argument in list { self.argument(argument, &specification) }
    }

    private mutating func argument(_ argument: Argument, _ specification: inout Int) {
        let isGroup = argument.kind == .oneOf || argument.kind == .block
        let hasFlags = argument.isOptional || argument.isRepeated || argument.repeatsToken
        var fields = 2
        if !isGroup { fields += 1 }
        if argument.namesKey { fields += 1 }
        if argument.token != nil { fields += 1 }
        if argument.since != nil { fields += 1 }
        if argument.deprecatedSince != nil { fields += 1 }
        if hasFlags { fields += 1 }
        if isGroup { fields += 1 }
        map(fields)
        field("name", argument.name)
        field("type", argument.kind.rawValue)
        if !isGroup { field("display_text", argument.display ?? argument.name) }
        if argument.namesKey, let key = argument.key {
            switch key.search {
            case .withPrevious, .elsewhere: break
            default: specification += 1
            }
            bulk("key_spec_index")
            integer(specification)
        }
        if let token = argument.token { field("token", token) }
        if let since = argument.since { field("since", since) }
        if let version = argument.deprecatedSince { field("deprecated_since", version) }
        if hasFlags {
            let flags: [(Bool, StaticString)] = [
                (argument.isOptional, "optional"), (argument.isRepeated, "multiple"),
                (argument.repeatsToken, "multiple_token"),
            ]
            bulk("flags")
            set(flags.filter(\.0).count)
            for (isGiven, name) in flags where isGiven { simple(name) }
        }
        if isGroup {
            bulk("arguments")
            arguments(argument.children, &specification)
        }
    }
}

extension Argument {
    /// It is a key or a pattern of keys; a channel that is placed like a key has a specification, but is neither.
    fileprivate var namesKey: Bool { key != nil && (kind == .key || kind == .pattern) }
}
