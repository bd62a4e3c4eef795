// ROLE

enum ROLE: Command {
    static let declaration = Declaration(
        "role", .server, since: "2.8.12", complexity: "O(1)",
        summary: "Returns the replication role.",
        flags: [.noScript, .loading, .stale, .fast], categories: [.administration, .dangerous])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        // The replication offset, and the replicas.
        reply.array(3)
        reply.bulk("master")
        reply.integer(0)
        reply.array(0)
    }
}
