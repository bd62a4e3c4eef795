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

    /// Removes what no manifest names: the base of a rewrite that was complete but for its last step, or the next
    /// increment, and the draft of a manifest. The next rewrite would give its own files the same names.
    mutating func removeUnnamedParts(_ directory: AppendOnlyDirectory) {
        guard !appendOnly.manifest.isEmpty else { return }
        var (snapshot, commands) = (appendOnly.manifest, appendOnly.manifest)
        let names = [
            "temp-\(directory.manifestName)", snapshot.addBase(of: directory.fileName, isSnapshot: true).path,
            commands.addBase(of: directory.fileName, isSnapshot: false).path,
            commands.addIncrement(of: directory.fileName).path,
        ]
        for name in names {
            // The manifest that is seen must be the one that will be seen after a loss of power.
            guard directory.holds(name), (try? host.disk.syncDirectory(directory.path)) != nil else { continue }
            removeLeftover("append-only part", directory.path(of: name))
        }
    }

    /// Removes at the start what newer files have made superfluous. A manifest forgets such a file before it is gone,
    /// and whoever dies in between leaves one that nobody knows of.
    mutating func removePastParts() {
        let directory = appendOnlyDirectory, manifest = appendOnly.manifest
        guard !settings.keepsLogHistory, manifest.base != nil,
            let names = try? host.disk.names(in: directory.path)
        else { return }
        let past = names.filter { manifest.isPast($0, of: directory.fileName) }
        // The manifest that is seen must be the one that will be seen after a loss of power.
        guard !past.isEmpty, (try? host.disk.syncDirectory(directory.path)) != nil else { return }
        for name in past { removeLeftover("append-only part", directory.path(of: name)) }
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
