// The commands about the ends of fields beside dictionaries, while time passes: each answer, and what HGETALL, HLEN,
// HPEXPIRETIME and HSCAN … NOVALUES show of the hashes behind it.

import Platform
import Testing

@testable import Engine

@Suite struct FieldCommandTests {
    @Test(arguments: [1, 2, 3, 4, 5, 6, UInt64.random(in: 7 ... .max)])
    func answersAndFieldsAreThoseOfTheModel(_ seed: UInt64) {
        let clock = ManualClock()
        var server = Server(clock: clock, seed: seed), model = FieldCommandModel(seed: seed)
        // Every other seed has hashes that are tables.
        if seed % 2 == 0 { server.context.keyspace.heap.limits.hashEntries = 3 }
        server.connect(1)
        for step in 0..<3000 {
            if model.chance(3) { clock.milliseconds += 10 * Int64.random(in: 1...60, using: &model.random) }
            model.pass(to: clock.microseconds / 1000)
            let (line, answer) = model.step(), heard = server.say(line)
            #expect(heard == answer, "seed \(seed), step \(step): \(line)")
            for key in FieldCommandModel.keys {
                let held = server.say("HPEXPIRETIME \(key) FIELDS 8 " + FieldCommandModel.fields.joined(separator: " "))
                #expect(held == model.ends(key), "seed \(seed), step \(step): \(key) after \(line)")
                #expect(
                    server.say("HLEN \(key)") == ":\(model.hashes[key]?.count ?? 0)\r\n", "seed \(seed), step \(step)")
                let names = server.say("HSCAN \(key) 0 COUNT 1000 NOVALUES").split(separator: "\r\n").dropFirst(4)
                let found = Set(names.filter { !$0.hasPrefix("$") }.map(String.init)), fields = model.hashes[key] ?? [:]
                #expect(found == Set(fields.keys), "seed \(seed), step \(step): \(key) after \(line)")
            }
            if heard != answer { return }
        }
    }
}

/// Hashes, and when their fields end.
private struct FieldCommandModel: RandomModel {
    static let keys = ["h", "i"]
    static let fields = ["a", "b", "c", "d", "e", "f", "g", "field"]

    private(set) var hashes: [String: [String: (value: String, end: Int64?)]] = [:]
    private var now: Int64 = 0
    var random: RandomSource

    init(seed: UInt64) { random = RandomSource(seed: seed) }

    mutating func pass(to moment: Int64) {
        now = moment
        for (key, hash) in hashes { keep(hash.filter { $0.value.end ?? .max >= now }, at: key) }
    }

    /// An empty hash is none.
    private mutating func keep(_ hash: [String: (value: String, end: Int64?)], at key: String) {
        hashes[key] = hash.isEmpty ? nil : hash
    }

    /// What HPEXPIRETIME says of all fields.
    func ends(_ key: String) -> String {
        FieldCommandModel.integers(
            FieldCommandModel.fields.map { field in hashes[key]?[field].map { Int($0.end ?? -1) } ?? -2 })
    }

    private static func integers(_ numbers: [Int]) -> String {
        "*\(numbers.count)\r\n" + numbers.map { ":\($0)\r\n" }.joined()
    }

    private static func texts(_ texts: [String?]) -> String {
        "*\(texts.count)\r\n" + texts.map { $0.map { "$\($0.utf8.count)\r\n\($0)\r\n" } ?? "$-1\r\n" }.joined()
    }

    // MARK: Steps

