// Two servers hear the same in the same order. One answers at once; the other lets replies grow, with random writes in
// between. In the end every client has heard the same from both.

import Platform
import Testing

@testable import Engine

@Suite struct GrowingReplyModelTests {
    private static let keys = ["a", "b", "c", "d"]

    private struct Script {
        var random: RandomSource

        mutating func number(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }
        mutating func key() -> String { keys[number(keys.count)] }
        mutating func words(_ count: Int, _ form: (Int) -> String) -> String {
            (0..<count).map { _ in form(number(400)) }.joined(separator: " ")
        }

        mutating func read() -> String {
            let key = key()
            return switch number(16) {
            case 0, 1: "HGETALL h\(key)"
            case 2: "HKEYS h\(key)"
            case 3: "HVALS h\(key)"
            case 4, 5: "SMEMBERS s\(key)"
            case 6: "SMEMBERS i\(key)"
            case 7: "SUNION s\(key) i\(key)"
            case 8: "SDIFF s\(key) sa"
            case 9, 10: "LRANGE l\(key) \(number(50)) -\(number(50) + 1)"
            case 11: "ZRANGE z\(key) \(number(20)) -1"
            case 12: "ZRANGE z\(key) 0 -1 WITHSCORES REV"
            case 13: "ZRANGEBYSCORE z\(key) \(number(100)) +inf WITHSCORES LIMIT 1 200"
            case 14: "ZREVRANGE z\(key) 0 -1"
            default: "LRANGE l\(key) 0 -1"
            }
        }

        mutating func write() -> String {
            let key = key(), other = self.key(), type = ["h", "s", "i", "l", "z"][number(5)], few = number(4) + 1
            return switch number(26) {
            case 0, 1: "HSET h\(key) " + words(60) { "field:\($0) value:\($0)" }
            case 2: "HSET h\(key) " + words(few) { "field:\($0) changed" }
            case 3: "HDEL h\(key) " + words(few) { "field:\($0)" }
            case 4: "HINCRBY h\(key) n 1"
            case 5, 6: "SADD s\(key) " + words(60) { "member:\($0)" }
            case 7: "SADD i\(key) " + words(30) { "\($0)" }
            case 8: "SREM s\(key) " + words(few) { "member:\($0)" }
            case 9: "SPOP s\(key) \(few)"
            case 10, 11: "RPUSH l\(key) " + words(60) { String(repeating: "x", count: $0) }
            case 12: "LPOP l\(key) \(few)"
            case 13: "LTRIM l\(key) 1 -2"
            case 14: "LMOVE l\(key) l\(other) LEFT RIGHT"
            case 15, 16: "ZADD z\(key) " + words(60) { "\($0).5 member:\($0)" }
            case 17: "ZPOPMIN z\(key) \(few)"
            case 18: "ZINCRBY z\(key) 7 member:\(number(400))"
            case 19: "DEL \(type)\(key)"
            case 20: "RENAME \(type)\(key) \(type)\(other)"
            case 21: "COPY \(type)\(key) \(type)\(other) REPLACE"
            case 22: "SUNIONSTORE s\(key) s\(other) i\(key)"
            case 23: "PEXPIRE \(type)\(key) \(number(40))"
            case 24: "MULTI\r\nSADD s\(key) x\r\nLPUSH l\(other) y\r\nHGETALL h\(key)\r\nEXEC"
            default: number(10) == 0 ? ["FLUSHALL", "SWAPDB 0 1"][number(2)] : "SET \(type)\(key) text"
            }
        }
    }

    @Test(arguments: [1, 2, 3, UInt64.random(in: 4 ... .max), UInt64.random(in: 4 ... .max)])
    func whatGrowsIsThePictureOfItsBeginning(_ seed: UInt64) {
        var script = Script(random: RandomSource(seed: seed))
        var growing = Simulation(), whole = Simulation()
        growing.growSlowly(turn: 100, mostWaiting: 5000)
        let readers = (0..<3).map { _ in growing.connect() }, writer = growing.connect()
        for _ in 0..<4 { _ = whole.connect() }
        for setting in ["hash-max-listpack-entries", "set-max-listpack-entries", "zset-max-listpack-entries"] {
            _ = growing.ask("CONFIG SET \(setting) 20\r\n", writer)
            _ = whole.ask("CONFIG SET \(setting) 20\r\n", writer)
        }
        var heard: [Int32: String] = [:], expected: [Int32: String] = [:]
        for reader in readers { growing.network.setWindow(3000, on: reader) }
        for step in 0..<1500 {
            let reader = readers[script.number(3)]
            // Who was answered a turn ago is heard a turn later, when keys may have ended.
            let flags = growing.loop.server.context.clients[ClientIdentifier(reader)].flags
            let isIdle = flags.isDisjoint(with: [.isBeingAnswered, .hasUnreadInput, .isReady])
            if isIdle, script.number(3) == 0 {
                let command = script.read() + "\r\n"
                growing.network.say(command.utf8, on: reader)
                whole.network.say(command.utf8, on: reader)
            } else {
                let command = script.write() + "\r\n"
                growing.network.say(command.utf8, on: writer)
                whole.network.say(command.utf8, on: writer)
            }
            if step % 50 == 0 {
                growing.clock.milliseconds += 20
                whole.clock.milliseconds += 20
            }
            growing.turns(script.number(3) + 1)
            growing.loop.server.context.keyspace.defragment(stepsAtMost: script.number(40), ofAll: true)
            whole.turns(2)
            for client in readers + [writer] {
                heard[client, default: ""] += growing.hear(client)
                expected[client, default: ""] += whole.hear(client)
            }
        }
        for reader in readers { growing.network.setWindow(.max, on: reader) }
        for client in readers + [writer] {
            heard[client, default: ""] += growing.askInFull("", client)
            expected[client, default: ""] += whole.hear(client)
            let isEqual = heard[client] == expected[client]
            #expect(isEqual, "seed \(seed)")
        }
        growing.loop.server.context.keyspace.checkInvariants()
        _ = growing.ask("FLUSHALL\r\n", writer)
        _ = whole.ask("FLUSHALL\r\n", writer)
        growing.turns(50)
        whole.turns(50)
        #expect(growing.memoryUsed == whole.memoryUsed, "seed \(seed)")
    }
}
