// CLIENT MAINT_NOTIFICATIONS and APUS HANDOFF beside a model, while clients come and go, change their protocol, begin
// anew, wait and want no replies: who hears of which move, in what form, and where among the replies.

import Platform
import Testing

@testable import Engine

@Suite struct HandoffModelTests {
    @Test(arguments: [1, 2, 3, 4, 5, UInt64.random(in: 6 ... .max)])
    func thoseHearOfAMoveWhoHaveAskedFor(_ seed: UInt64) {
        var simulation = Simulation(), model = HandoffModel(seed: seed)
        for step in 0..<2000 {
            if model.clients.count < 8 {
                let descriptor = simulation.connect(), number = simulation.ask("CLIENT ID\r\n", descriptor)
                model.join(descriptor, Int(number.dropFirst().dropLast()) ?? 0)
            }
            if let gone = model.leaver() {
                simulation.network.end(gone)
                simulation.turns()
            }
            if model.chance(4) { simulation.pass(milliseconds: model.choose([1, 300, 999, 4000, 31_000])) }
            model.now = simulation.clock.milliseconds
            // Two may speak in one turn; who has come first is served first.
            let speakers = model.speakers()
            var said: [String] = []
            for speaker in speakers {
                let text = model.speak(speaker)
                simulation.network.say(text.utf8, on: model.clients[speaker].descriptor)
                said.append("\(model.clients[speaker].number): \(text.replacing("\r\n", with: " ; "))")
            }
            simulation.turns()
            let message = "seed \(seed), step \(step), \(said.joined(separator: "and "))"
            var isRight = true
            for client in model.clients {
                let heard = simulation.hear(client.descriptor)
                #expect(heard == client.heard, "\(message), client \(client.number)")
                isRight = isRight && heard == client.heard
                #expect(simulation.network.isClosedByServer(client.descriptor) == client.isGone, "\(message)")
            }
            model.endStep()
            #expect(simulation.clientCount == model.clients.count, "\(message)")
            if !isRight { return }
        }
        #expect(model.told > 300 && model.toldLate > 100, "\(model.told) \(model.toldLate)")
    }

    @Test func whoIsLeavingHearsOfNoMove() {
        var simulation = Simulation()
        let leaver = simulation.connect(), speaker = simulation.connect()
        #expect(simulation.ask("HELLO 3\r\nCLIENT MAINT_NOTIFICATIONS ON\r\n", leaver).hasSuffix("+OK\r\n"))
        simulation.network.say("QUIT\r\n".utf8, on: leaver)
        #expect(simulation.ask("APUS HANDOFF there\r\n", speaker) == ":0\r\n")
        #expect(simulation.hear(leaver) == "+OK\r\n")
    }
}

/// A client as the model knows it.
private struct ModelClient {
    enum Form { case none, addressed, unaddressed }

    let descriptor: Int32, number: Int
    var version = 2, form = Form.none, isSilent = false, waits = false, isGone = false
    /// What MULTI has collected.
    var queue: [String]?
    /// All that it hears in this step.
    var heard = ""
}

/// The clients, and the last move.
private struct HandoffModel: RandomModel {
    /// What a move may be told to go to, and what clients hear of it.
    private static let targets = [
        "there": "there:6379", "there:7": "there:7", "10.0.0.1": "10.0.0.1:6379", "::1": "[::1]:6379",
        "[::1]": "[::1]:6379", "[::1]:9": "[::1]:9",
    ]

    private(set) var clients: [ModelClient] = []
    /// How many pushes there were, and how many of them to somebody who asked during a move.
    private(set) var told = 0, toldLate = 0
    private var move = (target: "", end: Int64(0), number: Int64(0))
    /// What goes to the speaker behind its reply.
    private var toSpeaker = ""
    var now: Int64 = 0
    var random: RandomSource

    init(seed: UInt64) { random = RandomSource(seed: seed) }

    // MARK: Coming and going

    mutating func join(_ descriptor: Int32, _ number: Int) {
        clients.append(ModelClient(descriptor: descriptor, number: number))
    }

    /// Somebody who goes without a word, now and then.
    mutating func leaver() -> Int32? {
        chance(12) ? clients.remove(at: Int.random(in: 0..<clients.count, using: &random)).descriptor : nil
    }

    mutating func endStep() {
        clients.removeAll { $0.isGone }
        for index in clients.indices { clients[index].heard = "" }
    }

    // MARK: Speaking

    mutating func speakers() -> [Int] {
        let free = clients.indices.filter { !clients[$0].waits }
        return free.shuffled(using: &random).prefix(chance(3) ? 2 : 1).sorted()
    }