    /// A line and its answer; the model has done it.
    mutating func step() -> (String, String) {
        let key = choose(FieldCommandModel.keys), hash = hashes[key] ?? [:]
        let named = (0..<Int.random(in: 1...4, using: &random)).map { _ in choose(FieldCommandModel.fields) }
        let block = " FIELDS \(named.count) " + named.joined(separator: " ")
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<3: return set(key, named)
        case 3..<6: return expire(key, named, block)
        case 6: return get(key, named, block)
        case 7:
            var rest = hash
            let values = named.map { rest.removeValue(forKey: $0)?.value }
            keep(rest, at: key)
            return ("HGETDEL \(key)\(block)", FieldCommandModel.texts(values))
        case 8:
            var answers: [Int] = []
            for field in named {
                answers.append(hashes[key]?[field].map { $0.end == nil ? -1 : 1 } ?? -2)
                hashes[key]?[field]?.end = nil
            }
            return ("HPERSIST \(key)\(block)", FieldCommandModel.integers(answers))
        default:
            let ends = named.map { field in hash[field].map { $0.end ?? -1 } ?? -2 }
            let forms: [(String, Int64, Int64)] = [("HTTL", 1000, now), ("HPTTL", 1, now), ("HEXPIRETIME", 1000, 0)]
            let (name, unit, start) = choose(forms)
            let shown = ends.map { end in end < 0 ? Int(end) : Int((end - start + unit - 1) / unit) }
            return ("\(name) \(key)\(block)", FieldCommandModel.integers(shown))
        }
    }

    /// Options that name an end, if any, and when it is.
    private mutating func end() -> (words: String, moment: Int64)? {
        let span = Int64.random(in: 0...3, using: &random)
        switch Int.random(in: 0..<7, using: &random) {
        case 0: return ("EX \(span)", now + 1000 * span)
        case 1: return ("PX \(span * 70)", now + 70 * span)
        case 2: return ("EXAT \(now / 1000 + span)", (now / 1000 + span) * 1000)
        case 3: return ("PXAT \(now + span * 90)", now + span * 90)
        case 4: return ("PXAT \(span)", span)
        default: return nil
        }
    }

    private mutating func set(_ key: String, _ named: [String]) -> (String, String) {
        var hash = hashes[key] ?? [:], words: [String] = []
        let end = end(), keeps = end == nil && chance(2), condition = chance(2) ? nil : chance(2) ? "FNX" : "FXX"
        if let condition { words.append(condition) }
        if let end { words.append(end.words) } else if keeps { words.append("KEEPTTL") }
        let pairs = named.map { ($0, chance(2) ? "\(random.next() % 1000)" : "value:\(random.next() % 10)") }
        // The block may stand before the options, and among them.
        words.insert(
            "FIELDS \(named.count) " + pairs.map { "\($0) \($1)" }.joined(separator: " "),
            at: Int.random(in: 0...words.count, using: &random))
        let line = "HSETEX \(key) " + words.joined(separator: " ")
        if condition == "FNX", named.contains(where: { hash[$0] != nil }) { return (line, ":0\r\n") }
        if condition == "FXX", named.contains(where: { hash[$0] == nil }) { return (line, ":0\r\n") }
        for (field, value) in pairs { hash[field] = (value, end?.moment ?? (keeps ? hash[field]?.end : nil)) }
        if let end, end.moment <= now { for field in named { hash[field] = nil } }
        keep(hash, at: key)
        return (line, ":1\r\n")
    }

    private mutating func get(_ key: String, _ named: [String], _ block: String) -> (String, String) {
        let values = named.map { hashes[key]?[$0]?.value }, end = end(), persists = end == nil && chance(2)
        if let end {
            var hash = hashes[key] ?? [:]
            for field in named where hash[field] != nil {
                if end.moment <= now { hash[field] = nil } else { hash[field]?.end = end.moment }
            }
            keep(hash, at: key)
        } else if persists {
            for field in named { hashes[key]?[field]?.end = nil }
        }
        let words = end?.words ?? (persists ? "PERSIST" : "")
        return ("HGETEX \(key) \(words)\(block)", FieldCommandModel.texts(values))
    }

    private mutating func expire(_ key: String, _ named: [String], _ block: String) -> (String, String) {
        let span = Int64.random(in: 0...3, using: &random), condition = choose(["", "", " NX", " XX", " GT", " LT"])
        let second = now / 1000 + span
        let forms: [(String, Int64, Int64)] = [
            ("HEXPIRE", span, now + 1000 * span), ("HPEXPIRE", span * 70, now + 70 * span),
            ("HEXPIREAT", second, second * 1000), ("HPEXPIREAT", now + span * 90, now + span * 90),
        ]
        let (name, word, moment) = choose(forms)
        var hash = hashes[key] ?? [:], answers: [Int] = []
        for field in named {
            guard let old = hash[field] else {
                answers.append(-2)
                continue
            }
            let isAllowed =
                switch condition {
                case " NX": old.end == nil
                case " XX": old.end != nil
                case " GT": moment > old.end ?? .max
                case " LT": moment < old.end ?? .max
                default: true
                }
            answers.append(!isAllowed ? 0 : moment <= now ? 2 : 1)
            if isAllowed { hash[field] = moment <= now ? nil : (old.value, moment) }
        }
        keep(hash, at: key)
        let isFirst = chance(2)
        let rest = isFirst ? condition + block : block + condition
        return ("\(name) \(key) \(word)" + rest, FieldCommandModel.integers(answers))
    }
}
