// ASKING

enum ASKING: Command {
    static let declaration = Declaration(
        "asking", .cluster, since: "3.0.0", complexity: "O(1)",
        summary: "Signals that a cluster client is following an -ASK redirect.",
        flags: [.fast], categories: [.connection])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        throw .noCluster
    }
}
