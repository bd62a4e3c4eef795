// What changes strings under conditions, beside a dictionary, while time passes: SET … IFEQ and its like, DELEX,
// DELIFEQ, DIGEST, MSETEX and INCREX. The bounds of INCREX are reckoned in numbers that cannot overflow.

import Platform
import Testing

@testable import Engine

@Suite struct ConditionalStringTests {
    @Test(arguments: [1, 2, 3, 4, 5, 6, UInt64.random(in: 7 ... .max)])
    func answersAndKeysAreThoseOfTheModel(_ seed: UInt64) {
        let clock = ManualClock()
        var server = Server(clock: clock, seed: seed), model = StringModel(seed: seed)
        server.connect(1)
        _ = server.say("RPUSH \(StringModel.list) element")
        for step in 0..<4000 {
            if model.chance(3) { clock.milliseconds += 10 * Int64.random(in: 1...60, using: &model.random) }
            model.pass(to: clock.microseconds / 1000)
            let (line, answer) = model.step()
            let heard = server.say(line)
            #expect(heard == answer, "seed \(seed), step \(step): \(line)")
            for key in StringModel.keys {
                let held = server.say("GET \(key)") + server.say("PEXPIRETIME \(key)")
                #expect(held == model.shown(key), "seed \(seed), step \(step): \(key) after \(line)")
            }
            if heard != answer { return }
        }
        #expect(model.met > 300 && model.unmet > 300, "\(model.met) \(model.unmet)")
    }
}

/// Strings, and when they end.
private struct StringModel: RandomModel {
    /// A key that holds no string.
    static let list = "list"
    static let keys = ["a", "b", "c", "d"]

    private var values: [String: (text: String, end: Int64?)] = [:]
    private var now: Int64 = 0
    /// How many conditions held, and did not.
    private(set) var met = 0, unmet = 0
    var random: RandomSource

    init(seed: UInt64) { random = RandomSource(seed: seed) }

    mutating func pass(to moment: Int64) {
        now = moment
        values = values.filter { $0.value.end ?? .max >= now }
    }

    /// What GET and PEXPIRETIME say of a key.
    func shown(_ key: String) -> String {
        guard let value = values[key] else { return "$-1\r\n:-2\r\n" }
        return StringModel.bulk(value.text) + ":\(value.end ?? -1)\r\n"
    }

    private static func bulk(_ text: String?) -> String {
        text.map { "$\($0.utf8.count)\r\n\($0)\r\n" } ?? "$-1\r\n"
    }

    private static let wrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"

    private mutating func text() -> String {
        chance(6)
            ? choose(["9223372036854775807", "-9223372036854775808", String(repeating: "x", count: 200)])
            : choose(["0", "1", "2", "-7", "2.5", "text", "Text"])
    }

    // MARK: Steps

