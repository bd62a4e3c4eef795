// DEBUG HELP: the subcommands that do something here.

/// The lines that DEBUG HELP answers.
enum DebugHelp {
    /// Subcommands of Redis that this build answers with a refusal.
    static let unbuilt: Set<String> = [
        "aof-flush-sleep", "assert", "change-repl-id", "client-eviction", "clusterlink", "crash-and-recover",
        "drop-cluster-packet-filter", "leak", "loadaof", "oom", "panic", "quicklist", "reload", "replicate",
        "replybuffer", "restart", "segfault", "set-disable-deny-scripts", "set-skip-checksum-validation",
    ]

    static let lines: [StaticString] = [
        "DIGEST",
        "    Return a digest of all keys and values; equal data have equal digests.",
        "DIGEST-VALUE <key> [<key> ...]",
        "    Return a digest of each of the values.",
        "ERROR <string>",
        "    Return an error with this text.",
        "HTSTATS <dbid> [full]",
        "    Return the sizes of the tables of a database.",
        "HTSTATS-KEY <key> [full]",
        "    Return the size of the table of a value.",
        "LISTPACK <key>",
        "    Tell whether the value has its small form.",
        "LOG <message>",
        "    Write the message to the log.",
        "OBJECT <key>",
        "    Show how the value is kept.",
        "POPULATE <count> [<prefix>] [<size>]",
        "    Create so many strings named key:<num>, or with another prefix.",
        "PROTOCOL <type>",
        "    Reply with a value of the type: string, integer, double, bignum, null, array, set,",
        "    map, attrib, push, verbatim, true, false.",
        "SET-ACTIVE-EXPIRE <0|1>",
        "    Stop taking away keys whose time has come unless they are asked for, or resume.",
        "SLEEP <seconds>",
        "    Stop the whole server for so long. Decimals allowed.",
    ]
}
