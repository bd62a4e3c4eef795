// REPLICAOF <host port | NO ONE>

enum REPLICAOF: Command {
    static let declaration = Declaration(
        "replicaof", .server, since: "5.0.0", complexity: "O(1)",
        summary: "Configures a server as replica of another, or promotes it to a master.",
        flags: [.administration, .noScript, .stale, .noAsyncLoading],
        grammar: [.masterOrNone])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.followMaster(arguments, &reply)
    }
}

extension Argument {
    /// Whom to follow.
    static var masterOrNone: Argument {
        oneOf(
            "args",
            [
                .block("host-port", [.string("host"), .integer("port")]),
                .block("no-one", [.word("NO"), .word("ONE")]),
            ]
        ).required
    }
}

extension CommandContext {
    /// REPLICAOF and SLAVEOF: this server follows another one from now on, or nobody.
    mutating func followMaster(_ arguments: Arguments, _ reply: inout ReplyWriter) throws(CommandError) {
        let client = current
        // It would end the connection that it has come by.
        if self.client.flags.contains(.isPrimary) { throw .because("ERR A replica chooses its master itself.") }
        if failover.isUnderWay { throw .because("ERR REPLICAOF not allowed while failing over.") }
        if arguments.isWord(1, "no"), arguments.isWord(2, "one") {
            if follows {
                followNobody()
                let description = describe(client)
                log.notice("MASTER MODE enabled (user request from '\(description)')")
            }
            return reply.ok()
        }
        if self.client.flags.contains(.isReplica) {
            throw .because("ERR Command is not valid when client is a replica.")
        }
        guard let port = arguments[2].integer, 0...65535 ~= port else { throw .because("ERR Invalid master port") }
        let primary = PrimaryAddress(host: arguments[1].text, port: Int(port))
        if let old = settings.primary, old.port == primary.port, old.host.lowercased() == primary.host.lowercased() {
            log.notice(
                "REPLICAOF would result into synchronization with the master we are already connected with. No "
                    + "operation performed.")
            return reply.simple("OK Already connected to specified master")
        }
        follow(primary)
        let description = describe(client)
        log.notice("REPLICAOF \(primary.text) enabled (user request from '\(description)')")
        reply.ok()
    }
}
