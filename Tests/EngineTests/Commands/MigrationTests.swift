// MIGRATE and a target that does what the test says: what goes, what stays, what the log hears, and how long it takes.

import Platform
import Testing

@testable import Engine

/// A server that plays a part: it answers each call with the next lines, closes, or is silent.
private final class Target: OutboundNetwork, @unchecked Sendable {
    /// What it says to one attempt; nil closes the connection where it stands.
    var answers: [String?] = []
    var heard: [[UInt8]] = []
    var opened = 0
    var closed: [Int32] = []
    /// The pieces that it takes are so large, and then it takes no more.
    var room = Int.max

    func connect(to targets: [SocketAddress], within milliseconds: Int) throws(CallFailure) -> Int32 {
        let host = targets.first?.host ?? "nowhere"
        if host == "nowhere" { throw .unreachable }
        if host == "10.0.0.2" { throw .timeout }
        if host == "10.0.0.3" { throw .broken }
        opened += 1
        heard.append([])
        return Int32(opened)
    }

    func send(_ descriptor: Int32, _ bytes: RawSpan, within milliseconds: Int) throws(CallFailure) {
        guard heard[heard.count - 1].count + bytes.byteCount <= room else { throw .timeout }
        heard[heard.count - 1] += unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    }

    func receive(
        _ descriptor: Int32, into space: inout MutableRawSpan, within milliseconds: Int
    ) throws(CallFailure) -> Int {
        guard !answers.isEmpty else { throw .timeout }
        guard let answer = answers.removeFirst() else { throw .broken }
        // In small pieces, to be put together again.
        let bytes = Array(answer.utf8), count = min(bytes.count, 3)
        for index in 0..<count { space.storeBytes(of: bytes[index], toByteOffset: index, as: UInt8.self) }
        if count < bytes.count {
            answers.insert(String(decoding: bytes.dropFirst(count), as: UTF8.self), at: 0)
        }
        return count
    }

    func close(_ descriptor: Int32) { closed.append(descriptor) }

    /// The words that it was told last, as far as they are text.
    var words: [String] {
        let lines = String(decoding: heard.last ?? [], as: UTF8.self).split(separator: "\r\n")
        return lines.filter { !"*$".contains($0.prefix(1)) }.map(String.init)
    }
}

@Suite struct MigrationTests {
    /// A server with some keys and a target; a class, so that `#expect` may ask.
    private final class Stage {
        let host = FakeHost()
        var server: Server
        let target = Target()

        init(workerMode: WorkerMode = .atOnce) {
            host.workerMode = workerMode
            host.fakeNames.slow = [
                "nowhere": nil, "far": SocketAddress(version4: 0x0A00_0002, port: 0),
                "closed": SocketAddress(version4: 0x0A00_0003, port: 0),
            ]
            server = Server(clock: ManualClock(), seed: 3, host: host)
            server.connect(1)
            server.beginTurn()
            server.context.links.network = target
            _ = say("MSET a 1 b 2 c 3")
            server.context.keyspace.feed.beginLog(for: .file)
        }

        func say(_ command: String) -> String { Stage.say(command, &server) }

        private static func say(_ command: String, _ server: inout Server) -> String {
            var input = Buffer()
            input.append(text: command + "\r\n")
            let mark = server.reply.count
            _ = server.receive(input, from: 1)
            return server.reply.pending(since: mark).text
        }

        /// What the log heard, as words.
        var logged: [String] { Stage.logged(&server) }

        private static func logged(_ server: inout Server) -> [String] {
            let log = server.context.keyspace.feed.commandLog?.contents().text ?? ""
            let words = log.split(separator: "\r\n").filter { !"*$".contains($0.prefix(1)) }.map(String.init)
            return Array(words.starts(with: ["SELECT", "0"]) ? words.dropFirst(2) : words[...])
        }

        func pass(milliseconds: Int64) {
            server.context.keyspace.now += milliseconds
            server.context.links.closeIdle(now: server.context.now)
        }
    }

    @Test func whatIsAcknowledgedGoesAndTheLogHearsOfThat() {
        let stage = Stage()
        stage.target.answers = ["+OK\r\n+OK\r\n", "+OK\r\n"]
        #expect(stage.say("MIGRATE there 7 \"\" 5 100 REPLACE KEYS a missing b") == "+OK\r\n")
        #expect(stage.say("EXISTS a b c") == ":1\r\n")
        #expect(stage.logged == ["DEL", "a", "b"])
        let words = stage.target.words
        #expect(words.starts(with: ["SELECT", "5", "RESTORE", "a", "0"]) && words.last == "REPLACE")
        #expect(!words.contains("missing"))
    }

    @Test func aCopyStays() {
        let stage = Stage()
        stage.target.answers = ["+OK\r\n+OK\r\n"]
        #expect(stage.say("MIGRATE there 7 a 0 100 COPY") == "+OK\r\n")
        #expect(stage.say("EXISTS a") == ":1\r\n")
        #expect(stage.logged == [])
    }

    @Test func theConnectionAndItsDatabaseAreKeptForSomeSeconds() {
        let stage = Stage()
        stage.target.answers = ["+OK\r\n+OK\r\n"]
        #expect(stage.say("MIGRATE there 7 a 5 100") == "+OK\r\n")
        stage.pass(milliseconds: 9000)
        stage.target.answers = ["+OK\r\n"]
        stage.target.heard = [[]]
        #expect(stage.say("MIGRATE there 7 b 5 100") == "+OK\r\n")
        #expect(stage.target.opened == 1 && !stage.target.words.contains("SELECT"))
        stage.pass(milliseconds: 10_001)
        #expect(stage.target.closed == [1])
        stage.target.answers = ["+OK\r\n+OK\r\n"]
        #expect(stage.say("MIGRATE there 7 c 5 100") == "+OK\r\n")
        #expect(stage.target.opened == 2)
    }

