// COMMANDLOG beside arrays: requests and replies of random sizes under random settings.

import Platform
import Testing

@testable import Engine

@Suite struct CommandLogTests {
    /// One of the logs: what is in it, and the number of the next entry.
    private struct Model {
        var entries: [[Int]] = [], next = 0

        mutating func note(_ size: Int, least: Int, most: Int) {
            guard size >= least else { return }
            entries = Array((entries + [[next, size]]).suffix(most))
            next += 1
        }
    }

    private static func request(_ words: String...) -> String {
        "*\(words.count)\r\n" + words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
    }

    /// Number and size of each entry of a reply, the oldest first; between them stands the time.
    private static func entries(_ reply: String) -> [[Int]] {
        let lines = reply.split(separator: "\r\n")
        let starts = lines.indices.dropFirst().filter { lines[$0] == "*6" }
        return starts.reversed().map { start in [1, 3].map { Int(lines[start + $0].dropFirst()) ?? -1 } }
    }

    @Test(arguments: [1, 2, 3, UInt64.random(in: 4 ... .max)])
    func callsThatAreLargeEnoughAreNoted(_ seed: UInt64) {
        var random = RandomSource(seed: seed), server = Server(clock: ManualClock(), seed: seed), noted = 0
        server.connect(1)
        var requests = Model(), replies = Model()
        for round in 0..<60 {
            let least = [200, 600, 1200].randomElement(using: &random) ?? 200, most = Int(random.next() % 9) + 1
            _ = server.say("CONFIG SET commandlog-large-request-max-len \(most) commandlog-large-reply-max-len \(most)")
            _ = server.say("CONFIG SET commandlog-request-larger-than \(least) commandlog-reply-larger-than \(least)")
            for _ in 0..<20 {
                let value = String(repeating: "x", count: Int(random.next() % 1500))
                let line =
                    random.next() % 2 == 0
                    ? CommandLogTests.request("SET", "k", value) : CommandLogTests.request("GET", "k")
                let reply = server.say(raw: line)
                requests.note(line.utf8.count, least: least, most: most)
                replies.note(reply.utf8.count, least: least, most: most)
            }
            _ = server.say("CONFIG SET commandlog-request-larger-than -1 commandlog-reply-larger-than -1")
            let message = "seed \(seed), round \(round): from \(least) on, at most \(most)"
            #expect(
                CommandLogTests.entries(server.say("COMMANDLOG GET -1 large-request")) == requests.entries, "\(message)"
            )
            #expect(
                CommandLogTests.entries(server.say("COMMANDLOG GET -1 large-reply")) == replies.entries, "\(message)")
            #expect(server.say("COMMANDLOG LEN large-reply") == ":\(replies.entries.count)\r\n", "\(message)")
            noted += requests.entries.count + replies.entries.count
            _ = server.say("COMMANDLOG RESET large-request")
            _ = server.say("COMMANDLOG RESET large-reply")
            (requests.entries, replies.entries) = ([], [])
        }
        #expect(noted > 100)
    }
}
