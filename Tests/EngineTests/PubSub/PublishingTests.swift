// Random subscriptions and messages against a model: who hears what, how often, and how many PUBLISH counts.

import Testing

@testable import Engine

@Suite struct PublishingTests {
    private static let clients = 1...6
    private static let channels = ["news", "news.art", "news.music", "sport", "s"]
    private static let patterns = ["*", "news*", "news.*", "?", "[ns]*", "sport"]

    @Test(arguments: [1, 2, 3] as [UInt64])
    func whoListensHearsEverythingOnce(_ seed: UInt64) {
        var random = RandomSource(seed: seed)
        var server = Server(seed: seed)
        for client in Self.clients { server.connect(client) }
        var subscribed: [Int: Set<String>] = [:], psubscribed: [Int: Set<String>] = [:]
        for step in 0..<3_000 {
            let client = Int.random(in: Self.clients, using: &random)
            let channel = Self.channels.randomElement(using: &random)!
            let pattern = Self.patterns.randomElement(using: &random)!
            switch Int.random(in: 0..<8, using: &random) {
            case 0:
                say("SUBSCRIBE \(channel)", client, &server)
                subscribed[client, default: []].insert(channel)
            case 1:
                say("PSUBSCRIBE \(pattern)", client, &server)
                psubscribed[client, default: []].insert(pattern)
            case 2:
                say("UNSUBSCRIBE \(channel)", client, &server)
                subscribed[client]?.remove(channel)
            case 3:
                say("PUNSUBSCRIBE \(pattern)", client, &server)
                psubscribed[client]?.remove(pattern)
            case 4 where step % 40 == 0:
                server.disconnect(client)
                server.connect(client)
                (subscribed[client], psubscribed[client]) = (nil, nil)
            case 5 where step % 10 == 0:
                say("UNSUBSCRIBE", client, &server)
                subscribed[client] = nil
            default:
                var expected = 0
                var heard: [Int: Int] = [:]
                for listener in Self.clients {
                    let matching = (psubscribed[listener] ?? []).filter { matches($0, channel) }.count
                    let count = matching + (subscribed[listener]?.contains(channel) == true ? 1 : 0)
                    heard[listener] = count
                    expected += count
                }
                #expect(publish(channel, &server) == expected, "seed \(seed), step \(step)")
                for listener in Self.clients {
                    #expect(takeMessages(of: listener, &server) == heard[listener], "seed \(seed), step \(step)")
                }
            }
        }
        server.context.channels[.channel].checkInvariants()
        server.context.channels[.pattern].checkInvariants()
    }

    /// What a subscribed client of RESP2 may not say is said by one that never subscribes.
    private func publish(_ channel: String, _ server: inout Server) -> Int {
        if !server.context.clients.contains(99) { server.connect(99) }
        let reply = say("PUBLISH \(channel) message!", 99, &server)
        // CR and LF are one character to Swift.
        return Int(reply.dropFirst().dropLast()) ?? -1
    }

    @discardableResult private func say(_ words: String, _ client: Int, _ server: inout Server) -> String {
        var input = Buffer()
        input.append(text: words + "\r\n")
        _ = server.receive(input, from: client)
        defer { server.reply.removeAll() }
        return String(decoding: server.reply.pending().array, as: UTF8.self)
    }

    private func takeMessages(of client: Int, _ server: inout Server) -> Int {
        defer { server.context.clients[client].output.removeAll() }
        let output = String(decoding: server.context.clients[client].output.array, as: UTF8.self)
        return output.split(separator: "message!", omittingEmptySubsequences: false).count - 1
    }

    private func matches(_ pattern: String, _ channel: String) -> Bool {
        var first = Buffer(), second = Buffer()
        first.append(text: pattern)
        second.append(text: channel)
        return GlobPattern(first.contents).matches(second.contents)
    }
}
