// Values of every type and size, written and read again; and what must be refused. A failure names its seed.

import Testing

@testable import Engine

@Suite struct ObjectCodecTests {
    /// A server's answers to commands, so that values are made as clients make them.
    final class Talk {
        var server: Server

        init(seed: UInt64) {
            server = Server(clock: ManualClock(), seed: seed)
            server.connect(1)
            server.beginTurn()
        }

        func say(_ words: [[UInt8]]) -> [UInt8] { Talk.say(words, &server) }

        private static func say(_ words: [[UInt8]], _ server: inout Server) -> [UInt8] {
            var input = CommandLog()
            input.begin(words.count)
            for word in words { input.append(array: word) }
            var buffer = Buffer()
            buffer.append(input.contents())
            let mark = server.reply.count, size = buffer.count
            let consumed = server.receive(buffer, from: 1)
            #expect(consumed == size)
            return server.reply.pending(since: mark).array
        }

        func say(_ words: String...) -> String {
            String(decoding: say(words.map { Array($0.utf8) }), as: UTF8.self)
        }

        /// Every value is whole.
        func check(_ keys: String...) {
            server.context.keyspace.checkInvariants()
            let heap = server.context.keyspace.heap
            var isWhole = true
            for key in keys {
                let isThere = Bytes.view(Array(key.utf8)) { name in
                    server.context.keyspace.inspect(Key(name)) { _, stored in
                        guard let stored else { return }
                        switch stored.kind {
                        case .list: isWhole = ListValue(word: stored.word, heap: heap).checkInvariants()
                        case .sortedSet: isWhole = SortedSetValue(word: stored.word, heap: heap).checkInvariants()
                        case .stream: isWhole = StreamValue(word: stored.word, heap: heap).checkInvariants()
                        case .hash: HashValue(word: stored.word, heap: heap).checkInvariants()
                        case .set: SetValue(word: stored.word, heap: heap).checkInvariants()
                        case .string, .integer32, .integer64, .largeString, .module: break
                        }
                    }
                }
                #expect(isThere && isWhole, "\(key)")
            }
        }

        func dump(_ key: String) -> [UInt8] {
            let reply = say([Array("DUMP".utf8), Array(key.utf8)])
            guard let end = reply.firstIndex(of: 10) else { return [] }
            return Array(reply[(end + 1)...].dropLast(2))
        }

        func restore(_ key: String, _ payload: [UInt8]) -> String {
            let words = ["RESTORE", key, "0"].map { Array($0.utf8) } + [payload, Array("REPLACE".utf8)]
            return String(decoding: say(words), as: UTF8.self)
        }
    }

