// The subcommands of CLUSTER that are about slots: which keys are where, and who has which slots.

extension CLUSTER {
    /// CLUSTER ADDSLOTS slot …
    enum AddSlots: ClusterCommand {
        static let declaration = Declaration(
            "addslots", .cluster, since: "3.0.0",
            complexity: "O(N) where N is the total number of hash slot arguments",
            summary: "Assigns new hash slots to a node.",
            flags: [.administration, .stale, .noAsyncLoading], grammar: [.integer("slot").repeated])
    }

    /// CLUSTER ADDSLOTSRANGE start-slot end-slot …
    enum AddSlotsRange: ClusterCommand {
        static let declaration = Declaration(
            "addslotsrange", .cluster, since: "7.0.0",
            complexity: "O(N) where N is the total number of the slots between the start slot and end slot arguments.",
            summary: "Assigns new hash slot ranges to a node.",
            flags: [.administration, .stale, .noAsyncLoading],
            grammar: [.block("range", [.integer("start-slot"), .integer("end-slot")]).repeated])
    }

    /// CLUSTER COUNTKEYSINSLOT slot
    enum CountKeysInSlot: ClusterCommand {
        static let declaration = Declaration(
            "countkeysinslot", .cluster, since: "3.0.0", complexity: "O(1)",
            summary: "Returns the number of keys in a hash slot.",
            flags: [.stale], grammar: [.integer("slot")])
    }

    /// CLUSTER DELSLOTS slot …
    enum DelSlots: ClusterCommand {
        static let declaration = Declaration(
            "delslots", .cluster, since: "3.0.0",
            complexity: "O(N) where N is the total number of hash slot arguments",
            summary: "Sets hash slots as unbound for a node.",
            flags: [.administration, .stale, .noAsyncLoading], grammar: [.integer("slot").repeated])
    }

    /// CLUSTER DELSLOTSRANGE start-slot end-slot …
    enum DelSlotsRange: ClusterCommand {
        static let declaration = Declaration(
            "delslotsrange", .cluster, since: "7.0.0",
            complexity: "O(N) where N is the total number of the slots between the start slot and end slot arguments.",
            summary: "Sets hash slot ranges as unbound for a node.",
            flags: [.administration, .stale, .noAsyncLoading],
            grammar: [.block("range", [.integer("start-slot"), .integer("end-slot")]).repeated])
    }

    /// CLUSTER FLUSHSLOTS
    enum FlushSlots: ClusterCommand {
        static let declaration = Declaration(
            "flushslots", .cluster, since: "3.0.0", complexity: "O(1)",
            summary: "Deletes all slots information from a node.",
            flags: [.administration, .stale, .noAsyncLoading])
    }

    /// CLUSTER GETKEYSINSLOT slot count
    enum GetKeysInSlot: ClusterCommand {
        static let declaration = Declaration(
            "getkeysinslot", .cluster, since: "3.0.0", complexity: "O(N) where N is the number of requested keys",
            summary: "Returns the key names in a hash slot.",
            flags: [.stale], tips: ["nondeterministic_output"], grammar: [.integer("slot"), .integer("count")])
    }

    /// CLUSTER KEYSLOT key
    enum KeySlot: ClusterCommand {
        static let declaration = Declaration(
            "keyslot", .cluster, since: "3.0.0", complexity: "O(N) where N is the number of bytes in the key",
            summary: "Returns the hash slot for a key.",
            flags: [.stale], grammar: [.string("key")])
    }

    /// CLUSTER SETSLOT slot <IMPORTING node-id | MIGRATING node-id | NODE node-id | STABLE>
    enum SetSlot: ClusterCommand {
        static let declaration = Declaration(
            "setslot", .cluster, since: "3.0.0", complexity: "O(1)",
            summary: "Binds a hash slot to a node.",
            flags: [.administration, .stale, .noAsyncLoading],
            grammar: [
                .integer("slot"),
                .oneOf(
                    "subcommand",
                    [
                        .string("importing", display: "node-id").announced(by: "IMPORTING"),
                        .string("migrating", display: "node-id").announced(by: "MIGRATING"),
                        .string("node", display: "node-id").announced(by: "NODE"), .word("STABLE"),
                    ]
                ).required,
            ])
    }

    /// CLUSTER SHARDS
    enum Shards: ClusterCommand {
        static let declaration = Declaration(
            "shards", .cluster, since: "7.0.0", complexity: "O(N) where N is the total number of cluster nodes",
            summary: "Returns the mapping of cluster slots to shards.",
            flags: [.loading, .stale], tips: ["nondeterministic_output"])
    }

    /// CLUSTER SLOTS
    enum Slots: ClusterCommand {
        static let declaration = Declaration(
            "slots", .cluster, since: "3.0.0", complexity: "O(N) where N is the total number of Cluster nodes",
            summary: "Returns the mapping of cluster slots to nodes.",
            flags: [.loading, .stale], tips: ["nondeterministic_output"],
            history: [
                .init("4.0.0", "Added node IDs."), .init("7.0.0", "Added additional networking metadata field."),
            ],
            deprecated: .init(version: "7.0.0", replacement: "`CLUSTER SHARDS`"))
    }
}
