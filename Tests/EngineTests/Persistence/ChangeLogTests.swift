// What the log of changes holds: units, the databases they concern, and their dates.

import Testing

@testable import Engine

@Suite struct ChangeLogTests {
    /// Says lines to a server that keeps a log; `#` and a number let so many milliseconds pass. Returns the commands in
    /// the log, each as one line.
    private func logged(_ said: String...) -> [String] { logged(said) }

    private func logged(_ said: [String]) -> [String] {
        let clock = ManualClock()
        var server = Server(clock: clock, seed: 3)
        server.connect(1)
        server.context.keyspace.feed.beginLog(for: .file)
        for line in said {
            server.beginTurn()
            if line == "no active expiry" {
                server.context.keyspace.expiresActively = false
                continue
            }
            if line.hasPrefix("#") {
                clock.milliseconds += Int64(line.dropFirst()) ?? 0
                continue
            }
            var input = Buffer()
            input.append(text: line + "\r\n")
            let consumed = server.receive(input, from: 1)
            #expect(consumed == input.count)
        }
        server.beginTurn()
        return lines(of: server.context.keyspace.feed.commandLog?.contents().array ?? [])
    }

    private func lines(of log: [UInt8]) -> [String] {
        var parser = RequestParser(), result: [String] = [], rest = log
        while !rest.isEmpty {
            if rest.first == UInt8(ascii: "#") {
                result.append(String(decoding: rest.prefix { $0 != 13 }, as: UTF8.self))
                rest = [UInt8](rest.drop { $0 != 10 }.dropFirst())
                continue
            }
            let size = withBytes(of: rest) { bytes in
                var offset = 0
                parser.reset()
                guard case .request(let words) = parser.next(in: bytes, at: &offset) else { return rest.count }
                result.append((0..<words.count).map { words.word($0).text }.joined(separator: " "))
                return offset
            }
            rest.removeFirst(size)
        }
        return result
    }

