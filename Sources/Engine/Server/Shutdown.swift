// The end of the server: SIGTERM, SIGINT and SHUTDOWN take the same way. A signal only asks; the next periodic work
// obeys, unless SHUTDOWN ABORT comes first.

internal import Platform

/// Whether the end has been asked for.
struct Shutdown {
    /// The signal that asked, until it is obeyed.
    fileprivate(set) var request: SignalQueue.Signal?
    /// DEBUG PAUSE-CRON: nothing periodic is done, and so no signal obeyed.
    var isPutOff = false
}

extension CommandContext {
    /// A signal came.
    mutating func receive(_ signal: SignalQueue.Signal) {
        guard signal != .hangUp else { return }
        if shutdown.request != nil, signal == .interrupt {
            log.warning("You insist... exiting now.")
            host.exit(1)
        }
        log.warning("Received \(signal == .interrupt ? "SIGINT" : "SIGTERM") scheduling shutdown...")
        shutdown.request = signal
    }

    /// Periodic work: ends the server if a signal asked for it.
    mutating func obeyShutdownRequest() {
        guard let request = shutdown.request, !shutdown.isPutOff else { return }
        shutdown.request = nil
        let options = request == .interrupt ? settings.shutdownOnSIGINT : settings.shutdownOnSIGTERM
        _ = endServer(loading.isInForce ? .noSave : options)
    }

    /// Takes back a signal's request; false if there is none.
    mutating func abortShutdown() -> Bool {
        guard shutdown.request != nil else { return false }
        shutdown.request = nil
        log.notice("Shutdown manually aborted.")
        return true
    }

    /// Ends the process, or returns false if that would lose what was to be saved.
    mutating func endServer(_ options: ShutdownOptions) -> Bool {
        log.notice("User requested shutdown...")
        if isSupervised { _ = host.notifySupervisor("STOPPING=1\n") }
        guard finishLog(forced: options.contains(.force)), saveBeforeEnd(options) else {
            log.warning("Errors trying to shut down the server. Check the logs for more information.")
            return false
        }
        if !options.contains(.now) { finishReplicas() }
        if !settings.pidFile.isEmpty {
            log.notice("Removing the pid file.")
            host.remove(settings.pidFile)
        }
        if !settings.unixSocket.isEmpty { log.notice("Removing the unix socket file.") }
        listeners.closeAll()
        finishDiskJobs()
        log.warning("Redis is now ready to exit, bye bye...")
        host.exit(0)
    }

    /// Nothing is left of a dump that is being saved; one of this moment takes its place, if that is wanted. False if
    /// it failed, and the end is not to be forced.
    private mutating func saveBeforeEnd(_ options: ShutdownOptions) -> Bool {
        if saving.run?.purpose == .backgroundDump {
            log.warning("There is a child saving an .rdb. Killing it!")
            abandonSnapshot()
        }
        // What has been loaded so far is not what was saved.
        if loading.isInForce { return true }
        guard options.contains(.save) || !settings.savePoints.isEmpty && !options.contains(.noSave) else { return true }
        log.notice("Saving the final RDB snapshot before exiting.")
        if isSupervised { _ = host.notifySupervisor("STATUS=Saving the final RDB snapshot\n") }
        if saveNow() { return true }
        if options.contains(.force) {
            log.warning("Error trying to save the DB. Exit anyway.")
            return true
        }
        log.warning("Error trying to save the DB, can't exit.")
        if isSupervised { _ = host.notifySupervisor("STATUS=Error trying to save the DB, can't exit.\n") }
        return false
    }

    private var isSupervised: Bool { settings.supervised == .systemd || settings.supervised == .auto }
}
