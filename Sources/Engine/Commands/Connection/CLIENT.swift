// CLIENT: the container, and what a connection says of itself. The others are in the files beside this one.

enum CLIENT: CommandContainer {
    static let declaration = Declaration(
        "client", .connection, since: "2.4.0", complexity: "Depends on subcommand.",
        summary: "A container for client connection commands.",
        subcommands: [
            Caching.self, Getname.self, Getredir.self, Help.self, Id.self, Info.self, Kill.self, List.self,
            MaintNotifications.self, NoEvict.self, NoTouch.self, Pause.self, Reply.self, Setinfo.self, Setname.self,
            Tracking.self,
            Trackinginfo.self, Unblock.self, Unpause.self,
        ])

    static let invalidName = CommandError.because(
        "ERR Client names cannot contain spaces, newlines or special characters.")
}

extension CLIENT {
    /// CLIENT ID
    enum Id: Command {
        static let declaration = Declaration(
            "id", .connection, since: "5.0.0", complexity: "O(1)",
            summary: "Returns the unique client ID of the connection.",
            flags: [.noScript, .loading, .stale])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            reply.integer(Int(truncatingIfNeeded: context.client.number))
        }
    }
}

extension CLIENT {
    /// CLIENT GETNAME
    enum Getname: Command {
        static let declaration = Declaration(
            "getname", .connection, since: "2.6.9", complexity: "O(1)",
            summary: "Returns the name of the connection.",
            flags: [.noScript, .loading, .stale])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            if context.client.name.isEmpty { reply.null() } else { reply.bulk(array: context.client.name) }
        }
    }
}

extension CLIENT {
    /// CLIENT SETNAME connection-name
    enum Setname: Command {
        static let declaration = Declaration(
            "setname", .connection, since: "2.6.9", complexity: "O(1)",
            summary: "Sets the connection name.",
            flags: [.noScript, .loading, .stale],
            tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
            grammar: [.string("connection-name")])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            guard arguments[2].isPrintable else { throw invalidName }
            context.client.name = arguments[2].array
            reply.ok()
        }
    }
}

extension CLIENT {
    /// CLIENT SETINFO <LIB-NAME libname | LIB-VER libver>
    enum Setinfo: Command {
        static let declaration = Declaration(
            "setinfo", .connection, since: "7.2.0", complexity: "O(1)",
            summary: "Sets information specific to the client or connection.",
            flags: [.noScript, .loading, .stale],
            tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
            grammar: [
                .oneOf(
                    "attr",
                    [
                        .string("libname").announced(by: "LIB-NAME"), .string("libver").announced(by: "LIB-VER"),
                    ]
                ).required
            ])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            let isName = arguments.isWord(2, "lib-name")
            guard isName || arguments.isWord(2, "lib-ver") else {
                throw context.error("ERR Unrecognized option '\(arguments[2].quotableText)'")
            }
            guard arguments[3].isPrintable else {
                throw context.error(
                    "ERR \(arguments[2].quotableText) cannot contain spaces, newlines or special characters.")
            }
            if isName {
                context.client.libraryName = arguments[3].array
            } else {
                context.client.libraryVersion = arguments[3].array
            }
            reply.ok()
        }
    }
}
