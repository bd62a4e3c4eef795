// ACL: what can be said of users while there is one, the default user.

enum ACL: CommandContainer {
    static let declaration = Declaration(
        "acl", .server, since: "6.0.0", complexity: "Depends on subcommand.",
        summary: "A container for Access List Control commands.",
        subcommands: [
            Cat.self, GeneratePassword.self, GetUser.self, Help.self, List.self, Users.self, WhoAmI.self,
        ])
}

extension ACL {
    /// ACL CAT [category]
    enum Cat: Command {
        static let declaration = Declaration(
            "cat", .server, since: "6.0.0", complexity: "O(1) since the categories and commands are a fixed set.",
            summary: "Lists the ACL categories, or the commands inside a category.",
            flags: [.noScript, .loading, .stale], grammar: [.string("category").optional])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            if arguments.count == 2 {
                reply.array(Categories.names.count)
                for (_, name) in Categories.names { reply.bulk(name) }
                return
            }
            guard arguments.count == 3 else { throw context.subcommandSyntax(arguments) }
            let wanted = FoldedName(arguments[2])
            guard let category = Categories.names.first(where: { FoldedName($0.1) == wanted })?.0 else {
                throw context.error("ERR Unknown category '\(arguments[2].quotableText)'")
            }
            let place = reply.beginCollection()
            var count = 0
            for row in context.commands.rows { count += reply.names(of: row, in: category) }
            reply.endArray(place, count)
        }
    }
}

extension ACL {
    /// ACL GENPASS [bits]
    enum GeneratePassword: Command {
        static let declaration = Declaration(
            "genpass", .server, since: "6.0.0", complexity: "O(1)",
            summary: "Generates a pseudorandom, secure password that can be used to identify ACL users.",
            flags: [.noScript, .loading, .stale], grammar: [.integer("bits").optional])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            var bits = 256
            if arguments.count == 3 {
                guard let number = arguments[2].integer else { throw .notAnInteger }
                guard number > 0, number <= 4096 else {
                    throw .because(
                        """
                        ERR ACL GENPASS argument must be the number of bits for the output password, a positive \
                        number up to 4096
                        """
                    )
                }
                bits = Int(number)
            }
            guard arguments.count <= 3 else { throw context.subcommandSyntax(arguments) }
            // The system's own chance: good enough for secrets.
            var text = ""
            for _ in 0..<(bits + 3) / 4 { text += String(UInt8.random(in: 0..<16), radix: 16) }
            reply.bulk(text: text)
        }
    }
}

extension ACL {
    /// ACL GETUSER username
    enum GetUser: Command {
        static let declaration = Declaration(
            "getuser", .server, since: "6.0.0",
            complexity: "O(N). Where N is the number of password, command and pattern rules that the user has.",
            summary: "Lists the ACL rules of a user.",
            flags: [.administration, .noScript, .loading, .stale],
            history: [
                .init("6.2.0", "Added Pub/Sub channel patterns."),
                .init(
                    "7.0.0",
                    """
                    Added selectors and changed the format of key and channel patterns from a list to their rule \
                    representation.
                    """
                ),
            ],
            grammar: [.string("username")])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            guard arguments[2].text == "default" else { return reply.null() }
            let user = context.defaultUser
            reply.map(6)
            reply.bulk("flags")
            reply.set(user.flags.count)
            for flag in user.flags { reply.bulk(text: flag) }
            reply.bulk("passwords")
            reply.array(user.passwords.count)
            for password in user.passwords { reply.bulk(text: password) }
            reply.bulk("commands")
            reply.bulk("+@all")
            reply.bulk("keys")
            reply.bulk("~*")
            reply.bulk("channels")
            reply.bulk("&*")
            reply.bulk("selectors")
            reply.array(0)
        }
    }
}

extension ACL {
    /// ACL HELP
    enum Help: HelpCommand {
        static let declaration = Declaration.help(of: .server, since: "6.0.0")

        static let lines: [StaticString] = [
            "CAT [<category>]",
            "    List all commands that belong to <category>, or all command categories",
            "    when no category is specified.",
            "DELUSER <username> [<username> ...]",
            "    Delete a list of users.",
            "DRYRUN <username> <command> [<arg> ...]",
            "    Returns whether the user can execute the given command without executing the command.",
            "GETUSER <username>",
            "    Get the user's details.",
            "GENPASS [<bits>]",
            "    Generate a secure 256-bit user password. The optional `bits` argument can",
            "    be used to specify a different size.",
            "LIST",
            "    Show users details in config file format.",
            "LOAD",
            "    Reload users from the ACL file.",
            "LOG [<count> | RESET]",
            "    Show the ACL log entries.",
            "SAVE",
            "    Save the current config to the ACL file.",
            "SETUSER <username> <attribute> [<attribute> ...]",
            "    Create or modify a user with the specified attributes.",
            "USERS",
            "    List all the registered usernames.",
            "WHOAMI",
            "    Return the current connection username.",
        ]
    }
}

extension ACL {
    /// ACL LIST
    enum List: Command {
        static let declaration = Declaration(
            "list", .server, since: "6.0.0", complexity: "O(N). Where N is the number of configured users.",
            summary: "Dumps the effective rules in ACL file format.",
            flags: [.administration, .noScript, .loading, .stale])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            let user = context.defaultUser
            let words =
                user.flags.filter { $0 != "sanitize-payload" } + ["sanitize-payload"] + user.passwords.map { "#\($0)" }
            reply.array(1)
            reply.bulk(text: "user default \(words.joined(separator: " ")) ~* &* +@all")
        }
    }
}

extension ACL {
    /// ACL USERS
    enum Users: Command {
        static let declaration = Declaration(
            "users", .server, since: "6.0.0", complexity: "O(N). Where N is the number of configured users.",
            summary: "Lists all ACL users.",
            flags: [.administration, .noScript, .loading, .stale])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            reply.array(1)
            reply.bulk("default")
        }
    }
}

extension ACL {
    /// ACL WHOAMI
    enum WhoAmI: Command {
        static let declaration = Declaration(
            "whoami", .server, since: "6.0.0", complexity: "O(1)",
            summary: "Returns the authenticated username of the current connection.",
            flags: [.noScript, .loading, .stale])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            reply.bulk("default")
        }
    }
}

extension ReplyWriter {
    /// The names of a command, or of its subcommands, that belong to the category; returns how many.
    fileprivate mutating func names(of row: Reference<CommandRow>, in category: Categories) -> Int {
        var count = 0
        if row.value.command.declaration.categories.contains(category) {
            bulk(text: row.value.fullName)
            count += 1
        }
        for index in 0..<row.value.subcommands.count { count += names(of: row.value.subcommands[index], in: category) }
        return count
    }
}

extension CommandContext {
    /// What access rules would say of the one user there is. Passwords are shown by their digests.
    fileprivate var defaultUser: (flags: [String], passwords: [String]) {
        let password = settings.password
        if password.isEmpty { return (["on", "nopass", "sanitize-payload"], []) }
        return (["on", "sanitize-payload"], [SHA256.hexadecimal(password)])
    }
}
