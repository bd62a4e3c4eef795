// Where the parts of the append-only file and their manifest lie, and how the manifest is changed: a new one is written
// beside the old one and takes its name, so that there is a whole one at every moment.

internal import Platform

/// The directory of the append-only file.
struct AppendOnlyDirectory {
    let disk: any Disk
    /// `appenddirname` and `appendfilename`.
    let path: String
    let fileName: String

    var manifestName: String { "\(fileName).manifest" }
    private var draftName: String { "temp-\(manifestName)" }
    /// What is logged while the first rewrite runs that a server makes whose log was switched on.
    var temporaryIncrementName: String { "temp-\(fileName).incr" }

    func path(of name: String) -> String { DiskPath.join(path, name) }

    var exists: Bool { disk.status(of: path)?.kind == .directory }
    func holds(_ name: String) -> Bool { disk.exists(path(of: name)) }

    /// Makes sure that there is the directory.
    func create() throws(AppendOnlyFailure) {
        if exists { return }
        do throws(DiskError) {
            try disk.createDirectory(path)
            try disk.syncDirectory(of: path)
        } catch {
            throw AppendOnlyFailure("Can't open or create append-only dir \(path): \(error.reason)")
        }
    }

    /// Opens a part of the log to write to it.
    func open(_ name: String, _ access: DiskAccess) throws(AppendOnlyFailure) -> DiskFile {
        do throws(DiskError) { return try disk.open(path(of: name), access) } catch {
            throw AppendOnlyFailure("Can't open the append-only file \(name): \(error.reason)")
        }
    }

    /// Puts a manifest in the place of the one that is there. If this fails the old one is there, or else the failure
    /// says that either may be: the new one can have taken its name without being safe.
    func write(_ manifest: AppendOnlyManifest, insteadOf old: AppendOnlyManifest) throws(AppendOnlyFailure) {
        let path = self.path(of: manifestName), draft = self.path(of: draftName)
        do throws(DiskError) { try disk.replace(path, with: manifest.text, draft: draft) } catch {
            var failure = AppendOnlyFailure(words(for: error))
            let found = try? disk.contents(of: path)
            if found != (old.text.isEmpty ? nil : old.text) {
                failure.leavesDoubt = !putBack(old)
            }
            throw failure
        }
    }

    /// Makes the manifest that of before; where there was none, an empty one would pass for damage.
    private func putBack(_ old: AppendOnlyManifest) -> Bool {
        let path = self.path(of: manifestName)
        do throws(DiskError) {
            if old.text.isEmpty {
                try disk.remove(path)
                try disk.syncDirectory(self.path)
            } else {
                try disk.replace(path, with: old.text, draft: self.path(of: draftName))
            }
            return true
        } catch { return false }
    }

    private func words(for error: DiskError) -> String {
        switch error.call {
        case "open": "Can't open the AOF manifest file \(draftName): \(error.reason)"
        case "fsync": "Fail to fsync the temp AOF file \(draftName): \(error.reason)."
        case "rename":
            "Error trying to rename the temporary AOF manifest file \(draftName) into \(manifestName): \(error.reason)"
        default: "Error trying to write the temporary AOF manifest file \(draftName): \(error.reason)"
        }
    }
}

/// Why something could not be done to the append-only file, as the log says it.
struct AppendOnlyFailure: Error {
    let text: String
    /// The manifest that is on disk may be the old one or the new one: what either of them names must stay.
    var leavesDoubt = false

    init(_ text: String) { self.text = text }
}
