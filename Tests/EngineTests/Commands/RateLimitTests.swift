// CL.THROTTLE beside the arithmetic as it is written down, in numbers that cannot overflow; and what it leaves behind.

import Platform
import Testing

@testable import Engine

@Suite struct RateLimitTests {
    /// What was answered: limited, limit, remaining, retry after, reset after.
    typealias Answer = [Int128]

    /// The same without bounds; nil where a step would not fit into 64 bits.
    private static func model(
        _ burst: Int64, _ count: Int64, _ period: Int64, _ quantity: Int64, _ stored: inout Int64?, _ now: Int64
    ) -> Answer? {
        func fits(_ number: Int128) -> Bool { Int64(exactly: number) != nil }
        let nanoseconds = Int128(period) * 1_000_000_000
        guard fits(nanoseconds) else { return nil }
        let quotient = Double(nanoseconds) / Double(count)
        guard quotient >= 1, quotient < 0x1p63 else { return nil }
        let interval = Int128(quotient), limit = Int128(burst) + 1
        let tolerance = interval * limit, increment = interval * Int128(quantity)
        let arrival = Int128(max(stored ?? now, now)), next = arrival + increment
        let difference = Int128(now) - (next - tolerance)
        guard [limit, tolerance, increment, next, difference].allSatisfy(fits) else { return nil }
        let ahead = difference < 0 ? arrival - Int128(now) : next - Int128(now)
        let room = tolerance - ahead
        let unit: Int128 = interval < 1000 ? 1 : 1000
        let remaining = room > -interval ? Int128(Double(room / unit) / Double(interval / unit)) : 0
        func seconds(_ nanoseconds: Int128) -> Int128 { (nanoseconds / 1_000_000 + 999) / 1000 }
        if difference < 0 {
            return [1, limit, remaining, increment <= tolerance ? seconds(-difference) : -1, seconds(ahead)]
        }
        if quantity > 0 { stored = Int64(next) }
        return [0, limit, remaining, -1, seconds(ahead)]
    }

    private static func parameter(_ generator: inout RandomSource) -> Int64 {
        switch generator.next() % 8 {
        case 0: Int64(bitPattern: generator.next()) & Int64.max &>> Int64(generator.next() % 64)
        case 1: Int64(generator.next() % 1_000_000) + 1
        default: Int64(generator.next() % 12) + 1
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func answersAreThoseOfTheArithmetic(_ seed: UInt64) {
        var generator = RandomSource(seed: seed)
        let clock = ManualClock()
        var server = Server(clock: clock, seed: seed)
        server.connect(1)
        var stored: [Int: Int64] = [:]
        var answered = 0, refused = 0, limited = 0
        for step in 0..<4000 {
            if generator.next() % 3 == 0 { clock.milliseconds += Int64(generator.next() % 2500) }
            let now = clock.microseconds * 1000
            let key = Int(generator.next() % 6)
            let burst = RateLimitTests.parameter(&generator) - 1, count = RateLimitTests.parameter(&generator)
            let period = RateLimitTests.parameter(&generator)
            let quantity = generator.next() % 3 > 0 ? 1 : RateLimitTests.parameter(&generator) - 1
            guard burst >= 0, count > 0, period > 0, quantity >= 0 else { continue }
            let reply = server.say("CL.THROTTLE k\(key) \(burst) \(count) \(period) \(quantity)")
            var arrival = stored[key]
            let expected = RateLimitTests.model(burst, count, period, quantity, &arrival, now)
            let context = "seed \(seed), step \(step): \(burst) \(count) \(period) \(quantity)"
            if let expected {
                stored[key] = arrival
                answered += 1
                limited += expected[0] == 1 ? 1 : 0
                #expect(reply == "*5\r\n" + expected.map { ":\($0)\r\n" }.joined(), "\(context)")
            } else {
                refused += 1
                #expect(reply == "-ERR value is out of range\r\n", "\(context)")
            }
            // Somebody asks for so much that the key is of no use for a long time.
            if let arrival, arrival > now + 1_000_000_000_000_000 {
                _ = server.say("DEL k\(key)")
                stored[key] = nil
            }
        }
        #expect(answered > 1500 && refused > 100 && limited > 50, "\(answered) \(refused) \(limited)")
    }

    /// A minute of a stream that asks far too often: exactly what the limit grants is granted.
    @Test func aStreamGetsItsBurstAndItsRate() {
        let clock = ManualClock()
        var server = Server(clock: clock, seed: 1)
        server.connect(1)
        var granted = 0
        for _ in 0..<60_000 {
            if server.say("CL.THROTTLE stream 9 100 10").hasPrefix("*5\r\n:0\r\n") { granted += 1 }
            clock.milliseconds += 1
        }
        #expect(granted == 10 + 599 || granted == 10 + 600)
    }

    @Test func aLimitTakesNoMoreThanItsShare() throws {
        let clock = ManualClock()
        var server = Server(clock: clock, seed: 1)
        server.connect(1)
        let before = server.context.keyspace.memoryUsed
        for number in 0..<20_000 { _ = server.say("CL.THROTTLE limit:\(1_000_000_000 + number) 9 100 1000000") }
        let perKey = (server.context.keyspace.memoryUsed - before) / 20_000
        #expect(perKey <= 66, "\(perKey)")
        #expect(server.context.keyspace.count == 20_000)
    }

    @Test func theLogGetsTheResult() {
        var server = Server(clock: ManualClock(), seed: 3)
        server.connect(1)
        server.beginTurn()
        server.context.keyspace.feed.beginLog(for: .file)
        _ = server.say("CL.THROTTLE k 0 1 100")
        _ = server.say("CL.THROTTLE k 0 1 100")
        let log = server.context.keyspace.feed.commandLog?.contents().array ?? []
        let lines = String(decoding: log, as: UTF8.self).split(separator: "\r\n").filter {
            !"*$".contains($0.prefix(1))
        }
        let arrival = ManualClock().microseconds * 1000 + 100_000_000_000
        #expect(lines.suffix(5).map(String.init) == ["SET", "k", "\(arrival)", "PXAT", "\(arrival / 1_000_000)"])
        #expect(lines.count <= 7)
    }
}

extension Server {
    /// Says a line in a turn of its own, and hears the answer.
    mutating func say(_ line: String, as client: ClientIdentifier = 1) -> String {
        say(raw: line + "\r\n", as: client)
    }

    /// The same with all bytes as they are.
    mutating func say(raw text: String, as client: ClientIdentifier = 1) -> String {
        var input = Buffer()
        input.append(text: text)
        beginTurn()
        reply.removeAll()
        _ = receive(input, from: client)
        return String(decoding: reply.pending().array, as: UTF8.self)
    }
}
