// What Redis has given streams since 8.2, beside arrays and dictionaries, while time passes: XADD and XTRIM with
// policies, XDELEX, XACKDEL, and XREADGROUP … CLAIM. Trimming alone, in large streams: StreamReferenceTests.

import Platform
import Testing

@testable import Engine

@Suite struct StreamCommandTests {
    @Test(arguments: [1, 2, 3, 4, 5, UInt64.random(in: 6 ... .max)])
    func answersEntriesAndGroupsAreThoseOfTheModel(_ seed: UInt64) {
        let clock = ManualClock()
        var server = Server(clock: clock, seed: seed), model = StreamModel(seed: seed)
        if seed % 2 == 0 { server.context.keyspace.heap.limits.streamNodeEntries = 3 }
        server.connect(1)
        for name in StreamModel.names { _ = server.say("XGROUP CREATE s \(name) 0 MKSTREAM") }
        for step in 0..<3000 {
            if model.chance(3) { clock.milliseconds += 10 * Int64.random(in: 1...30, using: &model.random) }
            model.now = clock.microseconds / 1000
            let (line, answer) = model.step(), heard = server.say(line)
            #expect(heard == answer, "seed \(seed), step \(step): \(line)")
            let entries = server.say("XRANGE s - +")
            #expect(entries == model.range(), "seed \(seed), step \(step): \(line)")
            for name in StreamModel.names {
                let pending = server.say("XPENDING s \(name) - + 1000")
                #expect(pending == model.pending(name), "seed \(seed), step \(step), \(name): \(line)")
            }
            if heard != answer { return }
        }
        #expect(model.claimed > 100 && model.kept > 50, "\(model.claimed) \(model.kept)")
    }
}

/// One stream, whose entries are numbered, and its groups.
private struct StreamModel: RandomModel {
    static let names = ["g", "h"]

    private struct Delivery {
        var consumer: String, time: Int64, count: Int
    }

    private struct Group {
        var read = 0
        var pending: [Int: Delivery] = [:]
    }

    private enum Policy: String, CaseIterable { case keep = "KEEPREF", delete = "DELREF", respect = "ACKED" }

    private var entries: [Int] = []
    private var groups = [String: Group](uniqueKeysWithValues: names.map { ($0, Group()) })
    private var last = 0
    /// How often an entry was claimed, and how often one was kept because somebody referred to it.
    private(set) var claimed = 0, kept = 0
    var now: Int64 = 0
    var random: RandomSource

    init(seed: UInt64) { random = RandomSource(seed: seed) }

    // MARK: What is shown

    private static func bulk(_ text: String) -> String { "$\(text.utf8.count)\r\n\(text)\r\n" }

    private static func entry(_ number: Int, _ more: String = "") -> String {
        "*\(more.isEmpty ? 2 : 4)\r\n" + bulk("\(number)-0") + "*2\r\n$1\r\nf\r\n" + bulk("\(number)") + more
    }

    func range() -> String { "*\(entries.count)\r\n" + entries.map { StreamModel.entry($0) }.joined() }

    func pending(_ name: String) -> String {
        let pending = (groups[name]?.pending ?? [:]).sorted { $0.key < $1.key }
        return "*\(pending.count)\r\n"
            + pending.map { number, delivery in
                "*4\r\n" + StreamModel.bulk("\(number)-0") + StreamModel.bulk(delivery.consumer)
                    + ":\(now - delivery.time)\r\n:\(delivery.count)\r\n"
            }.joined()
    }

    // MARK: Steps

    /// A line and its answer; the model has done it.
    mutating func step() -> (String, String) {
        switch Int.random(in: 0..<12, using: &random) {
        case 0..<4: return add()
        case 4..<8: return read()
        case 8: return acknowledge()
        case 9: return delete(in: nil)
        case 10: return delete(in: choose(StreamModel.names))
        default:
            let most = Int.random(in: 0...30, using: &random), policy = choose(Policy.allCases)
            return ("XTRIM s MAXLEN \(most) \(policy.rawValue)", ":\(trim(to: most, policy))\r\n")
        }
    }

