// What a process has left on the disk by dying is removed by the next one that starts.

internal import Platform

extension CommandContext {
    /// Removes what processes that are gone have left in the working directory.
    mutating func removeTemporaryFiles() {
        guard let names = try? host.disk.names(in: ".") else { return }
        for name in names {
            guard let file = TemporaryFile(named: name), !isInUse(file) else { continue }
            removeLeftover("temporary file", name)
        }
    }

    /// Removes a base that no manifest names: a rewrite was complete but for its last step. The next one would give its
    /// own base the same name.
    mutating func removeUnnamedBase(_ directory: AppendOnlyDirectory) {
        guard !appendOnly.manifest.isEmpty else { return }
        for isSnapshot in [true, false] {
            var next = appendOnly.manifest
            let name = next.addBase(of: directory.fileName, isSnapshot: isSnapshot).path
            // The manifest that is seen must be the one that will be seen after a loss of power.
            guard directory.holds(name), (try? host.disk.syncDirectory(directory.path)) != nil else { continue }
            removeLeftover("append-only base", directory.path(of: name))
        }
    }

    private mutating func removeLeftover(_ kind: String, _ path: String) {
        do throws(DiskError) {
            try host.disk.remove(path)
            log.notice("Removed the \(kind) \(path) of a process that is gone.")
        } catch {
            log.warning("Cannot remove the \(kind) \(path): \(error.reason)")
        }
    }

    /// This process has none yet: what bears its number is from one before it.
    private func isInUse(_ file: TemporaryFile) -> Bool {
        file.processIdentifier != host.processIdentifier && host.isRunning(file.processIdentifier)
    }
}
