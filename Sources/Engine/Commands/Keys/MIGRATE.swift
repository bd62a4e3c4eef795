// MIGRATE host port <key | > destination-db timeout [COPY] [REPLACE] [AUTH password | AUTH2 username password]
//         [KEYS key …]

enum MIGRATE: Command {
    static let declaration = Declaration(
        "migrate", .generic, since: "2.6.0",
        complexity:
            "This command actually executes a DUMP+DEL in the source instance, and a RESTORE in the target "
            + "instance. See the pages of these commands for time complexity. Also an O(N) data transfer between "
            + "the two instances is performed.",
        summary: "Atomically transfers a key from one Redis instance to another.",
        flags: [.write], categories: [.dangerous, .keyspace], tips: ["nondeterministic_output"],
        propagates: .rewritten,
        history: [
            .init("3.0.0", "Added the `COPY` and `REPLACE` options."), .init("3.0.6", "Added the `KEYS` option."),
            .init("4.0.7", "Added the `AUTH` option."), .init("6.0.0", "Added the `AUTH2` option."),
        ],
        grammar: [
            .string("host"), .integer("port"),
            .oneOf("key-selector", [.key("key", .readAndDelete), .word("", named: "empty-string")]).required,
            .integer("destination-db"), .integer("timeout"), .token(Option.copy).since("3.0.0"),
            .token(Option.replace).since("3.0.0"),
            .oneOf(
                "authentication",
                [
                    .token(Option.auth, .string("auth", display: "password")).since("4.0.7"),
                    .token(Option.auth2, .string("username"), .string("password")).since("6.0.0"),
                ]),
            .token(
                Option.keys,
                .key(
                    "keys", [.readWrite, .accesses, .deletes, .incomplete], found: .behind("KEYS", from: -2),
                    display: "key")
            ).repeated.since("3.0.6"),
        ])

    enum Option: Int, CommandOption { case copy, replace, auth, auth2, keys }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let request = try MigrationRequest(arguments)
        // Asking for a key that is there is not counted here: reading it is.
        let keys = request.keys.filter { index in
            context.keyspace.contains(arguments.key(index)) || context.keyspace.exists(arguments.key(index))
        }
        guard !keys.isEmpty else { return reply.simple("NOKEY") }
        try context.migrate(arguments, request, keys, &reply)
    }
}

/// What a call of MIGRATE asks for.
struct MigrationRequest {
    private(set) var copies = false
    private(set) var replaces = false
    /// Where the words of AUTH stand, behind its name.
    private(set) var credentials = 0..<0
    /// Where the keys stand.
    private(set) var keys = 3..<4
    let database: Int64
    let timeoutMilliseconds: Int

    /// Reads the options in their order, since the first wrong word is the one that is named.
    init(_ arguments: Arguments) throws(CommandError) {
        var index = 6
        while index < arguments.count {
            let name = FoldedName(arguments[index]), behind = arguments.count - index - 1
            if name == FoldedName("copy") {
                copies = true
            } else if name == FoldedName("replace") {
                replaces = true
            } else if name == FoldedName("auth") || name == FoldedName("auth2") {
                let words = name == FoldedName("auth") ? 1 : 2
                guard behind >= words else { throw .syntax }
                credentials = index + 1..<index + 1 + words
                index += words
            } else if name == FoldedName("keys") {
                guard arguments[3].isEmpty else {
                    throw .because(
                        "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string")
                }
                keys = index + 1..<arguments.count
                break
            } else {
                throw .syntax
            }
            index += 1
        }
        let timeout = try arguments.integer(5)
        database = try arguments.integer(4)
        timeoutMilliseconds = timeout <= 0 ? 1000 : Int(timeout)
    }
}
