// Commands with chance or rounding in them: the log receives what they did, not what they were asked.

import Testing

@testable import Engine

@Suite struct RewritingTests {
    /// What the log holds after these commands, as words.
    private func logged(_ commands: String...) -> [String] { logged(commands) }

    private func logged(_ commands: [String]) -> [String] {
        var server = Server(clock: ManualClock(), seed: 3)
        server.connect(1)
        server.beginTurn()
        for command in commands.dropLast() { say(command, &server) }
        server.context.keyspace.feed.beginLog(for: .file)
        say(commands.last ?? "", &server)
        let log = server.context.keyspace.feed.commandLog?.contents().array ?? []
        let lines = String(decoding: log, as: UTF8.self).split(separator: "\r\n").dropFirst(5)
        return lines.filter { !"*$".contains($0.prefix(1)) }.map(String.init)
    }

    private func say(_ command: String, _ server: inout Server) {
        var input = Buffer()
        input.append(text: command + "\r\n")
        let consumed = server.receive(input, from: 1)
        #expect(consumed == input.count)
    }

    @Test func SPOPIsTheRemovalOfWhatItTook() {
        #expect(logged("SADD s a", "SPOP s") == ["SREM", "s", "a"])
        #expect(logged("SADD s 7", "SPOP s") == ["SREM", "s", "7"])
        #expect(logged("SADD s a b", "SPOP s 2") == ["DEL", "s"])
        #expect(logged("SADD s a b", "SPOP s 9") == ["DEL", "s"])
        #expect(logged("SADD s a b", "SPOP s 0") == [])
        #expect(logged("SPOP s") == [])
        let popped = logged("SADD s a b c 1 2", "SPOP s 3")
        #expect(popped.count == 5 && popped.starts(with: ["SREM", "s"]))
        #expect(Set(popped.dropFirst(2)).isSubset(of: ["a", "b", "c", "1", "2"]))
    }

    @Test func HINCRBYFLOATIsTheSum() {
        #expect(logged("HSET h f 10.5", "HINCRBYFLOAT h f 0.1") == ["HSET", "h", "f", "10.6"])
        #expect(logged("HSET h f x", "HINCRBYFLOAT h f 1") == [])
    }

    @Test func whatChangesNothingIsNotLogged() {
        #expect(logged("SADD s a", "SADD s a") == [])
        #expect(logged("SADD s a", "SREM s b") == [])
        #expect(logged("HSET h f 1", "HSETNX h f 2") == [])
        #expect(logged("HSET h f 1", "HDEL h g") == [])
        #expect(logged("SADD s a", "SMOVE s s a") == [])
        #expect(logged("SADD s a", "SADD s a b") == ["SADD", "s", "a", "b"])
    }

    @Test func conditionsThatWereMetAreNotLogged() {
        #expect(logged("SET k a", "SET k b IFEQ a") == ["SET", "k", "b"])
        #expect(logged("SET k a", "SET k b IFEQ a GET") == ["SET", "k", "b"])
        #expect(logged("SET k a EX 100", "SET k b KEEPTTL IFEQ a") == ["SET", "k", "b", "KEEPTTL"])
        #expect(logged("SET k b IFNE a PXAT 33177117420000") == ["SET", "k", "b", "PXAT", "33177117420000"])
        #expect(logged("SET k a", "SET k b IFEQ a PXAT 1") == ["DEL", "k"])
        #expect(logged("SET k b IFNE a PXAT 1") == [])
        #expect(logged("SET k a", "SET k b IFEQ b") == [])
        #expect(logged("SET k a", "SET k b GET PXAT 33177117420000") == ["SET", "k", "b", "PXAT", "33177117420000"])
        #expect(logged("SET k a", "DELEX k IFEQ a") == ["DEL", "k"])
        #expect(logged("SET k a", "DELEX k") == ["DEL", "k"])
        #expect(logged("SET k a", "DELEX k IFEQ b") == [])
        #expect(logged("SET k a", "DELIFEQ k a") == ["DEL", "k"])
        #expect(logged("SET k a", "DELIFEQ k b") == [])
    }

