// From the command line to a running server, in Redis's order and with its words: tools and tests read them.

public import Platform

/// The start of the process.
public enum Startup {
    /// Starts what the command line asks for. Returns a server and what it listens to, or ends the process.
    public static func begin(_ arguments: [String], host: SystemHost) -> Server {
        if let tool = FileTool(program: arguments.first ?? "") { host.exit(tool.run(arguments, host: host)) }
        let invocation: Invocation
        do throws(CommandLineAnswer) {
            invocation = try Invocation(arguments, directory: host.directory)
            if arguments.dropFirst().first == "--check-system" { throw SystemCheck(host: host).answer }
        } catch {
            host.print(error.text, toErrors: error.goesToErrors)
            host.exit(error.exitCode)
        }
        let (settings, unused) = configure(invocation, host)
        let supervisor = supervisor(settings, host)
        if supervisor == .upstart { host.stop() }
        if settings.daemonize, supervisor == .no { host.detach() }
        var log = Log(path: settings.logFile, processIdentifier: host.processIdentifier)
        log.level = settings.logLevel
        if settings.logsToSystem {
            log.copy(to: SystemLog(name: settings.systemLogName, facility: settings.systemLogFacility))
        }
        log.notice("oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo")
        log.notice(
            "Redis version=\(Build.redisVersion), bits=64, commit=00000000, modified=0, "
                + "pid=\(host.processIdentifier), just started"
        )
        if invocation.isBare {
            log.warning(
                "Warning: no config file specified, using the default config. In order to specify a config file use "
                    + "\(invocation.program) /path/to/redis.conf")
        } else {
            log.notice("Configuration loaded")
        }
        log.role = "M"
        if supervisor == .no, settings.supervised != .no, settings.supervised != .auto {
            log.warning("\(settings.supervised.rawValue) supervision requested, but its environment was not found.")
        }
        if let limit = try? host.read("/proc/sys/net/core/somaxconn").trimmed.integer, limit > 0,
            limit < settings.tcpBacklog
        {
            log.warning(
                "WARNING: The TCP backlog setting of \(settings.tcpBacklog) cannot be enforced because "
                    + "/proc/sys/net/core/somaxconn is set "
                    + "to the lower value of \(limit).")
        }
        var server = Server(settings: settings, log: log, host: host, invocation: invocation)
        server.context.announceStart(unused)
        return server
    }

    /// Reads the configuration; a wrong one ends the process with Redis's report.
    private static func configure(_ invocation: Invocation, _ host: SystemHost) -> (Settings, unused: [String]) {
        var initial = Settings()
        initial.directory = host.directory
        var reader = ConfigurationReader(initial, host: host)
        reader.read(
            file: invocation.configurationFile, standardInput: invocation.readsStandardInput,
            options: invocation.options)
        if let unreadable = reader.unreadable {
            var log = Log(path: "", processIdentifier: host.processIdentifier)
            log.warning("Fatal error, can't open config file '\(unreadable.path)': \(unreadable.reason)")
            host.exit(1)
        }
        if invocation.onlyTests {
            host.print(ConfigurationReport.all(reader.errors), toErrors: !reader.errors.isEmpty)
            host.exit(reader.errors.isEmpty ? 0 : 1)
        }
        if let first = reader.errors.first {
            host.print(ConfigurationReport.fatal(first), toErrors: true)
            host.exit(1)
        }
        let unused = reader.named.sorted().compactMap(Setting.named).filter {
            !$0.isRead && $0.text(reader.settings) != $0.text(Settings())
        }
        return (reader.settings, unused.map(\.name))
    }

    /// Which supervisor watches the process, of those that the settings allow.
    private static func supervisor(_ settings: Settings, _ host: SystemHost) -> Supervision {
        let allowed = settings.supervised
        if allowed == .systemd || allowed == .auto, host.environment("NOTIFY_SOCKET") != nil { return .systemd }
        if allowed == .upstart || allowed == .auto, host.environment("UPSTART_JOB") != nil { return .upstart }
        return .no
    }
}