    /// A line and its answer; the model has done it.
    mutating func step() -> (String, String) {
        let key = chance(15) ? StringModel.list : choose(StringModel.keys)
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<3: return set(key)
        case 3: return setMany()
        case 4: return remove(key)
        case 5:
            let word = text(), answer = answer(to: ("IFEQ", word), key)
            if answer == true { values[key] = nil }
            return (
                "DELIFEQ \(key) \(word)",
                key == StringModel.list ? StringModel.wrongType : ":\(answer == true ? 1 : 0)\r\n"
            )
        case 6:
            let digest = values[key].map { StringModel.digest($0.text) }
            return ("DIGEST \(key)", key == StringModel.list ? StringModel.wrongType : StringModel.bulk(digest))
        default: return increase(key)
        }
    }

    private static func digest(_ text: String) -> String {
        let word = text.withBytes { XXH3.digest(of: $0) }, digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// A condition on a value.
    private mutating func condition() -> (name: String, word: String) {
        let name = choose(["IFEQ", "IFNE", "IFDEQ", "IFDNE"]), word = text()
        if !name.contains("D") { return (name, word) }
        if chance(10) { return (name, "123") }
        let digest = StringModel.digest(word)
        return (name, chance(2) ? digest : digest.uppercased())
    }

    /// Whether the value is as it should be; nil if there is none, or the digest is none and would be looked at.
    private mutating func answer(to condition: (name: String, word: String), _ key: String) -> Bool? {
        guard let value = values[key], !isOdd(condition) else { return nil }
        let other = condition.name.contains("D") ? StringModel.digest(value.text) : value.text
        let word = condition.name.contains("D") ? condition.word.lowercased() : condition.word
        let isMet = (other == word) == condition.name.hasSuffix("EQ")
        if isMet { met += 1 } else { unmet += 1 }
        return isMet
    }

    private func isOdd(_ condition: (name: String, word: String)) -> Bool {
        condition.name.contains("D") && condition.word.count != 16
    }

    private static let oddDigest = "-ERR must be exactly 16 hexadecimal characters\r\n"

    /// Options that name an end: what they say, and when it is; nil for the present one, a moment of zero for never.
    private mutating func end() -> (words: String, moment: Int64?) {
        let span = Int64.random(in: 1...3, using: &random)
        switch Int.random(in: 0..<9, using: &random) {
        case 0: return (" EX \(span)", now + 1000 * span)
        case 1: return (" PX \(span * 70)", now + 70 * span)
        case 2: return (" EXAT \(now / 1000 + 1 + span)", (now / 1000 + 1 + span) * 1000)
        case 3: return (" PXAT \(now + span * 90)", now + span * 90)
        case 4: return (" PXAT \(span)", span)
        case 5: return (" KEEPTTL", nil)
        default: return ("", 0)
        }
    }

    private mutating func store(_ text: String, at key: String, until moment: Int64?) {
        guard let moment else { return values[key] = (text, values[key]?.end) }
        values[key] = moment == 0 ? (text, nil) : moment > now ? (text, moment) : nil
    }

    private mutating func set(_ key: String) -> (String, String) {
        let value = text(), shows = chance(3), end = end()
        var line = "SET \(key) \(value)", isAllowed = true
        if key == StringModel.list || !chance(4) {
            let condition = condition()
            line += " \(condition.name) \(condition.word)"
            if key == StringModel.list { return (line, StringModel.wrongType) }
            if values[key] != nil, isOdd(condition) { return (line, StringModel.oddDigest) }
            isAllowed = answer(to: condition, key) ?? condition.name.hasSuffix("NE")
        } else if chance(2) {
            let wantsKey = chance(2)
            line += wantsKey ? " XX" : " NX"
            isAllowed = (values[key] != nil) == wantsKey
        }
        let old = StringModel.bulk(values[key]?.text)
        if isAllowed { store(value, at: key, until: end.moment) }
        return (line + (shows ? " GET" : "") + end.words, shows ? old : isAllowed ? "+OK\r\n" : "$-1\r\n")
    }

    private mutating func setMany() -> (String, String) {
        let end = end(), count = Int.random(in: 1...4, using: &random)
        let pairs = (0..<count).map { _ in (key: choose(StringModel.keys), value: text()) }
        var line = "MSETEX \(count) " + pairs.map { "\($0.key) \($0.value)" }.joined(separator: " ") + end.words
        if chance(2) {
            let wantsKeys = chance(2)
            line += wantsKeys ? " XX" : " NX"
            if pairs.contains(where: { (values[$0.key] != nil) != wantsKeys }) { return (line, ":0\r\n") }
        }
        for pair in pairs { store(pair.value, at: pair.key, until: end.moment) }
        return (line, ":1\r\n")
    }

    private mutating func remove(_ key: String) -> (String, String) {
        if key != StringModel.list, chance(4) {
            return ("DELEX \(key)", values.removeValue(forKey: key) == nil ? ":0\r\n" : ":1\r\n")
        }
        let condition = condition(), line = "DELEX \(key) \(condition.name) \(condition.word)"
        if key == StringModel.list {
            return (line, "-ERR Key should be of string type if conditions are specified\r\n")
        }
        if values[key] != nil, isOdd(condition) { return (line, StringModel.oddDigest) }
        let isMet = answer(to: condition, key) == true
        if isMet { values[key] = nil }
        return (line, isMet ? ":1\r\n" : ":0\r\n")
    }

    // MARK: INCREX

    private mutating func number() -> Int64 {
        chance(6) ? choose([.min, .max, .max - 1, .min + 1]) : Int64.random(in: -6...6, using: &random)
    }

    private mutating func increase(_ key: String) -> (String, String) {
        var line = "INCREX \(key)"
        let increment = chance(4) ? 1 : number(), bounds = (chance(2) ? nil : number(), chance(2) ? nil : number())
        let saturates = chance(2), end = end(),
            keepsEnd = end.words.hasPrefix(" E") || end.words.hasPrefix(" P") ? chance(3) : false
        if increment != 1 { line += " BYINT \(increment)" }
        if let lower = bounds.0 { line += " LBOUND \(lower)" }
        if let upper = bounds.1 { line += " UBOUND \(upper)" }
        if saturates { line += " SATURATE" }
        let persists = end.words == " KEEPTTL"
        line += persists ? " PERSIST" : end.words
        if keepsEnd { line += " ENX" }
        let lower = bounds.0 ?? .min, upper = bounds.1 ?? .max
        if lower > upper { return (line, "-ERR LBOUND can't be greater than UBOUND\r\n") }
        if key == StringModel.list { return (line, StringModel.wrongType) }
        guard let old = Int64(values[key]?.text ?? "0") else {
            return (line, "-ERR value is not an integer or out of range\r\n")
        }
        let sum = Int128(old) + Int128(increment), new = min(max(sum, Int128(lower)), Int128(upper))
        if new != sum, !saturates { return (line, "*2\r\n:\(old)\r\n:0\r\n") }
        guard let applied = Int64(exactly: new - Int128(old)) else {
            return (line, "-ERR applied increment would overflow\r\n")
        }
        // Without any word the end stays; SET would forget it.
        let stays = end.words.isEmpty || keepsEnd && values[key]?.end != nil
        store("\(new)", at: key, until: stays ? nil : persists ? 0 : end.moment)
        return (line, "*2\r\n:\(new)\r\n:\(applied)\r\n")
    }
}
