// CLUSTER: every subcommand is known, and none does anything. Those about slots are in `CLUSTER+Slots.swift`.

enum CLUSTER: CommandContainer {
    static let declaration = Declaration(
        "cluster", .cluster, since: "3.0.0", complexity: "Depends on subcommand.",
        summary: "A container for Redis Cluster commands.",
        subcommands: [
            AddSlots.self, AddSlotsRange.self, BumpEpoch.self, CountFailureReports.self, CountKeysInSlot.self,
            DelSlots.self, DelSlotsRange.self, Failover.self, FlushSlots.self, Forget.self, GetKeysInSlot.self,
            Help.self, Info.self, KeySlot.self, Links.self, Meet.self, MyID.self, MyShardID.self, Nodes.self,
            Replicas.self, Replicate.self, Reset.self, SaveConfig.self, SetConfigEpoch.self, SetSlot.self, Shards.self,
            Slaves.self, Slots.self,
        ])
}

/// A subcommand of CLUSTER. This server is in no cluster, and says so whatever it is asked.
protocol ClusterCommand: Command {}

extension ClusterCommand {
    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        throw .noCluster
    }
}

extension CommandError {
    /// What a server outside of a cluster answers to everything about clusters.
    static var noCluster: CommandError { .because("ERR This instance has cluster support disabled") }
}

extension CLUSTER {
    /// CLUSTER BUMPEPOCH
    enum BumpEpoch: ClusterCommand {
        static let declaration = Declaration(
            "bumpepoch", .cluster, since: "3.0.0", complexity: "O(1)",
            summary: "Advances the cluster config epoch.",
            flags: [.administration, .stale, .noAsyncLoading], tips: ["nondeterministic_output"])
    }

    /// CLUSTER COUNT-FAILURE-REPORTS node-id
    enum CountFailureReports: ClusterCommand {
        static let declaration = Declaration(
            "count-failure-reports", .cluster, since: "3.0.0",
            complexity: "O(N) where N is the number of failure reports",
            summary: "Returns the number of active failure reports active for a node.",
            flags: [.administration, .stale], tips: ["nondeterministic_output"], grammar: [.string("node-id")])
    }

    /// CLUSTER FAILOVER [FORCE | TAKEOVER]
    enum Failover: ClusterCommand {
        static let declaration = Declaration(
            "failover", .cluster, since: "3.0.0", complexity: "O(1)",
            summary: "Forces a replica to perform a manual failover of its master.",
            flags: [.administration, .stale, .noAsyncLoading],
            grammar: [.oneOf("options", [.token(Option.force), .token(Option.takeover)])])

        enum Option: Int, CommandOption { case force, takeover }
    }

    /// CLUSTER FORGET node-id
    enum Forget: ClusterCommand {
        static let declaration = Declaration(
            "forget", .cluster, since: "3.0.0", complexity: "O(1)",
            summary: "Removes a node from the nodes table.",
            flags: [.administration, .stale, .noAsyncLoading], grammar: [.string("node-id")])
    }

    /// CLUSTER HELP
    enum Help: ClusterCommand {
        static let declaration = Declaration.help(of: .cluster, since: "5.0.0")
    }

    /// CLUSTER INFO
    enum Info: ClusterCommand {
        static let declaration = Declaration(
            "info", .cluster, since: "3.0.0", complexity: "O(1)",
            summary: "Returns information about the state of a node.",
            flags: [.stale], tips: ["nondeterministic_output"])
    }

    /// CLUSTER LINKS
    enum Links: ClusterCommand {
        static let declaration = Declaration(
            "links", .cluster, since: "7.0.0", complexity: "O(N) where N is the total number of Cluster nodes",
            summary: "Returns a list of all TCP links to and from peer nodes.",
            flags: [.stale], tips: ["nondeterministic_output"])
    }