extension EventLoop {
    /// Listens where the settings say, begins to read the data, and says so, or ends the process.
    public mutating func open() {
        HeapBlock.shareAmongThreads()
        server.context.openListeners()
        server.context.noteStartupMemory(HeapBlock.usage.used)
        server.context.log.notice("Server initialized")
        server.context.startLoading()
        if !server.context.loading.isInForce { server.context.announceReady() }
    }
}

extension CommandContext {
    /// What is done and said before the server listens.
    fileprivate mutating func announceStart(_ unused: [String]) {
        prepareCrashReport()
        beginWatch()
        if !host.setCollation(settings.collation) {
            log.warning("The locale '\(settings.collation)' of locale-collate is not installed.")
        }
        if settings.outOfMemoryScore != .no { try? tellOutOfMemoryScore() }
        checkMemory()
        raiseOpenFileLimit()
        if !settings.pidFile.isEmpty || settings.daemonize { writePidFile() }
        showTitle()
        showLogo()
        for name in unused { noteUnread(name) }
        removeTemporaryFiles()
        if settings.maxMemory > 0 {
            if settings.maxMemory < 1 << 20 {
                log.warning(
                    "WARNING: You specified a maxmemory value that is less than 1MB (current value is "
                        + "\(settings.maxMemory) bytes). "
                        + "Are you sure this is what you really want?")
            }
        }
    }

    private mutating func raiseOpenFileLimit() {
        let wanted = settings.maxClients + 32
        let limit = host.raiseOpenFileLimit(to: wanted)
        guard limit.now < wanted else {
            if limit.now != limit.before {
                log.notice(
                    "Increased maximum number of open files to \(wanted) (it was originally set to \(limit.before)).")
            }
            return
        }
        guard limit.now > 32 else {
            log.warning(
                "Your current 'ulimit -n' of \(limit.before) is not enough for the server to start. Please increase "
                    + "your open file "
                    + "limit to at least \(wanted). Exiting.")
            host.exit(1)
        }
        log.warning(
            "You requested maxclients of \(settings.maxClients) requiring at least \(wanted) max file descriptors.")
        log.warning(
            "Server can't set maximum open files to \(wanted) because of OS error: \(limit.reason ?? "unknown").")
        settings.maxClients = limit.now - 32
        log.warning(
            "Current maximum open files is \(limit.now). maxclients has been reduced to \(settings.maxClients) to "
                + "compensate for low "
                + "ulimit. If you need higher maxclients increase 'ulimit -n'.")
    }

    fileprivate mutating func openListeners() {
        if settings.port == 0 || settings.bind.isEmpty, settings.unixSocket.isEmpty {
            log.warning("Configured to not listen anywhere, exiting.")
            host.exit(1)
        }
        do throws(ListenFailure) { try listeners.apply(listenerSettings) } catch {
            report(error)
            if error.port != 0 { log.warning("Failed listening on port \(error.port) (tcp), aborting.") }
            host.exit(1)
        }
    }

    private mutating func writePidFile() {
        if settings.pidFile.isEmpty { settings.pidFile = "/var/run/redis.pid" }
        do { try host.write(settings.pidFile, Array("\(host.processIdentifier)\n".utf8)) } catch {
            log.warning("Failed to write PID file: \(error.reason)")
        }
    }

    private mutating func showLogo() {
        guard settings.alwaysShowLogo || settings.logFile.isEmpty && log.isTerminal else {
            return log.notice("Running mode=standalone, port=\(settings.port).")
        }
        guard settings.logLevel <= .notice else { return }
        log.raw(
            """

                 __
               _/  \\__      Redis \(Build.redisVersion) (Apus \(Build.version)) 64 bit
              /      _\\___
             /    __/   __\\_  Running in standalone mode
            /____/  \\__/      Port: \(settings.port)
                              PID: \(host.processIdentifier)


            """)
    }

    /// The server listens and answers.
    mutating func announceReady() {
        openLogAtStart()
        removePastParts()
        removeLogHistory()
        reportStart()
        if settings.port != 0 { log.notice("Ready to accept connections tcp") }
        if !settings.unixSocket.isEmpty { log.notice("Ready to accept connections unix") }
        guard settings.supervised == .systemd || settings.supervised == .auto else { return }
        _ = host.notifySupervisor("STATUS=Ready to accept connections\nREADY=1\n")
    }
}
