// What the tidy tests found, less the exceptions listed by name in exceptions.txt. An exception that is no longer
// needed is a finding too, so that the list only shrinks. APUS_UPDATE_LEFT_OUT=1 writes the list anew.

import Foundation
import TestSupport
import Testing

/// Breaches of one rule.
struct Findings {
    private let rule: String
    private var found: [(name: String, text: String)] = []

    init(of rule: String) { self.rule = rule }

    /// `name` is what an exception names: a file, or a function in one.
    mutating func add(_ name: String, _ text: String) { found.append((name, text)) }

    func report() {
        if ProcessInfo.processInfo.environment["APUS_UPDATE_LEFT_OUT"] != nil {
            return Exceptions.rewrite(rule, found.map(\.name))
        }
        let excepted = Set(Exceptions.listed(for: rule))
        for finding in found where !excepted.contains(finding.name) { Issue.record("\(finding.text) [\(rule)]") }
        for name in excepted.subtracting(found.map(\.name)).sorted() {
            Issue.record(
                "\(name) keeps the rule by now: remove \"\(rule) \(name)\" from Tests/TidyTests/exceptions.txt")
        }
    }
}

/// The list of exceptions: a rule and a name on each line.
private enum Exceptions {
    private static let file = repositoryRoot.appendingPathComponent("Tests/TidyTests/exceptions.txt")
    private static let lock = NSLock()

    private static func lines() -> [String] {
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    static func listed(for rule: String) -> [String] {
        lines().filter { $0.hasPrefix(rule + " ") }.map { String($0.dropFirst(rule.count + 1)) }
    }

    static func rewrite(_ rule: String, _ names: [String]) {
        lock.withLock {
            let all = lines()
            let head = all.filter { $0.hasPrefix("#") }
            let others = all.filter { !$0.hasPrefix("#") && !$0.hasPrefix(rule + " ") }
            let list = (others + Set(names).map { "\(rule) \($0)" }).sorted()
            try? (head + list).map { $0 + "\n" }.joined().write(to: file, atomically: true, encoding: .utf8)
        }
    }
}