    /// CLUSTER MEET ip port [cluster-bus-port]
    enum Meet: ClusterCommand {
        static let declaration = Declaration(
            "meet", .cluster, since: "3.0.0", complexity: "O(1)",
            summary: "Forces a node to handshake with another node.",
            flags: [.administration, .stale, .noAsyncLoading],
            history: [.init("4.0.0", "Added the optional `cluster_bus_port` argument.")],
            grammar: [.string("ip"), .integer("port"), .integer("cluster-bus-port").optional.since("4.0.0")])
    }

    /// CLUSTER MYID
    enum MyID: ClusterCommand {
        static let declaration = Declaration(
            "myid", .cluster, since: "3.0.0", complexity: "O(1)",
            summary: "Returns the ID of a node.",
            flags: [.stale])
    }

    /// CLUSTER MYSHARDID
    enum MyShardID: ClusterCommand {
        static let declaration = Declaration(
            "myshardid", .cluster, since: "7.2.0", complexity: "O(1)",
            summary: "Returns the shard ID of a node.",
            flags: [.stale], tips: ["nondeterministic_output"])
    }

    /// CLUSTER NODES
    enum Nodes: ClusterCommand {
        static let declaration = Declaration(
            "nodes", .cluster, since: "3.0.0", complexity: "O(N) where N is the total number of Cluster nodes",
            summary: "Returns the cluster configuration for a node.",
            flags: [.stale], tips: ["nondeterministic_output"])
    }

    /// CLUSTER REPLICAS node-id
    enum Replicas: ClusterCommand {
        static let declaration = Declaration(
            "replicas", .cluster, since: "5.0.0", complexity: "O(N) where N is the number of replicas.",
            summary: "Lists the replica nodes of a master node.",
            flags: [.administration, .stale], tips: ["nondeterministic_output"], grammar: [.string("node-id")])
    }

    /// CLUSTER REPLICATE node-id
    enum Replicate: ClusterCommand {
        static let declaration = Declaration(
            "replicate", .cluster, since: "3.0.0", complexity: "O(1)",
            summary: "Configure a node as replica of a master node.",
            flags: [.administration, .stale, .noAsyncLoading], grammar: [.string("node-id")])
    }

    /// CLUSTER RESET [HARD | SOFT]
    enum Reset: ClusterCommand {
        static let declaration = Declaration(
            "reset", .cluster, since: "3.0.0",
            complexity:
                "O(N) where N is the number of known nodes. The command may execute a FLUSHALL as a side "
                + "effect.",
            summary: "Resets a node.",
            flags: [.administration, .noScript, .stale],
            grammar: [.oneOf("reset-type", [.token(Option.hard), .token(Option.soft)])])

        enum Option: Int, CommandOption { case hard, soft }
    }

    /// CLUSTER SAVECONFIG
    enum SaveConfig: ClusterCommand {
        static let declaration = Declaration(
            "saveconfig", .cluster, since: "3.0.0", complexity: "O(1)",
            summary: "Forces a node to save the cluster configuration to disk.",
            flags: [.administration, .stale, .noAsyncLoading])
    }

    /// CLUSTER SET-CONFIG-EPOCH config-epoch
    enum SetConfigEpoch: ClusterCommand {
        static let declaration = Declaration(
            "set-config-epoch", .cluster, since: "3.0.0", complexity: "O(1)",
            summary: "Sets the configuration epoch for a new node.",
            flags: [.administration, .stale, .noAsyncLoading], grammar: [.integer("config-epoch")])
    }

    /// CLUSTER SLAVES node-id
    enum Slaves: ClusterCommand {
        static let declaration = Declaration(
            "slaves", .cluster, since: "3.0.0", complexity: "O(N) where N is the number of replicas.",
            summary: "Lists the replica nodes of a master node.",
            flags: [.administration, .stale], tips: ["nondeterministic_output"],
            deprecated: .init(version: "5.0.0", replacement: "`CLUSTER REPLICAS`"), grammar: [.string("node-id")])
    }
}
