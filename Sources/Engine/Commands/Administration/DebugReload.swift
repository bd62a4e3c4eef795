// DEBUG RELOAD: the data go to the snapshot's file and come back from it, while everybody waits.

extension CommandContext {
    mutating func reload(_ arguments: Arguments) throws(CommandError) {
        var options = RDBLoader.Options(keepsEndedKeys: follows), flushes = true, saves = true
        for index in 2..<arguments.count {
            switch arguments[index].text.lowercased() {
            case "merge": options.replaces = true
            case "noflush": flushes = false
            case "nosave": saves = false
            default:
                throw .because("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.")
            }
        }
        if saves, !saveNow() { throw .because("ERR") }
        if flushes {
            keyspace.flushAllAndGiveBack()
            flushLibraries()
        }
        let selected = keyspace.selected
        defer { keyspace.select(selected) }
        guard loadAtOnce(settings.dumpFile, options) else {
            throw .because("ERR Error trying to load the RDB dump, check server logs.")
        }
        log.notice("DB reloaded by DEBUG RELOAD")
    }
}
