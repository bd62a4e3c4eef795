// What combines several keys, beside plain loops over their bytes and members: BITOP with all its operations, and
// ZUNION, ZINTER and what stores them with AGGREGATE COUNT.

import Platform
import Testing

@testable import Engine

@Suite struct CombiningTests {
    private static let keys = ["a", "b", "c", "d", "missing"]

    /// Bits of seven, so that a reply can be read as text.
    private static func combine(_ operation: String, _ sources: [[UInt8]]) -> [UInt8] {
        (0..<(sources.map(\.count).max() ?? 0)).map { place in
            let bytes = sources.map { place < $0.count ? $0[place] : 0 }, others = bytes.dropFirst()
            return switch operation {
            case "AND": bytes.reduce(0xFF, &)
            case "OR": bytes.reduce(0, |)
            case "XOR": bytes.reduce(0, ^)
            case "DIFF": bytes[0] & ~others.reduce(0, |)
            case "DIFF1": ~bytes[0] & others.reduce(0, |)
            case "ANDOR": bytes[0] & others.reduce(0, |)
            default:
                (0..<8).reduce(0) { byte, bit in
                    let mask: UInt8 = 1 << bit
                    return bytes.count { $0 & mask != 0 } == 1 ? byte | mask : byte
                }
            }
        }
    }

    @Test(arguments: [1, 2, 3, UInt64.random(in: 4 ... .max)])
    func bitsAreThoseOfTheBytes(_ seed: UInt64) {
        var random = RandomSource(seed: seed), server = Server(clock: ManualClock(), seed: seed)
        server.connect(1)
        var strings: [String: [UInt8]] = [:]
        for step in 0..<1500 {
            let key = CombiningTests.keys[Int.random(in: 0..<4, using: &random)]
            if step % 4 == 0 {
                let size = Int.random(in: 1...[3, 40, 200].randomElement(using: &random)!, using: &random)
                let bytes = (0..<size).map { _ in UInt8.random(in: 0..<128, using: &random) }
                let word = bytes.map { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                #expect(server.say("SET \(key) \"\(word)\"") == "+OK\r\n")
                strings[key] = bytes
            }
            let operations = ["AND", "OR", "XOR", "DIFF", "DIFF1", "ANDOR", "ONE"]
            let operation = operations.randomElement(using: &random)!
            // A key may be named twice, and be overwritten.
            let sources = (0..<Int.random(in: 2...5, using: &random)).map { _ in
                CombiningTests.keys.randomElement(using: &random)!
            }
            let line = "BITOP \(operation) \(key) " + sources.joined(separator: " ")
            let result = CombiningTests.combine(operation, sources.map { strings[$0] ?? [] })
            strings[key] = result.isEmpty ? nil : result
            #expect(server.say(line) == ":\(result.count)\r\n", "seed \(seed), step \(step): \(line)")
            let expected =
                result.isEmpty ? Array("$-1\r\n".utf8) : Array("$\(result.count)\r\n".utf8) + result + [13, 10]
            #expect(Array(server.say("GET \(key)").utf8) == expected, "seed \(seed), step \(step): \(line)")
        }
    }

    @Test(arguments: [1, 2, 3, UInt64.random(in: 4 ... .max)])
    func countsAreSumsOfWeights(_ seed: UInt64) {
        var random = RandomSource(seed: seed), server = Server(clock: ManualClock(), seed: seed)
        server.connect(1)
        var members: [String: Set<String>] = [:]
        for step in 0..<800 {
            let key = CombiningTests.keys[Int.random(in: 0..<4, using: &random)], member = "m\(random.next() % 30)"
            // Two of the keys are sets without scores.
            _ = server.say(key < "c" ? "ZADD \(key) \(random.next() % 9) \(member)" : "SADD \(key) \(member)")
            members[key, default: []].insert(member)
            let sources = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                CombiningTests.keys.randomElement(using: &random)!
            }
            let weights = sources.map { _ in Int.random(in: -3...9, using: &random) },
                isWeighted = random.next() % 2 == 0
            let isUnion = random.next() % 2 == 0
            var expected: [String: Int] = [:]
            for (source, weight) in zip(sources, weights) {
                for member in members[source] ?? [] { expected[member, default: 0] += isWeighted ? weight : 1 }
            }
            if !isUnion {
                expected = expected.filter { member, _ in sources.allSatisfy { members[$0]?.contains(member) ?? false }
                }
            }
            let order = expected.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
            let reply = order.flatMap { [$0.key, "\($0.value)"] }.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
            let words =
                "\(sources.count) " + sources.joined(separator: " ")
                + (isWeighted ? " WEIGHTS " + weights.map(String.init).joined(separator: " ") : "") + " AGGREGATE COUNT"
            let name = isUnion ? "ZUNION" : "ZINTER", message = "seed \(seed), step \(step): \(name) \(words)"
            #expect(server.say("\(name) \(words) WITHSCORES") == "*\(order.count * 2)\r\n" + reply, "\(message)")
            #expect(server.say("\(name)STORE to \(words)") == ":\(order.count)\r\n", "\(message)")
            #expect(server.say("ZRANGE to 0 -1 WITHSCORES") == "*\(order.count * 2)\r\n" + reply, "\(message)")
        }
    }
}