    @Test func MSETEXIsWhatOlderServersKnow() {
        #expect(logged("MSETEX 2 a 1 b 2 NX") == ["MSET", "a", "1", "b", "2"])
        #expect(logged("MSETEX 1 a 1 KEEPTTL") == ["SET", "a", "1", "KEEPTTL"])
        #expect(
            logged("MSETEX 2 a 1 b 2 EXAT 33177117420").joined(separator: " ")
                == "SELECT 0 SET a 1 PXAT 33177117420000 SET b 2 PXAT 33177117420000 EXEC")
        #expect(logged("MSETEX 1 a 1 XX") == [])
    }

    @Test func endsOfFieldsAreMomentsOfThoseThatGotOne() {
        let moment = "33177117420000"
        #expect(
            logged("HSET h a 1 b 2", "HEXPIREAT h 33177117420 FIELDS 3 a x b")
                == ["HPEXPIREAT", "h", moment, "FIELDS", "2", "a", "b"])
        #expect(
            logged("HSET h a 1 b 2", "HPEXPIREAT h \(moment) FIELDS 2 a x NX")
                == ["HPEXPIREAT", "h", moment, "NX", "FIELDS", "1", "a"])
        let relative = logged("HSET h a 1 b 2", "HEXPIRE h 10 FIELDS 1 a")
        #expect(relative.starts(with: ["HPEXPIREAT", "h"]) && relative.count == 6)
        #expect(logged("HSET h a 1 b 2", "HEXPIRE h 0 FIELDS 2 a x") == ["HDEL", "h", "a"])
        #expect(logged("HSET h a 1", "HEXPIRE h 10 XX FIELDS 1 a") == [])
        #expect(logged("HSET h a 1", "HEXPIRE h 10 FIELDS 1 x") == [])
        #expect(logged("HEXPIRE h 10 FIELDS 1 x") == [])
        #expect(
            logged("HSET h a 1", "HPEXPIRE h 9000 FIELDS 1 a", "HPERSIST h FIELDS 2 a x")
                == ["HPERSIST", "h", "FIELDS", "2", "a", "x"])
        #expect(logged("HSET h a 1", "HPERSIST h FIELDS 1 a") == [])
    }

    @Test func fieldsThatAreReadOrSetWithTheirEnds() {
        let moment = "33177117420000"
        #expect(logged("HSET h a 1", "HGETEX h FIELDS 1 a") == [])
        #expect(
            logged("HSET h a 1", "HGETEX h EXAT 33177117420 FIELDS 2 a x")
                == ["HPEXPIREAT", "h", moment, "FIELDS", "2", "a", "x"])
        #expect(logged("HSET h a 1 b 2", "HGETEX h PXAT 1 FIELDS 1 a") == ["HDEL", "h", "a"])
        #expect(
            logged("HSETEX h EX 9 FIELDS 1 a 1", "HGETEX h PERSIST FIELDS 1 a")
                == ["HPERSIST", "h", "FIELDS", "1", "a"])
        #expect(logged("HSET h a 1", "HGETEX h PERSIST FIELDS 1 a") == [])
        #expect(logged("HSET h a 1 b 2", "HGETDEL h FIELDS 2 a x") == ["HDEL", "h", "a", "x"])
        #expect(logged("HSET h a 1", "HGETDEL h FIELDS 1 x") == [])
        #expect(
            logged("HSETEX h FIELDS 2 a 1 b 2 EXAT 33177117420 FNX")
                == ["HSETEX", "h", "FNX", "PXAT", moment, "FIELDS", "2", "a", "1", "b", "2"])
        #expect(logged("HSETEX h KEEPTTL FIELDS 1 a 1") == ["HSETEX", "h", "KEEPTTL", "FIELDS", "1", "a", "1"])
        #expect(logged("HSETEX h FIELDS 1 a 1") == ["HSETEX", "h", "FIELDS", "1", "a", "1"])
        #expect(logged("HSET h b 1", "HSETEX h PXAT 1 FIELDS 1 a 1") == ["HDEL", "h", "a"])
        #expect(logged("HSET h a 1", "HSETEX h FNX FIELDS 1 a 1") == [])
        #expect(
            logged("HSETEX h EX 100 FIELDS 1 a 1", "HINCRBYFLOAT h a 0.5")
                == ["HSETEX", "h", "KEEPTTL", "FIELDS", "1", "a", "1.5"])
    }

    @Test func INCREXIsItsSum() {
        #expect(logged("SET k 5", "INCREX k") == ["SET", "k", "6", "KEEPTTL"])
        #expect(logged("SET k 5 EX 100", "INCREX k BYINT -7 PERSIST") == ["SET", "k", "-2"])
        #expect(logged("INCREX k BYFLOAT 0.5 PXAT 33177117420000") == ["SET", "k", "0.5", "PXAT", "33177117420000"])
        #expect(logged("SET k 5", "INCREX k PXAT 1") == ["DEL", "k"])
        #expect(logged("INCREX k PXAT 1") == [])
        #expect(logged("SET k 5", "INCREX k UBOUND 4 EX 10") == [])
    }

    @Test func trimmingSaysExactlyWhatHasGone() {
        let node = "CONFIG SET stream-node-max-entries 2", entries = (1...7).map { "XADD s \($0)-1 a 1" }
        func trimmed(_ more: String...) -> [String] { logged([node] + entries + more) }
        #expect(trimmed("XTRIM s MAXLEN ~ 3 LIMIT 100") == ["XTRIM", "s", "MAXLEN", "=", "3"])
        #expect(trimmed("XTRIM s LIMIT 3 MINID ~ 6") == ["XTRIM", "s", "MINID", "=", "3-1"])
        #expect(trimmed("XTRIM s LIMIT 1 MINID ~ 6") == [])
        #expect(
            trimmed("XADD s MAXLEN ~ 3 LIMIT 100 9-1 a b") == ["XADD", "s", "MAXLEN", "=", "4", "9-1", "a", "b"])
        // What stays behind what goes hides which entries went, but not how many.
        let read = "XREADGROUP GROUP g c STREAMS s >", acknowledgement = "XACK s g 2-1 3-1 4-1"
        #expect(
            trimmed("XGROUP CREATE s g 0", read, acknowledgement, "XTRIM s ACKED MINID ~ 6 LIMIT 100")
                == ["XTRIM", "s", "ACKED", "MAXLEN", "=", "4"])
        #expect(
            trimmed("XGROUP CREATE s g 0", read, "XTRIM s MINID ~ 6 DELREF")
                == ["XTRIM", "s", "MINID", "=", "5-1", "DELREF"])
    }
}
