// What a process has left in the working directory by dying is removed by the next one that starts.

internal import Platform

extension CommandContext {
    /// Removes what processes that are gone have left in the working directory.
    mutating func removeTemporaryFiles() {
        guard let names = try? host.disk.names(in: ".") else { return }
        for name in names {
            guard let file = TemporaryFile(named: name), !isInUse(file) else { continue }
            do throws(DiskError) {
                try host.disk.remove(name)
                log.notice("Removed the temporary file \(name) of a process that is gone.")
            } catch {
                log.warning("Cannot remove the temporary file \(name): \(error.reason)")
            }
        }
    }

    /// This process has none yet: what bears its number is from one before it.
    private func isInUse(_ file: TemporaryFile) -> Bool {
        file.processIdentifier != host.processIdentifier && host.isRunning(file.processIdentifier)
    }
}
