// Lists of what is known to differ, one name per line. A difference that is not listed is a failure, and so is a line
// that is no longer true: the lists can only shrink. APUS_UPDATE_LEFT_OUT=1 writes them anew.

import Foundation

/// What a table of facts came to, checked against its list of exceptions.
public struct LeftOut {
    private let file: URL
    private let listed: [String]
    private var differences: [(name: String, problem: String)] = []

    public init(_ name: String) {
        file = repositoryRoot.appendingPathComponent("Tests/WireTests/LeftOut/\(name).txt")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        listed = text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
    }

    public mutating func note(_ name: String, _ problem: String) { differences.append((name, problem)) }

    /// What is to be reported: differences that are not listed, and lines that no longer hold.
    public func findings() -> [String] {
        let names = Set(differences.map(\.name))
        if ProcessInfo.processInfo.environment["APUS_UPDATE_LEFT_OUT"] != nil {
            let head =
                """
                # Known to differ, each with the issue that is to mend it. A line that has become untrue fails the \
                test.\n
                """
            try? (head + names.sorted().map { $0 + "\n" }.joined()).write(to: file, atomically: true, encoding: .utf8)
            return []
        }
        let known = Set(listed)
        let news = differences.filter { !known.contains($0.name) }.map { "\($0.name): \($0.problem)" }
        let stale = listed.filter { !names.contains($0) }
            .map { "\($0): is right by now: remove the line from \(file.lastPathComponent)" }
        return news + stale
    }
}