    @Test func onlyWhatWasAcknowledgedBeforeAnErrorGoes() {
        let stage = Stage()
        stage.target.answers = ["+OK\r\n+OK\r\n-BUSYKEY it is \u{1}there\r\n+OK\r\n"]
        let reply = stage.say("MIGRATE there 7 \"\" 5 100 KEYS a b c")
        #expect(reply == "-ERR Target instance replied with error: BUSYKEY it is  there\r\n")
        #expect(stage.say("EXISTS a b c") == ":1\r\n" && stage.logged == ["DEL", "a", "c"])
        // The database is not known any more.
        stage.target.answers = ["+OK\r\n+OK\r\n"]
        stage.target.heard = [[]]
        #expect(stage.say("MIGRATE there 7 b 5 100") == "+OK\r\n" && stage.target.words.first == "SELECT")
    }

    @Test func aRefusedGreetingCountsForAllKeys() {
        let stage = Stage()
        stage.target.answers = ["-WRONGPASS no\r\n+OK\r\n+OK\r\n"]
        let reply = stage.say("MIGRATE there 7 a 5 100 AUTH2 someone secret")
        #expect(reply == "-ERR Target instance replied with error: WRONGPASS no\r\n")
        #expect(stage.say("EXISTS a") == ":1\r\n" && stage.logged == [])
        #expect(stage.target.words.starts(with: ["AUTH", "someone", "secret", "SELECT", "5"]))
    }

    @Test func aConnectionThatIsClosedIsOpenedOnceMore() {
        let stage = Stage()
        stage.target.answers = [nil, "+OK\r\n+OK\r\n"]
        #expect(stage.say("MIGRATE there 7 a 5 100") == "+OK\r\n")
        #expect(stage.target.opened == 2 && stage.target.closed == [1])
        stage.target.answers = [nil, nil, "+OK\r\n+OK\r\n"]
        #expect(stage.say("MIGRATE there 8 b 5 100") == "-IOERR error or timeout reading to target instance\r\n")
        #expect(stage.say("EXISTS b") == ":1\r\n")
    }

    @Test func whoIsSilentIsNotAskedAgain() {
        let stage = Stage()
        #expect(stage.say("MIGRATE there 7 a 5 100") == "-IOERR error or timeout reading to target instance\r\n")
        #expect(stage.target.opened == 1 && stage.target.closed == [1])
        stage.target.room = 20
        #expect(stage.say("MIGRATE there 7 a 5 100") == "-IOERR error or timeout writing to target instance\r\n")
        // Some keys are there already: a second attempt would say that they exist.
        stage.target.room = .max
        stage.target.answers = ["+OK\r\n+OK\r\n", nil, "+OK\r\n"]
        let reply = stage.say("MIGRATE there 7 \"\" 5 100 KEYS a b")
        #expect(reply == "-IOERR error or timeout reading to target instance\r\n")
        #expect(stage.say("EXISTS a b") == ":1\r\n" && stage.logged == ["DEL", "a"])
        #expect(stage.say("EXISTS a b c") == ":2\r\n")
    }

    @Test func somethingElseIsNoServer() {
        let stage = Stage()
        stage.target.answers = ["HTTP/1.1 400 Bad Request\r\n", "HTTP/1.1 400 Bad Request\r\n"]
        #expect(stage.say("MIGRATE there 7 a 5 100") == "-IOERR error or timeout reading to target instance\r\n")
        #expect(stage.say("EXISTS a") == ":1\r\n")
        #expect(stage.say("MIGRATE nowhere 7 a 5 100") == "-IOERR error or timeout connecting to the client\r\n")
        #expect(stage.say("MIGRATE far 7 a 5 100") == "-IOERR error or timeout connecting to the client\r\n")
        #expect(stage.say("MIGRATE closed 7 a 5 100") == "-IOERR error or timeout writing to target instance\r\n")
    }

    @Test func manyTargetsDoNotLeaveManyConnections() {
        let stage = Stage()
        for port in 1...100 {
            stage.target.answers = ["+OK\r\n+OK\r\n"]
            #expect(stage.say("MIGRATE there \(port) a 5 100 COPY") == "+OK\r\n")
        }
        #expect(stage.target.opened == 100 && stage.target.closed.count == 36)
    }

    @Test func RESTOREIsAMomentForTheLog() {
        let stage = Stage()
        _ = stage.say("DEBUG SET-SKIP-CHECKSUM-VALIDATION 1")
        stage.server.context.skipsChecksums = true
        let payload = #""\x00\x01x\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00""#
        #expect(stage.say("RESTORE new 5000 \(payload)") == "+OK\r\n")
        let moment = "\(stage.server.context.now + 5000)"
        #expect(stage.logged.prefix(3) == ["RESTORE", "new", moment] && stage.logged.last == "ABSTTL")
        #expect(stage.say("RESTORE new 5 \(payload) REPLACE ABSTTL") == "+OK\r\n")
        #expect(stage.logged.suffix(2) == ["DEL", "new"])
    }
}
