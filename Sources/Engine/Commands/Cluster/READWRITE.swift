// READWRITE

enum READWRITE: Command {
    static let declaration = Declaration(
        "readwrite", .cluster, since: "3.0.0", complexity: "O(1)",
        summary: "Enables read-write queries for a connection to a Reids Cluster replica node.",
        flags: [.loading, .stale, .fast], categories: [.connection])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        throw .noCluster
    }
}
