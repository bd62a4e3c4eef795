// DEBUG RELOAD: the data go to the snapshot's file and come back from it, while everybody waits.

internal import Platform

extension CommandContext {
    mutating func reload(_ arguments: Arguments) throws(CommandError) {
        var options = RDBLoader.Options(), flushes = true, saves = true
        for index in 2..<arguments.count {
            switch arguments[index].text.lowercased() {
            case "merge": options.replaces = true
            case "noflush": flushes = false
            case "nosave": saves = false
            default:
                throw .because("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.")
            }
        }
        if saves, !saveAtOnce() { throw .because("ERR") }
        if flushes { _ = keyspace.flushAll() }
        let selected = keyspace.selected
        defer { keyspace.select(selected) }
        guard loadAtOnce(settings.dumpFile, options) else {
            throw .because("ERR Error trying to load the RDB dump, check server logs.")
        }
        log.notice("DB reloaded by DEBUG RELOAD")
    }

    /// Writes the snapshot's file while everybody waits.
    private mutating func saveAtOnce() -> Bool {
        let name = "temp-\(host.processIdentifier).rdb"
        var plan = RDBFilePlan(
            temporaryPath: name, path: settings.dumpFile, spillPath: name + ".spill", directory: ".")
        plan.version = settings.snapshotVersion
        plan.compresses = settings.compressesStrings
        plan.checksums = settings.checksumsSnapshots
        plan.fields = RDBFilePlan.fields(
            now: now, usedMemory: observation.startupMemory + keyspace.memoryUsed, isAppendOnlyBase: false)
        plan.functions = functionLibraries
        var file = RDBFileWriter(plan, disk: host.disk)
        do throws(DiskError) {
            try file.begin()
            try keyspace.write(to: &file, plan, policy: settings.maxMemoryPolicy)
            try file.finish()
            return true
        } catch {
            file.abort()
            log.warning("Write error saving DB on disk: \(error.call): \(error.reason)")
            return false
        }
    }
}
