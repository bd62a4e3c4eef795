// The process: how it runs, logs and ends, and who may do what.

extension Setting {
    static let process: [Setting] = [
        .boolean("daemonize", \.daemonize, "Runs in the background.", .immutable),
        .choice(
            "supervised", \.supervised,
            "Which supervisor is told when the server is ready: upstart, systemd, or auto to find out.", .immutable),
        .text("pidfile", \.pidFile, "The file that holds the process number while the server runs.", .immutable),
        .directory,
        .integer("databases", 1...int32.upperBound, \.databases, "How many databases there are.", .immutable),
        .choice(
            "loglevel", \.logLevel,
            "From which gravity on messages are logged: debug, verbose, notice, warning or "
                + "nothing.", effect: .logLevel),
        .text(
            "logfile", \.logFile,
            "The log; empty for the standard output. A new file is begun when it is moved or removed.", .immutable),
        .boolean("syslog-enabled", \.logsToSystem, "Logs to syslog as well.", .immutable),
        .text("syslog-ident", \.systemLogName, "The name that syslog shows.", .immutable),
        .systemLogFacility,
        .boolean(
            "always-show-logo", \.alwaysShowLogo,
            "Shows the logo at the start also where no terminal shows it.", .immutable),
        .boolean(
            "set-proc-title", \.setProcessTitle,
            "Shows the address and the mode in the list of processes.", .immutable),
        .processTitleTemplate,
        .integer(
            "shutdown-timeout", 0...int32.upperBound, \.shutdownTimeoutSeconds,
            "Seconds to wait for replicas at a shutdown."),
        .flags(
            "shutdown-on-sigint", \.shutdownOnSIGINT,
            "How SIGINT shuts down: default, or save, nosave, now, force."),
        .flags(
            "shutdown-on-sigterm", \.shutdownOnSIGTERM,
            "How SIGTERM shuts down: default, or save, nosave, now, force."),
        .reportedVersion,
        .integer("hz", 0...int32.upperBound, \.ticksPerSecond, "How often a second the periodic work is done."),
        .kept("dynamic-hz", .boolean, "yes", "Does the periodic work more often with many clients."),
        .outOfMemoryScore,
        .outOfMemoryScores,
        .boolean("disable-thp", \.avoidsHugePages, "Asks the kernel for no huge pages.", .immutable),
        .kept("server_cpulist", .anyText, "", "The processors for the server.", .immutable),
        .kept("bio_cpulist", .anyText, "", "The processors for background threads.", .immutable),
        .kept("aof_rewrite_cpulist", .anyText, "", "The processors for rewriting the append-only file.", .immutable),
        .kept("bgsave_cpulist", .anyText, "", "The processors for saving.", .immutable),
        .kept("ignore-warnings", .anyText, "", "The warnings that do not stop a start."),
        .boolean(
            "crash-log-enabled", \.reportsCrashes, "Writes a report to the log at a crash.", effect: .crashReport),
        .kept("crash-memcheck-enabled", .boolean, "yes", "Tests the memory after a crash."),
        .boolean(
            "use-exit-on-panic", \.exitsOnPanic, "Exits instead of aborting when an invariant is broken.", .hidden),
        .integer(
            "watchdog-period", 0...int32.upperBound, \.watchdogMilliseconds,
            "Reports stalls of more than so many milliseconds; 0 for never.", .hidden, effect: .watchdog),
        .text("locale-collate", \.collation, "The locale for comparing texts.", effect: .collation),
        .kept("jemalloc-bg-thread", .boolean, "yes", "Returns memory in the background."),
        .bytes(
            "requirepass", \.password,
            "The password that clients must give with AUTH; empty for none.", .sensitive, effect: .password),
        .refused(
            "aclfile", .anyText, "",
            because: "aclfile is not built into this version: it must stay empty",
            "The file of users and their rights.", .immutable),
        .kept("acllog-max-len", .integer(0...Int.max), "128", "How many refusals ACL LOG keeps."),
        .kept(
            "acl-pubsub-default", .choice(["allchannels", "resetchannels"]), "resetchannels",
            "The channels of new users: allchannels or resetchannels."),
        .choice(
            "enable-protected-configs", \.protectedSettings,
            "Who may change protected settings: no, yes or local.", .immutable),
        .choice("enable-debug-command", \.debugCommand, "Who may use DEBUG: no, yes or local.", .immutable),
        .choice("enable-module-command", \.moduleCommand, "Who may use MODULE: no, yes or local.", .immutable),
        .integer(
            "busy-reply-threshold", 0...Int.max, \.busyReplyMilliseconds,
            "After how many milliseconds of a script other clients are told BUSY; 0 for never.",
            alias: "lua-time-limit"),
    ]
}
