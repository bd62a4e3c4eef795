// ROLE

enum ROLE: Command {
    static let declaration = Declaration(
        "role", .server, since: "2.8.12", complexity: "O(1)",
        summary: "Returns the replication role.",
        flags: [.noScript, .loading, .stale, .fast], categories: [.administration, .dangerous])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        if let primary = context.settings.primary {
            reply.array(5)
            reply.bulk("slave")
            reply.bulk(text: primary.host)
            reply.integer(primary.port)
            reply.bulk(context.link.stateName)
            return reply.integer(context.link.phase == .streams ? context.link.applied : -1)
        }
        // The replication offset, and the replicas.
        reply.array(3)
        reply.bulk("master")
        reply.integer(context.replicationOffset)
        let online = context.replicas.all.filter { $0.phase == .online }
        reply.array(online.count)
        for replica in online {
            reply.array(3)
            reply.bulk(text: context.replicaAddress(replica.client, replica.introduction))
            reply.bulk(decimal: replica.introduction.port)
            reply.bulk(decimal: Int64(replica.position))
        }
    }
}
