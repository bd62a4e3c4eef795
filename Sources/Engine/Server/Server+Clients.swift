// What the server does for connections besides their requests: who may come in, and what time does to those who are in.

internal import Platform

extension Server {
    /// How long the event loop may wait for sockets.
    mutating func millisecondsToWait() -> Int32 {
        if hasMoreWork || context.clients.hasWork || context.growing.hasWork || context.loading.isInForce { return 0 }
        if context.link.hasWork { return 0 }
        let now = clock.milliseconds
        var next = context.pause.isInForce ? min(nextPeriodicWork, context.pause.end) : nextPeriodicWork
        if let wait = context.snapshotWaitMilliseconds { next = min(next, now + Int64(wait)) }
        if context.defragmentation.isRunning { next = min(next, context.defragmentation.dueTime) }
        next = min(next, context.prefixWalk.dueTime)
        if context.replicas.hasWork, context.canServeReplicas { next = now }
        if !context.saving.isHolding, let deadline = context.keyspace.nextDeadline { next = min(next, deadline) }
        if let deadline = context.blocked.nextDeadline { next = min(next, deadline) }
        return Int32(clamping: max(0, next - now))
    }

    /// Work that recurs, `hz` times in a second.
    @inline(__always) mutating func runPeriodicWork() {
        if _slowPath(context.now >= nextPeriodicWork || nextPeriodicWork - context.now > 1000) { runPeriodicWorkNow() }
    }

    @inline(never) private mutating func runPeriodicWorkNow() {
        let start = Ticks.now
        defer { context.observation.endPeriodicWork(begunAt: start) }
        nextPeriodicWork = context.now + Int64(1000 / context.settings.ticksPerSecond)
        if context.settings.watchdogMilliseconds > 0 {
            context.host.watch(milliseconds: context.settings.watchdogMilliseconds)
        }
        if context.shutdown.isPutOff { return }
        context.obeyShutdownRequest()
        context.rewriteIfDue()
        context.saveIfDue()
        inspectClients()
        context.considerFailover()
        context.tendReplicas()
        context.tendLink()
        if context.follows { context.endOwnKeys() }
        context.returnMemory()
        context.considerDefragmentation()
        context.considerWalk()
        context.links.closeIdle(now: context.now)
        context.observation.sample(commands: context.commands.totalCalls, context.clients.statistics, at: context.now)
        context.observation.notePeak(context.memoryParts.used)
    }

    /// Looks at some of the clients: all of them within about a second.
    private mutating func inspectClients() {
        let count = context.clients.count
        var left = min(count, max(5, count / 10 + 1))
        while left > 0, context.clients.count > 0 {
            left -= 1
            if inspectedClients >= context.clients.count { inspectedClients = 0 }
            let client = context.clients.identifier(at: inspectedClients)
            if isIdleForTooLong(client) {
                context.log.verbose("Closing idle client")
                context.disconnect(client)
            } else {
                if !context.clients[client].output.isEmpty { context.clients.checkOutputLimit(of: client) }
                inspectedClients += 1
            }
        }
    }

    private func isIdleForTooLong(_ client: ClientIdentifier) -> Bool {
        let limit = Int64(context.clients.limits.idleSeconds)
        guard limit > 0, context.clients[client].kind == .normal,
            context.clients[client].flags.isDisjoint(with: [.isMonitor, .isBlocked, .isBeingAnswered])
        else { return false }
        return (context.now - context.clients[client].lastInteraction) / 1000 > limit
    }
}

extension CommandContext {
    /// What a connection hears that may not come in.
    func refusal(of connection: Connection) -> StaticString? {
        if clients.count >= clients.limits.mostClients { return "-ERR max number of clients reached\r\n" }
        let isOpen = !clients.limits.isProtected || !settings.password.isEmpty
        return isOpen || connection.peer.isLoopback ? nil : CommandContext.protectedModeText
    }

    private static let protectedModeText: StaticString = """
        -DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the \
        default user. In this mode connections are only accepted from the loopback interface. If you want to connect \
        from external computers to Redis you may adopt one of the following solutions: 1) Just disable protected \
        mode sending the command 'CONFIG SET protected-mode no' from the loopback interface by connecting to Redis \
        from the same host the server is running, however MAKE SURE Redis is not publicly accessible from internet \
        if you do so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just disable the \
        protected mode by editing the Redis configuration file, and setting the protected mode option to 'no', and \
        then restarting the server. 3) If you started the server manually just for testing, restart it with the \
        '--protected-mode no' option. 4) Set up an authentication password for the default user. NOTE: You only \
        need to do one of the above things in order for the server to start accepting connections from the \
        outside.\r\n
        """
}
