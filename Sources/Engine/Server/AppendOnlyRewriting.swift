// The append-only file is rewritten: a snapshot becomes the new base, and from its moment on changes go to a new
// increment. When the base is whole, a new manifest makes history of everything before.

internal import Platform

extension CommandContext {
    /// `appendonly` has another value than the server acts by.
    mutating func switchLog() throws(SettingError) {
        if !settings.appendOnly { return stopLogging() }
        guard appendOnly.state == .off else { return }
        throw SettingError("Unable to turn on AOF. Check server logs.")
    }

    /// The base of a log that begins with nothing.
    func writeFirstBase(_ path: String) throws(AppendOnlyFailure) {
        let draft = "temp-rewriteaof-\(host.processIdentifier).aof"
        var plan = RDBFilePlan(
            temporaryPath: draft, path: path, spillPath: draft, directory: DiskPath.directory(of: path))
        plan.form = settings.rewritesAsSnapshot ? .rdb : .commands
        plan.version = settings.snapshotVersion
        plan.fields = RDBFilePlan.fields(now: now, usedMemory: keyspace.memoryUsed, isAppendOnlyBase: true)
        var writer = RDBFileWriter(plan, disk: host.disk)
        do throws(DiskError) {
            try writer.begin()
            try writer.finish()
        } catch {
            writer.abort()
            throw AppendOnlyFailure("Write error writing append only file on disk: \(error.reason)")
        }
    }

    /// Removes the files that a newer base has made superfluous.
    mutating func removeLogHistory() {
        guard !settings.keepsLogHistory, !appendOnly.manifest.history.isEmpty else { return }
        let directory = appendOnlyDirectory
        for part in appendOnly.manifest.history {
            log.notice("Removing the history file \(part.path) in the background")
            removeInBackground(directory.path(of: part.path))
        }
        appendOnly.manifest.forgetHistory()
        do throws(AppendOnlyFailure) { try directory.write(appendOnly.manifest) } catch { log.warning(error.text) }
    }

    /// A file that nobody needs; if there is no room for more work, the next start finds it.
    func removeInBackground(_ path: String) { _ = appendOnly.removing.submit(.remove(path)) }
}
