// DEBUG HELP: the subcommands that do something here.

/// The lines that DEBUG HELP answers.
enum DebugHelp {
    /// Subcommands of Redis that this build answers with a refusal.
    static let unbuilt: Set<String> = [
        "crash-and-recover", "loadaof", "reload", "replicate", "restart",
    ]

    static let lines: [StaticString] = server + values + crashes

    private static let server: [StaticString] = [
        "AOF-FLUSH-SLEEP <microsec>",
        "    Accepted without effect: there is no AOF.",
        "CHANGE-REPL-ID",
        "    Change the replication IDs of the instance.",
        "    Dangerous: should be used only for testing the replication subsystem.",
        "CLIENT-EVICTION",
        "    Show low level client eviction pools info (maxmemory-clients).",
        "CLUSTERLINK KILL <to|from|all> <node-id>",
        "    Kills the link based on the direction to/from (both) with the provided node.",
        "CONFIG-REWRITE-FORCE-ALL",
        "    Like CONFIG REWRITE but writes all configuration options, including",
        "    keywords not listed in original configuration file or default values.",
        "DROP-CLUSTER-PACKET-FILTER <packet-type>",
        "    Drop all packets that match the filtered type. Set to -1 allow all packets.",
        "ERROR <string>",
        "    Return a Redis protocol error with <string> as message. Useful for clients",
        "    unit tests to simulate Redis errors.",
        "LEAK <string>",
        "    Accepted without effect: no memory is lost on purpose.",
        "LOG <message>",
        "    Write <message> to the server log.",
        "PAUSE-CRON <0|1>",
        "    Stop periodic cron job processing.",
        "PROTOCOL <type>",
        "    Reply with a test value of the specified type. <type> can be: string,",
        "    integer, double, bignum, null, array, set, map, attrib, push, verbatim,",
        "    true, false.",
        "REPLYBUFFER PEAK-RESET-TIME <NEVER||RESET|time>",
        "    Accepted without effect: no client has a reply buffer at rest.",
        "REPLYBUFFER RESIZING <0|1>",
        "    Accepted without effect.",
        "SET-ACTIVE-EXPIRE <0|1>",
        "    Setting it to 0 disables expiring keys in background when they are not",
        "    accessed (otherwise the Redis behavior). Setting it to 1 reenables back the",
        "    default.",
        "SET-SKIP-CHECKSUM-VALIDATION <0|1>",
        "    Let RESTORE take values whose checksum is wrong, or look at checksums again.",
        "SLEEP <seconds>",
        "    Stop the server for <seconds>. Decimals allowed.",
        "STRINGMATCH-TEST",
        "    Match random patterns with random texts.",
    ]

    private static let values: [StaticString] = [
        "DIGEST",
        "    Output a hex signature representing the current DB content.",
        "DIGEST-VALUE <key> [<key> ...]",
        "    Output a hex signature of the values of all the specified keys.",
        "HTSTATS <dbid> [full]",
        "    Return hash table statistics of the specified Redis database.",
        "HTSTATS-KEY <key> [full]",
        "    Like HTSTATS but for the hash table stored at <key>'s value.",
        "LISTPACK <key>",
        "    Tell whether the value at <key> is a listpack.",
        "OBJECT <key>",
        "    Show low level info about `key` and associated value.",
        "POPULATE <count> [<prefix>] [<size>]",
        "    Create <count> string keys named key:<num>. If <prefix> is specified then",
        "    it is used instead of the 'key' prefix. These are not propagated to",
        "    replicas. Cluster slots are not respected so keys not belonging to the",
        "    current node can be created in cluster mode.",
        "QUICKLIST <key> [<0|1>]",
        "    Tell whether the value at <key> is a quicklist.",
        "QUICKLIST-PACKED-THRESHOLD <size>",
        "    Accepted without effect: long elements of lists have blocks of their own anyway.",
        "SDSLEN <key>",
        "    Show the sizes of `key` and of its string.",
        "STRUCTSIZE",
        "    Return the sizes of an entry without key and value, and of a client.",
    ]

    private static let crashes: [StaticString] = [
        "ASSERT",
        "    Crash by assertion failed.",
        "OOM",
        "    Crash the server simulating an out-of-memory error.",
        "PANIC",
        "    Crash the server simulating a panic.",
        "SEGFAULT",
        "    Crash the server with sigsegv.",
    ]
}
