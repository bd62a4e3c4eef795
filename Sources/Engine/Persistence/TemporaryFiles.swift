// What files of the working directory are called while they are not complete, in Redis's words, and who removes those
// that a process has left there by dying: the next one that starts.

/// A file that is there only as long as its process needs it.
struct TemporaryFile: Equatable {
    enum Kind: String, CaseIterable {
        /// A snapshot that is being written.
        case snapshot = "temp-#.rdb"
        /// The base of an append-only file that is being rewritten.
        case rewrite = "temp-rewriteaof-#.aof"
        /// The same, by Redis's child.
        case rewriteOfChild = "temp-rewriteaof-bg-#.aof"

        /// What stands before and behind the process's number.
        fileprivate var parts: (before: Substring, after: Substring) {
            let parts = rawValue.split(separator: "#")
            return (parts[0], parts[1])
        }
    }

    let kind: Kind
    let processIdentifier: Int

    init(_ kind: Kind, of processIdentifier: Int) {
        self.kind = kind
        self.processIdentifier = processIdentifier
    }

    /// Behind the name of a file: what comes too early for it.
    static let spillSuffix = ".spill"

    /// A snapshot that another server sends.
    static func nameOfReceived(second: Int64, of processIdentifier: Int) -> String {
        "temp-\(second).\(processIdentifier).rdb"
    }

    /// Nil if the name is that of another file.
    init?(named name: String) {
        guard name.utf8.starts(with: "temp-".utf8) else { return nil }
        let name =
            name.hasSuffix(TemporaryFile.spillSuffix) ? name.dropLast(TemporaryFile.spillSuffix.count) : name[...]
        for kind in Kind.allCases {
            let (before, after) = kind.parts
            guard name.hasPrefix(before), name.hasSuffix(after), name.utf8.count > before.utf8.count + after.utf8.count
            else { continue }
            // A snapshot from a master has the time before the process.
            let numbers = name.dropFirst(before.count).dropLast(after.count).split(
                separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            guard let last = numbers.last, numbers.count == 1 || kind == .snapshot,
                numbers.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { 48...57 ~= $0 } }), let number = Int(last)
            else { continue }
            self.init(kind, of: number)
            return
        }
        return nil
    }

    var name: String {
        let (before, after) = kind.parts
        return "\(before)\(processIdentifier)\(after)"
    }
}