    private mutating func add() -> (String, String) {
        last += 1
        entries.append(last)
        var line = "XADD s "
        if chance(3) {
            let most = Int.random(in: 1...30, using: &random), policy = choose(Policy.allCases)
            line += chance(2) ? "\(policy.rawValue) MAXLEN = \(most) " : "MAXLEN \(most) \(policy.rawValue) "
            _ = trim(to: most, policy)
        }
        return (line + "\(last)-0 f \(last)", StreamModel.bulk("\(last)-0"))
    }

    private func isReferenced(_ number: Int) -> Bool {
        groups.values.contains { number > $0.read || $0.pending[number] != nil }
    }

    private mutating func forget(_ number: Int) {
        for name in StreamModel.names { groups[name]?.pending[number] = nil }
    }

    private mutating func trim(to most: Int, _ policy: Policy) -> Int {
        var removed = 0
        for number in entries where entries.count > most {
            if policy == .respect, isReferenced(number) {
                kept += 1
                continue
            }
            if policy == .delete { forget(number) }
            entries.removeAll { $0 == number }
            removed += 1
        }
        return removed
    }

    private mutating func read() -> (String, String) {
        let name = choose(StreamModel.names), consumer = choose(["one", "two", "three"])
        let count = chance(4) ? nil : Int.random(in: 1...6, using: &random), acknowledges = chance(5)
        let idle: Int64? = chance(2) ? nil : choose([0, 50, 200, 500, .max])
        var line = "XREADGROUP GROUP \(name) \(consumer)", group = groups[name] ?? Group(), shown: [String] = []
        if let count { line += " COUNT \(count)" }
        if acknowledges { line += " NOACK" }
        if let idle {
            line += " CLAIM \(idle)"
            let old = group.pending.filter { now - $0.value.time >= idle && entries.contains($0.key) }
            let oldest = old.sorted { ($0.value.time, $0.key) < ($1.value.time, $1.key) }
            for (number, delivery) in oldest.prefix(count ?? .max) {
                shown.append(StreamModel.entry(number, ":\(now - delivery.time)\r\n:\(delivery.count)\r\n"))
                group.pending[number] = Delivery(consumer: consumer, time: now, count: delivery.count + 1)
                claimed += 1
            }
        }
        for number in entries where number > group.read && shown.count < count ?? .max {
            shown.append(StreamModel.entry(number, idle == nil ? "" : ":0\r\n:0\r\n"))
            group.read = number
            if !acknowledges { group.pending[number] = Delivery(consumer: consumer, time: now, count: 1) }
        }
        groups[name] = group
        let answer = shown.isEmpty ? "*-1\r\n" : "*1\r\n*2\r\n$1\r\ns\r\n*\(shown.count)\r\n" + shown.joined()
        return (line + " STREAMS s >", answer)
    }

    /// Numbers of entries, most of them there or pending.
    private mutating func numbers() -> [Int] {
        let known = entries + groups.values.flatMap(\.pending.keys).sorted() + [last + 5]
        return (0..<Int.random(in: 1...4, using: &random)).map { _ in choose(known) }
    }

    private mutating func acknowledge() -> (String, String) {
        let name = choose(StreamModel.names), numbers = numbers()
        let count = numbers.count { groups[name]?.pending.removeValue(forKey: $0) != nil }
        return ("XACK s \(name) " + numbers.map { "\($0)-0" }.joined(separator: " "), ":\(count)\r\n")
    }

    /// XDELEX, or XACKDEL in a group.
    private mutating func delete(in name: String?) -> (String, String) {
        let policy = chance(4) ? nil : choose(Policy.allCases), numbers = numbers()
        var answers: [Int] = []
        for number in numbers {
            if let name, groups[name]?.pending.removeValue(forKey: number) == nil {
                answers.append(-1)
                continue
            }
            if policy == .respect, entries.contains(number), isReferenced(number) {
                kept += 1
                answers.append(2)
                continue
            }
            if policy == .delete { forget(number) }
            answers.append(entries.contains(number) || name != nil ? 1 : -1)
            entries.removeAll { $0 == number }
        }
        let words = "IDS \(numbers.count) " + numbers.map { "\($0)-0" }.joined(separator: " "),
            option = policy?.rawValue ?? ""
        let line = name.map { "XACKDEL s \($0) " } ?? "XDELEX s "
        let isFirst = chance(2)
        return (
            line + (isFirst ? "\(option) \(words)" : "\(words) \(option)"),
            "*\(answers.count)\r\n" + answers.map { ":\($0)\r\n" }.joined()
        )
    }
}
