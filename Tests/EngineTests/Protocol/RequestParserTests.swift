// Requests in, words out: every way to cut the bytes, every protocol error, nothing reserved for what is announced.

import Testing

@testable import Engine

@Suite struct RequestParserTests {
    /// What came of a stream of bytes: the words of each request, and the error at its end, if any.
    struct Outcome: Equatable {
        var requests: [[[UInt8]]] = []
        var error: String?
    }

    /// Parses as the server does: what is incomplete waits for more, of requests of many arguments progress is kept.
    static func parse(_ pieces: [ArraySlice<UInt8>], isAuthenticated: Bool = true) -> Outcome {
        var parser = RequestParser()
        parser.limits.isAuthenticated = isAuthenticated
        var input = Buffer(), progress = RequestProgress(), outcome = Outcome(), sizeNeeded = 0
        for piece in pieces {
            input.append(array: Array(piece))
            var offset = 0
            if input.count < sizeNeeded { continue }
            reading: while true {
                parser.reset()
                let parsed =
                    progress.isEmpty
                    ? parser.next(in: input.contents, at: &offset)
                    : parser.resume(&progress, in: input.contents, at: &offset)
                switch parsed {
                case .request(let words):
                    if words.count > 0 { outcome.requests.append((0..<words.count).map { words.word($0).array }) }
                case .incomplete(let size):
                    sizeNeeded = offset == input.count ? 0 : size
                    if offset < input.count, progress.isEmpty {
                        parser.saveProgress(in: input.contents, at: offset, to: &progress)
                    }
                    break reading
                case .full: continue
                case .malformed(let error):
                    outcome.error = error.text
                    return outcome
                }
            }
            input.removeFirst(offset)
        }
        return outcome
    }

    static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    static let streams: [String] = [
        "PING\r\n", "PING\n", "\r\n\r\nPING\r\n", "*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n",
        "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$12\r\nhello\r\nworld\r\n*0\r\n*-1\r\nGET k\r\n",
        "SET a \"x\\x41\\n\" 'it\\'s'\r\nECHO \"\"\r\n*1\r\n$0\r\n\r\n",
        "*2\r\n$4\r\nECHO\r\n$100\r\n" + String(repeating: "y", count: 100) + "\r\n",
        "ECHO \"a\r\n", "*x\r\n", "*1\r\n:1\r\n", "PING\r\n*1\r\n$-1\r\n", "*1\r\n$536870913\r\n", "*2147483648\r\n",
        "*01\r\n",
    ]

    @Test(arguments: streams) func everySplitInTwoGivesTheSame(_ stream: String) {
        let bytes = RequestParserTests.bytes(stream)
        let whole = RequestParserTests.parse([bytes[...]])
        for cut in 0...bytes.count {
            #expect(RequestParserTests.parse([bytes[..<cut], bytes[cut...]]) == whole, "cut at \(cut)")
        }
    }

    @Test(arguments: streams) func everyByteForItselfGivesTheSame(_ stream: String) {
        let bytes = RequestParserTests.bytes(stream)
        let single = bytes.indices.map { bytes[$0...$0] }
        #expect(RequestParserTests.parse(single) == RequestParserTests.parse([bytes[...]]))
    }

    @Test func randomRequestsSurviveRandomCuts() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = RandomSource(seed: seed)
        for _ in 0..<300 {
            var expected: [[[UInt8]]] = [], bytes: [UInt8] = []
            for _ in 0...random.next() % 5 {
                let count = [1, 2, 3, 9, 10, 99, 100][Int(random.next() % 7)]
                let words = (0..<count).map { _ in
                    (0..<Int(random.next() % 200)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                }
                expected.append(words)
                bytes += RequestParserTests.bytes("*\(count)\r\n")
                for word in words { bytes += RequestParserTests.bytes("$\(word.count)\r\n") + word + [13, 10] }
            }
            var pieces: [ArraySlice<UInt8>] = [], start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + 1 + Int(random.next() % 700))
                pieces.append(bytes[start..<end])
                start = end
            }
            let outcome = RequestParserTests.parse(pieces)
            #expect(outcome.error == nil && outcome.requests == expected, "seed \(seed)")
        }
    }

    @Test func mutatedRequestsNeverTrap() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = RandomSource(seed: seed)
        let alphabet = RequestParserTests.bytes("*$:+-0123456789\r\n\"'\\x a\0\u{7f}")
        for _ in 0..<20_000 {
            var bytes = RequestParserTests.bytes(
                RequestParserTests.streams[Int(random.next() % UInt64(RequestParserTests.streams.count))])
            for _ in 0...random.next() % 6 {
                let place = Int(random.next() % UInt64(bytes.count + 1))
                switch random.next() % 3 {
                case 0: bytes.insert(alphabet[Int(random.next() % UInt64(alphabet.count))], at: place)
                case 1: if place < bytes.count { bytes.remove(at: place) }
                default: if place < bytes.count { bytes[place] = alphabet[Int(random.next() % UInt64(alphabet.count))] }
                }
            }
            let cut = Int(random.next() % UInt64(bytes.count + 1))
            let whole = RequestParserTests.parse([bytes[...]])
            let parts = RequestParserTests.parse([bytes[..<cut], bytes[cut...]])
            #expect(whole == parts, "seed \(seed): \(bytes)")
        }
    }

    @Test func aBoldAnnouncementReservesNothing() {
        var parser = RequestParser()
        var input = Buffer()
        input.append("*2147483647\r\n$3\r\nDEL\r\n")
        var offset = 0
        let parsed = parser.next(in: input.contents, at: &offset)
        var isIncomplete = false
        if case .incomplete = parsed { isIncomplete = true }
        #expect(isIncomplete)
        #expect(parser.capacity == 1024)
    }

    @Test func linesWithoutAnEndAreRefused() {
        let long = String(repeating: "1", count: 65_600)
        #expect(
            RequestParserTests.parse([RequestParserTests.bytes(long)[...]]).error
                == "Protocol error: too big inline request")
        #expect(
            RequestParserTests.parse([RequestParserTests.bytes("*" + long)[...]]).error
                == "Protocol error: too big mbulk count string")
        #expect(
            RequestParserTests.parse([RequestParserTests.bytes("*1\r\n$" + long)[...]]).error
                == "Protocol error: too big bulk count string")
    }

    @Test func beforeAuthenticationLittleIsAllowed() {
        let many = RequestParserTests.bytes("*11\r\n"),
            large = RequestParserTests.bytes("*2\r\n$3\r\nGET\r\n$16385\r\n")
        #expect(
            RequestParserTests.parse([many[...]], isAuthenticated: false).error
                == "Protocol error: unauthenticated multibulk length")
        #expect(
            RequestParserTests.parse([large[...]], isAuthenticated: false).error
                == "Protocol error: unauthenticated bulk length")
        #expect(RequestParserTests.parse([many[...]]).error == nil)
    }

    @Test func manyArgumentsInSmallPiecesAreReadOnce() {
        let count = 20_000
        let bytes = RequestParserTests.bytes("*\(count)\r\n" + String(repeating: "$1\r\nx\r\n", count: count))
        let pieces = stride(from: 0, to: bytes.count, by: 100).map { bytes[$0..<min($0 + 100, bytes.count)] }
        let outcome = RequestParserTests.parse(pieces)
        #expect(outcome.requests.count == 1 && outcome.requests.first?.count == count)
    }
}