    private func word(_ random: inout RandomSource) -> [UInt8] {
        func below(_ bound: UInt64) -> Int { Int(random.next() % bound) }
        switch below(20) {
        case 0: return Array(String(Int64(truncatingIfNeeded: random.next()) >> Int64(below(64))).utf8)
        case 1: return Array(String(below(200)).utf8)
        case 2: return [UInt8](repeating: UInt8(97 + below(3)), count: below(90))
        case 3: return (0..<below(30)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        case 4...18: return (0..<below(80)).map { _ in UInt8(97 + below(4)) }
        default:
            let size = [63, 64, 65, 4095, 4096, 9000][below(6)]
            return (0..<size).map { _ in UInt8(97 + below(20)) }
        }
    }

    /// The words of a call that makes a value of some type.
    private func make(_ random: inout RandomSource) -> [[UInt8]] {
        let counts = [1, 2, 5, 60, 127, 128, 129, 400, 511, 512, 513, 700]
        let count = counts[Int(random.next() % UInt64(counts.count))]
        let name = ["SET", "RPUSH", "SADD", "SADD", "HSET", "ZADD"][Int(random.next() % 6)]
        var words = [Array(name.utf8), Array("key".utf8)]
        let isIntegers = random.next() % 2 == 0
        for _ in 0..<(name == "SET" ? 1 : count) {
            if name == "ZADD" {
                let score =
                    Double(Int64(truncatingIfNeeded: random.next()) >> 40) / [1, 2, 1000, 3][Int(random.next() % 4)]
                words.append(Array("\(score)".utf8))
            }
            if name == "SADD", isIntegers {
                words.append(Array(String(Int64(truncatingIfNeeded: random.next()) >> 46).utf8))
            } else {
                words.append(word(&random))
            }
            if name == "HSET" { words.append(word(&random)) }
        }
        return words
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func everyValueComesBackAsItWas(_ seed: UInt64) {
        let talk = Talk(seed: seed)
        var random = RandomSource(seed: seed)
        for step in 0..<50 {
            _ = talk.say("DEL", "key", "copy")
            _ = talk.say("CONFIG", "SET", "rdbcompression", step % 2 == 0 ? "yes" : "no")
            _ = talk.say(make(&random))
            let payload = talk.dump("key")
            #expect(talk.restore("copy", payload) == "+OK\r\n", "seed \(seed), step \(step)")
            let digest = talk.say("DEBUG", "DIGEST-VALUE", "key")
            #expect(talk.say("DEBUG", "DIGEST-VALUE", "copy") == digest, "seed \(seed), step \(step)")
            // A table that was made large in advance may come back small; nothing else changes.
            let (old, new) = (talk.say("OBJECT", "ENCODING", "key"), talk.say("OBJECT", "ENCODING", "copy"))
            #expect(old == new || old.contains("hashtable"), "seed \(seed), step \(step): \(old) became \(new)")
            if old == new, !old.contains("hashtable") {
                #expect(talk.dump("copy") == payload, "seed \(seed), step \(step)")
            }
            if step % 15 == 0 { talk.check("key", "copy") }
        }
    }

    /// Types before the value, and a footer that is not looked at.
    private func payload(_ type: ObjectType, _ parts: [UInt8]..., version: UInt8 = 10) -> [UInt8] {
        [type.rawValue] + parts.flatMap { $0 } + [version, 0] + [UInt8](repeating: 0, count: 8)
    }

    private func string(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }

    @Test func whatIsTooLargeForASearchIsStillLookedThrough() {
        let talk = Talk(seed: 1)
        talk.server.context.skipsChecksums = true
        talk.server.context.keyspace.heap.limits.hashEntries = 1 << 20
        talk.server.context.keyspace.heap.limits.setEntries = 1 << 20
        talk.server.context.keyspace.heap.limits.integerSetEntries = 1 << 20
        talk.server.context.keyspace.heap.limits.sortedSetEntries = 1 << 20
        var fields = Buffer(), listpack = ListpackWriter()
        let count = 5000
        for index in 0..<count {
            // In an order that would move half of what is there each time.
            let number = index * 7919 % count
            let text = string("f\(number)")
            fields.append(array: text)
            fields.append(array: string("v"))
            listpack.append(Int64(number))
            listpack.append(Int64(1))
        }
        let length: [UInt8] = [0x80, 0, 0, UInt8(count >> 8), UInt8(count & 255)]
        #expect(talk.restore("h", payload(.hash, length, fields.contents.array)) == "+OK\r\n")
        #expect(talk.say("OBJECT", "ENCODING", "h").contains("listpack"))
        #expect(talk.say("HLEN", "h") == ":\(count)\r\n")
        let size = UInt32(listpack.contents.count)
        let packed = [0x80] + (0..<4).map { UInt8(truncatingIfNeeded: size >> (24 - 8 * $0)) } + listpack.contents.array
        #expect(talk.restore("p", payload(.hashListpack, packed)) == "+OK\r\n")
        #expect(talk.restore("z", payload(.sortedSetListpack, packed)) == "+OK\r\n")
        #expect(talk.say("ZCARD", "z") == ":\(count)\r\n")
        #expect(
            talk.restore("s", payload(.setListpack, packed, version: 11)).hasPrefix("-ERR Bad data"), "1 comes twice")
        // Integers one by one, in no order.
        let members = (0..<count).flatMap { string("\($0 * 7919 % count)") }
        #expect(talk.restore("i", payload(.set, length, members)) == "+OK\r\n")
        #expect(talk.say("OBJECT", "ENCODING", "i").contains("intset"))
        #expect(talk.say("SCARD", "i") == ":\(count)\r\n")
        talk.check("h", "p", "z", "i")
    }

    @Test func aFieldThatComesTwiceIsNamedAsTheReason() {
        var server = Server(clock: ManualClock(), seed: 1)
        server.beginTurn()
        var listpack = ListpackWriter()
        for number in [1, 2, 1, 4] { listpack.append(Int64(number)) }
        let text = payload(.hashListpack, [UInt8(listpack.contents.count)] + listpack.contents.array)
        var reader = ObjectReader(heap: server.context.keyspace.heap, now: 0), reason = ""
        withBytes(of: text) { bytes in
            guard let payload = DumpPayload(bytes, checkingSum: false) else { return }
            do throws(PayloadError) { _ = try reader.read(payload) } catch {
                if case .damaged(let text) = error { reason = "\(text)" }
            }
        }
        #expect(reason == "Hash integrity check failed: listpack with dup elements")
    }

    @Test func whatHasNoTypeHereIsNamed() {
        let talk = Talk(seed: 1)
        talk.server.context.skipsChecksums = true
        // The name of a module's type: nine letters of six bits, and a version of ten.
        let module: [UInt8] = [0x81, 0, 0, 0, 0, 0, 0, 0, 5]
        #expect(talk.restore("m", payload(.module, module)).contains("module type 'AAAAAAAAA'"))
        let moment: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0x10]
        // The same number is another type to Valkey: a field, its value, and the moment behind them.
        let valkey = [1] + string("f") + string("v")
        let never = [UInt8](repeating: 255, count: 8)
        #expect(talk.restore("v", payload(.earlyEndingHash, valkey, never, version: 80)) == "+OK\r\n")
        #expect(talk.restore("v", payload(.earlyEndingHash, valkey, moment, version: 80)) == "+OK\r\n")
        #expect(
            talk.restore("v", payload(.earlyEndingHash, valkey, never, version: 81)).contains("version or checksum"))
    }

    /// Each byte of payloads of every kind, changed: the value is refused, or whole.
    @Test func noChangedByteMakesABrokenValue() {
        let talk = Talk(seed: 1)
        var random = RandomSource(seed: 1)
        talk.server.context.skipsChecksums = true
        _ = talk.say("CONFIG", "SET", "rdbcompression", "no")
        _ = talk.say("RPUSH", "list", "a", "1", "-5000", "70000", "hello world")
        _ = talk.say("SADD", "integers", "1", "-5", "70000")
        _ = talk.say("SADD", "set", "1", "b", "ccc")
        _ = talk.say("HSET", "hash", "f", "v", "12", "-1")
        _ = talk.say("ZADD", "scores", "1", "a", "2.5", "b", "inf", "c")
        for key in ["list", "integers", "set", "hash", "scores"] {
            let whole = talk.dump(key)
            for index in whole.indices.dropLast(10) {
                for _ in 0..<4 {
                    var bent = whole
                    bent[index] = UInt8(truncatingIfNeeded: random.next())
                    if talk.restore("bent", bent) == "+OK\r\n" {
                        _ = talk.say("DEBUG", "DIGEST-VALUE", "bent")
                        talk.check("bent")
                    }
                }
            }
        }
    }
}
