// What a change of settings sets in motion, besides the fields that everybody reads. A new effect also needs: a case
// in `SettingEffect`, and its work here; the switch will not compile without it.

internal import Platform

extension CommandContext {
    /// Puts settings in force that have been checked: all of them, or, if one effect fails, none.
    mutating func adopt(_ changed: Settings, _ effects: [(effect: SettingEffect, name: String)]) throws(SettingFailure)
    {
        let before = settings
        settings = changed
        for (index, step) in effects.enumerated() {
            do throws(SettingError) { try bringAbout(step.effect) } catch {
                log.warning(
                    "Failed applying new configuration. Possibly related to new \(step.name) setting. Restoring "
                        + "previous settings."
                )
                settings = before
                for undone in effects[...index] { try? bringAbout(undone.effect) }
                throw SettingFailure(name: step.name, reason: error.reason)
            }
        }
    }

    private mutating func bringAbout(_ effect: SettingEffect) throws(SettingError) {
        switch effect {
        case .port:
            do throws(ListenFailure) { try listeners.apply(listenerSettings) } catch {
                report(error)
                throw SettingError("Unable to listen on this port. Check server logs.")
            }
        case .bind:
            do throws(ListenFailure) { try listeners.apply(listenerSettings) } catch {
                report(error)
                throw SettingError("Failed to bind to specified addresses.")
            }
        case .openFiles:
            let limit = host.raiseOpenFileLimit(to: settings.maxClients + 32)
            guard limit.now >= settings.maxClients + 32 else {
                throw SettingError(
                    "The operating system is not able to handle the specified number of clients, try with "
                        + "\(max(1, limit.now - 32))"
                )
            }
            clients.limits = settings.clientLimits
        case .clients: clients.limits = settings.clientLimits
        case .observation:
            observation.apply(settings)
        case .memoryLimit:
            applyMemoryLimit()
            announceMemoryLimit()
            noteMemory()
            shrinkInBackground()
        case .eventClasses:
            keyspace.feed.publishEvents(of: settings.keyspaceEvents)
        case .encodings: keyspace.heap.limits = settings.encodings
        case .lazyRemovals: keyspace.feed.lazyRemovals = settings.lazyRemovals
        case .password: passwordHasChanged()
        case .logLevel: log.level = settings.logLevel
        case .processTitle: showTitle()
        case .crashReport: prepareCrashReport()
        case .watchdog: beginWatch()
        case .collation:
            guard host.setCollation(settings.collation) else { throw SettingError("Invalid locale name") }
        case .outOfMemoryScore: try tellOutOfMemoryScore()
        case .evictionPolicy:
            applyEvictionPolicy()
            noteMemory()
        case .clientMemory:
            applyMemoryLimit()
            noteMemory()
        case .appendOnly: try switchLog()
        case .appendSync:
            // Whoever trusts in `always` from now on must not hear of older failures.
            if settings.appendSync == .always { appendOnly.syncing.drain() }
        case .logHistory: removeLogHistory()
        case .usage:
            usage.apply(settings.usage, at: now)
            prefixWalk.stop()
        case .saving: refuseWritesIfUnsaved()
        case .reportedVersion: scripts.report(settings.reportedVersion)
        case .replicas: countGoodReplicas()
        case .backlog:
            settings.backlogSize = max(settings.backlogSize, CommandContext.leastBacklogSize)
            trimBacklog()
        case .role:
            noteRole()
            noteMemory()
        }
    }

    /// Puts the settings in force with which the server starts.
    mutating func adoptInitialSettings() {
        let effects: [SettingEffect] = [
            .eventClasses, .encodings, .lazyRemovals, .usage, .clients, .observation, .replicas, .reportedVersion,
            .role,
        ]
        for effect in effects { try? bringAbout(effect) }
        followAtStart()
        settings.isBeingRead = false
        applyMemoryLimit()
        applyEvictionPolicy()
        for name in settings.renamedCommands {
            var old = Buffer(), new = Buffer()
            old.append(array: name.from)
            new.append(array: name.to)
            _ = commands.rename(old.contents, to: new.contents)
        }
    }

    /// Where connections are awaited.
    var listenerSettings: ListenerSettings {
        var wanted = ListenerSettings()
        wanted.addresses = settings.bind
        wanted.port = settings.port
        wanted.backlog = settings.tcpBacklog
        wanted.path = settings.unixSocket
        wanted.mode = UInt32(truncatingIfNeeded: settings.unixSocketPermissions)
        return wanted
    }

    mutating func report(_ failure: ListenFailure) {
        let reason = "\(failure.error.call): \(failure.error.reason)"
        if failure.port == 0 { return log.warning("Failed opening Unix socket: \(reason)") }
        log.warning(
            "Warning: Could not create server TCP listening socket \(failure.address):\(failure.port): \(reason)")
    }

    /// Whether uses are counted, and how, and what goes.
    private mutating func applyEvictionPolicy() {
        let policy = settings.maxMemoryPolicy
        keyspace.countDensity(learning: policy.learnsDensity)
        keyspace.clock.countsFrequency = policy == .allKeysLFU || policy == .volatileLFU
        keyspace.clock.logarithmFactor = settings.frequencyLogFactor
        keyspace.clock.decayMinutes = settings.frequencyDecayMinutes
        keyspace.eviction.apply(settings)
        keyspace.eviction.isLimited = account.isLimited
    }

    /// Says what a limit of memory will do, and what it will not.
    private mutating func announceMemoryLimit() {
        if case .bytes = settings.memoryLimit {
        } else {
            let report = memoryReport
            log.notice(report)
        }
        let (limit, used) = (settings.maxMemory, memoryForLimit)
        if limit > 0, limit < used {
            log.warning(
                "WARNING: the new maxmemory value set via CONFIG SET (\(limit)) is smaller than the current memory "
                    + "usage (\(used)). "
                    + "This will result in key eviction and/or the inability to accept new write commands depending "
                    + "on the "
                    + "maxmemory-policy.")
        }
    }

    mutating func showTitle() {
        guard settings.setProcessTitle else { return }
        host.setTitle(
            ProcessTitle.text(
                settings, program: invocation.program, configurationFile: invocation.configurationFile ?? ""))
    }
}

extension Settings {
    fileprivate var lazyRemovals: LazyRemovals {
        var reasons: LazyRemovals = []
        if unlinksEvicted { reasons.insert(.eviction) }
        if unlinksExpired { reasons.insert(.expiry) }
        if unlinksReplaced { reasons.insert(.replacement) }
        return reasons
    }

    /// The part of the settings that the table of clients looks at.
    fileprivate var clientLimits: ClientLimits {
        func limit(_ limit: OutputBufferLimits.Limit) -> OutputLimit {
            OutputLimit(hardSize: limit.hard, softSize: limit.soft, softSeconds: limit.softSeconds)
        }
        var limits = ClientLimits()
        limits.mostClients = maxClients
        limits.idleSeconds = timeoutSeconds
        limits.keepaliveSeconds = tcpKeepaliveSeconds
        limits.largestArgument = min(maxBulkLength, ClientLimits.longestValue)
        limits.largestQuery = queryBufferLimit
        limits.isProtected = protectedMode
        limits.normalOutput = limit(outputBufferLimits.normal)
        limits.replicaOutput = limit(outputBufferLimits.replica)
        limits.pubSubOutput = limit(outputBufferLimits.subscriber)
        return limits
    }
}

/// Which setting failed, and why.
struct SettingFailure: Error {
    let name: String
    /// Nil if there is no such setting.
    let reason: String?
}