    /// What the client says in this step; the model has done it.
    mutating func speak(_ speaker: Int) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let line = line(for: clients[speaker])
            text += line + "\r\n"
            toSpeaker = ""
            let reply = answer(to: line, speaker)
            clients[speaker].heard += (clients[speaker].isSilent ? "" : reply) + toSpeaker
            // Nothing more of what it says is run.
            if clients[speaker].isGone || clients[speaker].waits { return text + "APUS HANDOFF nowhere\r\n" }
        }
        return text
    }

    private mutating func line(for client: ModelClient) -> String {
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<6:
            let type = ["none", "internal-ip", "internal-fqdn", "external-ip", "external-fqdn", "nowhere"]
            let more = choose(["", "", "", " moving-endpoint-type \(choose(type))", " MOVING-ENDPOINT-TYPE none"])
            return "CLIENT MAINT_NOTIFICATIONS \(choose(["ON", "ON", "on", "OFF"]))\(more)"
        case 6..<10:
            let target = choose(HandoffModel.targets.keys.sorted() + ["there:0"])
            return "APUS HANDOFF \(target)\(choose(["", " 1", " 5", " 60", " 0"]))"
        case 10..<14: return choose(["HELLO 3", "HELLO 3", "HELLO 3", "HELLO 2", "HELLO", "HELLO 4"])
        case 14: return "RESET"
        case 15: return "MULTI"
        case 16: return chance(4) ? "DISCARD" : "EXEC"
        case 17 where chance(3): return chance(2) ? "QUIT" : "BLPOP nothing 0"
        case 18 where client.queue == nil: return "CLIENT REPLY \(client.isSilent || chance(2) ? "ON" : "OFF")"
        default: return client.queue == nil ? "PING" : "EXEC"
        }
    }

    // MARK: Answers

    private mutating func answer(to line: String, _ speaker: Int) -> String {
        switch line {
        case "MULTI":
            guard clients[speaker].queue == nil else { return "-ERR MULTI calls can not be nested\r\n" }
            clients[speaker].queue = []
            return "+OK\r\n"
        case "EXEC", "DISCARD":
            guard let queue = clients[speaker].queue else { return "-ERR \(line) without MULTI\r\n" }
            clients[speaker].queue = nil
            if line == "DISCARD" { return "+OK\r\n" }
            return "*\(queue.count)\r\n" + queue.map { run($0, speaker, isQueued: true) }.joined()
        case "RESET":
            let client = clients[speaker]
            clients[speaker] = ModelClient(
                descriptor: client.descriptor, number: client.number, heard: client.heard)
            return "+RESET\r\n"
        case "QUIT":
            clients[speaker].isGone = true
            return "+OK\r\n"
        default:
            if clients[speaker].queue == nil { return run(line, speaker, isQueued: false) }
            clients[speaker].queue?.append(line)
            return "+QUEUED\r\n"
        }
    }

    private mutating func run(_ line: String, _ speaker: Int, isQueued: Bool) -> String {
        let words = line.split(separator: " ").map(String.init)
        switch words[0] {
        case "CLIENT" where words[1] == "REPLY":
            clients[speaker].isSilent = words[2] == "OFF"
            return "+OK\r\n"
        case "CLIENT": return setNotices(words, speaker)
        case "APUS": return handOff(words, speaker)
        case "HELLO": return hello(words, speaker)
        case "BLPOP":
            if isQueued { return clients[speaker].version == 3 ? "_\r\n" : "*-1\r\n" }
            clients[speaker].waits = true
            return ""
        default: return "+PONG\r\n"
        }
    }

    private mutating func hello(_ words: [String], _ speaker: Int) -> String {
        if words.count > 1 {
            guard words[1] != "4" else { return "-NOPROTO unsupported protocol version\r\n" }
            clients[speaker].version = words[1] == "3" ? 3 : 2
        }
        func bulk(_ text: String) -> String { "$\(text.utf8.count)\r\n\(text)\r\n" }
        return (clients[speaker].version == 3 ? "%7\r\n" : "*14\r\n")
            + ["server", "redis", "version", Settings().reportedVersion.text, "proto"].map(bulk).joined()
            + ":\(clients[speaker].version)\r\n" + bulk("id") + ":\(clients[speaker].number)\r\n"
            + ["mode", "standalone", "role", "master", "modules"].map(bulk).joined() + "*0\r\n"
    }

    private mutating func setNotices(_ words: [String], _ speaker: Int) -> String {
        let isOn = words[2].lowercased() == "on"
        guard isOn || words.count == 3, words.last != "nowhere" else { return "-ERR syntax error\r\n" }
        guard isOn else {
            clients[speaker].form = .none
            return "+OK\r\n"
        }
        guard clients[speaker].version == 3 else { return "-ERR CLIENT MAINT_NOTIFICATIONS requires RESP3\r\n" }
        clients[speaker].form = words.last == "none" ? .unaddressed : .addressed
        if now < move.end {
            toldLate += 1
            toSpeaker += moving(clients[speaker].form)
        }
        return "+OK\r\n"
    }

    private mutating func handOff(_ words: [String], _ speaker: Int) -> String {
        let seconds = words.count > 3 ? Int64(words[3]) ?? 0 : 30
        guard seconds > 0 else { return "-ERR seconds must be between 1 and 86400\r\n" }
        guard let target = HandoffModel.targets[words[2]] else {
            return "-ERR Invalid host: a name or an address, with or without a port, is expected\r\n"
        }
        move = (target, now + seconds * 1000, max(move.number + 1, now / 1000))
        var count = 0
        for index in clients.indices {
            let client = clients[index]
            guard client.version == 3, client.form != .none, !client.isGone else { continue }
            count += 1
            let message = moving(client.form)
            if index == speaker { toSpeaker += message } else { clients[index].heard += message }
        }
        return ":\(count)\r\n"
    }

    private mutating func moving(_ form: ModelClient.Form) -> String {
        told += 1
        let target = form == .addressed ? "$\(move.target.utf8.count)\r\n\(move.target)\r\n" : "_\r\n"
        return ">4\r\n$6\r\nMOVING\r\n:\(move.number)\r\n:\(max(1, (move.end - now) / 1000))\r\n\(target)"
    }
}
