// READONLY

enum READONLY: Command {
    static let declaration = Declaration(
        "readonly", .cluster, since: "3.0.0", complexity: "O(1)",
        summary: "Enables read-only queries for a connection to a Redis Cluster replica node.",
        flags: [.loading, .stale, .fast], categories: [.connection])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        throw .noCluster
    }
}