    @Test func theFirstCommandNamesItsDatabase() {
        #expect(logged("SET a 1", "GET a", "SET b 2") == ["SELECT 0", "SET a 1", "SET b 2"])
        #expect(
            logged("SELECT 3", "SET a 1", "SELECT 0", "SELECT 3", "SET a 2", "SELECT 1", "SET a 3")
                == ["SELECT 3", "SET a 1", "SET a 2", "SELECT 1", "SET a 3"])
    }

    @Test func aTransactionIsBracketedIfItHasMoreThanOneChange() {
        #expect(logged("MULTI", "SET a 1", "EXEC") == ["SELECT 0", "SET a 1"])
        #expect(logged("MULTI", "GET a", "EXEC") == [])
        #expect(
            logged("MULTI", "SET a 1", "GET a", "SELECT 2", "INCR b", "EXEC", "INCR c")
                == ["MULTI", "SELECT 0", "SET a 1", "SELECT 2", "INCR b", "EXEC", "INCR c"])
        #expect(logged("MULTI", "SET a 1", "DISCARD", "SET b 1") == ["SELECT 0", "SET b 1"])
    }

    @Test func aKeyThatTimeRemovesIsItsOwnUnitOrPartOfThatWhichMetIt() {
        let ends = logged("SET a 1", "PEXPIREAT a 1", "SET b 1")
        #expect(ends == ["SELECT 0", "SET a 1", "DEL a", "SET b 1"])
        let expired = logged("SELECT 4", "SET a 1 PX 5", "SET b 1 PX 5", "SELECT 0", "#20", "SET c 1")
        #expect(Array(expired.suffix(5).prefix(3)).sorted().last == "SELECT 4" || expired.contains("DEL a"))
        #expect(!expired.contains("MULTI"))
        let met = logged("no active expiry", "SET a 1 PX 5", "#20", "SET a 2")
        #expect(met.suffix(4) == ["MULTI", "DEL a", "SET a 2", "EXEC"])
        #expect(logged("no active expiry", "SET a 1 PX 5", "#20", "GET a").last == "DEL a")
        let two = logged("no active expiry", "SET a 1 PX 5", "SET b 1 PX 5", "#20", "MGET a b")
        #expect(two.suffix(4) == ["MULTI", "DEL a", "DEL b", "EXEC"])
        let scanned = logged("no active expiry", "SET a 1 PX 5", "SET b 1 PX 5", "#20", "SCAN 0")
        #expect(!scanned.contains("MULTI"))
        #expect(scanned.suffix(2).sorted() == ["DEL a", "DEL b"])
    }

    @Test func aKeyThatGoesIsUnlinkedIfTheSettingsWantThat() {
        let expired = logged(
            "CONFIG SET lazyfree-lazy-expire yes", "no active expiry", "SET a 1 PX 5", "SET b 1", "SET c 1", "#20",
            "GET a", "PEXPIREAT b 1", "GETEX c PXAT 1")
        #expect(expired.suffix(3) == ["UNLINK a", "UNLINK b", "UNLINK c"])
        let emptied = ["SADD s 1 2", "SPOP s 5", "SET a 1", "GETDEL a", "SET b 1", "PEXPIREAT b 1"]
        #expect(
            logged(["CONFIG SET lazyfree-lazy-server-del yes"] + emptied).suffix(5)
                == ["UNLINK s", "SET a 1", "DEL a", "SET b 1", "DEL b"])
        #expect(logged(emptied).contains("DEL s"))
    }

    @Test func emptyDatabasesAreFlushedInTheLogToo() {
        #expect(
            logged("FLUSHALL", "SELECT 1", "flushdb async") == ["SELECT 0", "FLUSHALL", "SELECT 1", "flushdb async"])
    }

    @Test func datedUnitsSayTheSecondOnce() {
        var log = ChangeLog()
        log.note(second: 7)
        log.appendRemoval(of: Bytes("a"), in: 0)
        log.appendRemoval(of: Bytes("b"), in: 0)
        log.endUnit()
        log.appendRemoval(of: Bytes("c"), in: 0)
        log.endUnit()
        log.note(second: 8)
        log.note(second: 9)
        log.appendRemoval(of: Bytes("d"), in: 0)
        log.endUnit()
        #expect(
            lines(of: log.contents().array)
                == ["#TS:7", "MULTI", "SELECT 0", "DEL a", "DEL b", "EXEC", "DEL c", "#TS:9", "DEL d"])
    }

    /// What one request leaves in the log, behind the choice of the database.
    private func logged(request: [UInt8]) -> [UInt8] {
        var server = Server(clock: ManualClock(), seed: 3)
        server.connect(1)
        server.context.keyspace.feed.beginLog(for: .file)
        server.beginTurn()
        var input = Buffer()
        input.append(array: request)
        #expect(server.receive(input, from: 1) == request.count)
        let log = server.context.keyspace.feed.commandLog?.contents().array ?? []
        return Array(log.dropFirst("*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n".utf8.count))
    }

    @Test func whateverFormARequestHasTheLogHasTheShortest() {
        for size in [0, 1, 2, 9, 10, 11, 99, 100, 101, 110, 256, 999, 1000, 20_000] {
            let value = String(repeating: "v", count: size)
            for words in [
                ["SET", "key", value], ["SET", "k", value, "KEEPTTL"],
                ["MSET", "a", "1", "b", value, "c", "", "d", value],
                ["HSET", value, value, value], ["RPUSH", "list"] + Array(repeating: value, count: 12),
            ] {
                let request = Array(resp(words).utf8)
                #expect(logged(request: request) == request)
                // Nobody looks at the two bytes behind a word.
                let odd = "*\(words.count)\r\n" + words.map { "$\($0.utf8.count)\r\n\($0)\r." }.joined()
                #expect(logged(request: Array(odd.utf8)) == request)
                // Nor at the one behind the CR of a length.
                let length = "*\(words.count)\r\n" + words.map { "$\($0.utf8.count)\r.\($0)\r\n" }.joined()
                #expect(logged(request: Array(length.utf8)) == request)
            }
        }
        #expect(logged(request: Array("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$+1\r\nv\r\n".utf8)) == [])
        let line = Array("SET \"key\" v\\r\\n$1\\r\\n\r\n".utf8)
        #expect(logged(request: line) == Array(resp(["SET", "key", "v\\r\\n$1\\r\\n"]).utf8))
        let quoted = Array("SET key \"\\r\\n$1\\r\\nv\"\r\n".utf8)
        #expect(logged(request: quoted) == Array(resp(["SET", "key", "\r\n$1\r\nv"]).utf8))
    }

    private func resp(_ words: [String]) -> String {
        "*\(words.count)\r\n" + words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
    }

    @Test func everyLengthIsWrittenAsItIs() {
        for size in [0, 1, 9, 10, 11, 99, 100, 101, 999, 1000, 12345] {
            let value = String(repeating: "x", count: size)
            #expect(logged("SET key \"\(value)\"") == ["SELECT 0", "SET key \(value)"])
        }
    }
}
