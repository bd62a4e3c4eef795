// COMMAND GETKEYS and COMMAND GETKEYSANDFLAGS: where the keys of a call are, from the same specifications that
// admission uses.

extension COMMAND {
    /// COMMAND GETKEYS command [argument …]
    enum GetKeys: Command {
        static let declaration = Declaration(
            "getkeys", .server, since: "2.8.13", complexity: "O(N) where N is the number of arguments to the command",
            summary: "Extracts the key names from an arbitrary command.",
            flags: [.loading, .stale], categories: [.connection],
            grammar: [.string("command"), .string("arg").optional.repeated])

        static func run(_ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter)
            throws(CommandError)
        {
            let found = try context.keys(of: arguments)
            reply.array(found.count)
            for (index, _) in found { reply.bulk(arguments[index]) }
        }
    }

    /// COMMAND GETKEYSANDFLAGS command [argument …]
    enum GetKeysAndFlags: Command {
        static let declaration = Declaration(
            "getkeysandflags", .server, since: "7.0.0",
            complexity: "O(N) where N is the number of arguments to the command",
            summary: "Extracts the key names and access flags for an arbitrary command.",
            flags: [.loading, .stale], categories: [.connection],
            grammar: [.string("command"), .string("arg").optional.repeated])

        static func run(_ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter)
            throws(CommandError)
        {
            let found = try context.keys(of: arguments)
            let variable = context.commands.find(arguments.dropping(first: 2)).flatMap { $0.value.use(of: arguments) }
            reply.array(found.count)
            for (index, declared) in found {
                let use = declared.contains(.variable) ? variable ?? declared : declared
                reply.array(2)
                reply.bulk(arguments[index])
                reply.names(of: use, in: KeyUse.names)
            }
        }
    }
}

extension CommandContext {
    /// Index and use of every key of the call that begins at the third word.
    fileprivate mutating func keys(of arguments: Arguments) throws(CommandError) -> [(Int, KeyUse)] {
        let call = arguments.dropping(first: 2)
        guard let row = commands.find(call) else { throw .because("ERR Invalid command specified") }
        guard row.value.hasKeys else { throw .because("ERR The command has no key arguments") }
        guard row.value.accepts(call.count) else {
            throw .because("ERR Invalid number of arguments specified for command")
        }
        var found: [(Int, KeyUse)] = []
        let isReadable = row.value.forEachKey(call) { found.append(($0 + 2, $1)) }
        if isReadable, !found.isEmpty { return found }
        guard row.value.flags.contains(.noMandatoryKeys) else {
            throw .because("ERR Invalid arguments specified for command")
        }
        return []
    }
}

extension CommandRow {
    /// What a call does with the key of a command for which the options decide; the call begins at the third word.
    fileprivate func use(of arguments: Arguments) -> KeyUse? {
        if command == SET.self {
            for index in 5..<max(arguments.count, 5) where arguments.isWord(index, "get") {
                return .readAndUpdate
            }
            return .overwrite
        }
        if command == BITFIELD.self {
            var index = 4
            while index < arguments.count {
                let option = FoldedName(arguments[index]), following = arguments.count - index - 1
                if option == FoldedName("get"), following >= 2 {
                    index += 3
                } else if option == FoldedName("overflow"), following >= 1 {
                    index += 2
                } else {
                    return .readAndUpdate
                }
            }
            return .read
        }
        return nil
    }
}
