// LMOVEM and BLMOVEM beside arrays: what goes from list to list, who waits and is served when; and what the log says of
// it, which leads to the same lists when it is repeated.

import Platform
import Testing

@testable import Engine

@Suite struct MovingManyTests {
    @Test(arguments: [1, 2, 3, 4, UInt64.random(in: 5 ... .max)])
    func listsAndWaitingClientsAreThoseOfTheModel(_ seed: UInt64) {
        var settings = Settings()
        settings.appendOnly = true
        settings.appendSync = .always
        settings.savePoints = []
        var machine = Machine(settings), model = MovingModel(seed: seed), served = 0
        let clients = (0..<6).map { _ in machine.connect() }
        _ = machine.ask("SET \(MovingModel.string) text")
        for step in 0..<1000 {
            let context = "seed \(seed), step \(step)"
            let free = clients.filter { client in !model.waiting.contains { $0.client == client } }
            let speaker = model.random.next() % 2 == 0 ? free.last ?? machine.client : machine.client
            let line = model.line(as: speaker, mayWait: speaker != machine.client)
            machine.say(line + "\r\n", as: speaker)
            if model.pause > 0 { machine.pass(milliseconds: model.pause) } else { machine.turns() }
            for client in clients + [machine.client] {
                let answer = model.answers[client] ?? ""
                #expect(machine.hear(as: client) == answer, "\(context), client \(client): \(line)")
                if client != speaker, answer.hasPrefix("*"), answer != "*-1\r\n" { served += 1 }
            }
            model.compare(&machine, "\(context): \(line)")
        }
        #expect(served > 5)
        machine.settle()
        machine.restart()
        model.compare(&machine, "seed \(seed), repeated")
    }
}

/// One call of LMOVEM or BLMOVEM.
private struct ModelMove {
    let source: String, destination: String
    let fromHead: Bool, toHead: Bool
    var count = 1, isExact = false, keepsOrder = false
}

/// The lists, and who waits for them.
private struct MovingModel: RandomModel {
    /// A key that holds no list.
    static let string = "s"
    private static let keys = ["a", "b", "c", "d"]

    private(set) var lists: [String: [String]] = [:]
    private(set) var waiting: [(client: Int32, move: ModelMove, end: Int64?)] = []
    /// What each client hears behind the last step.
    private(set) var answers: [Int32: String] = [:]
    /// How long the last step takes.
    private(set) var pause: Int64 = 0
    var random: RandomSource
    private var now: Int64 = 0
    private var pushed = 0

    init(seed: UInt64) { random = RandomSource(seed: seed) }

    private mutating func key() -> String {
        chance(12) ? MovingModel.string : choose(MovingModel.keys)
    }

    // MARK: Steps

    /// What the client says next; the model has done it.
    mutating func line(as client: Int32, mayWait: Bool) -> String {
        answers = [:]
        pause = 0
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<4: return push(as: client)
        case 4..<8: return move(as: client, waits: mayWait)
        case 8 where chance(4):
            let key = choose(MovingModel.keys)
            answers[client] = lists.removeValue(forKey: key) == nil ? ":0\r\n" : ":1\r\n"
            return "DEL \(key)"
        default:
            // The ends of waits never fall on a whole ten milliseconds.
            pause = 10 * Int64.random(in: 1...20, using: &random)
            now += pause
            for (client, _, end) in waiting where end ?? .max < now { answers[client] = "*-1\r\n" }
            waiting.removeAll { $0.end ?? .max < now }
            answers[client] = "+PONG\r\n"
            return "PING"
        }
    }

    private mutating func push(as client: Int32) -> String {
        let key = key(), isHead = chance(2)
        // Now and then so much that the list takes its large form.
        let count = chance(25) ? 300 : Int.random(in: 1...4, using: &random)
        let elements = (0..<count).map { _ in element() }
        if key == MovingModel.string {
            answers[client] = MovingModel.wrongType
        } else {
            var list = lists[key] ?? []
            if isHead { list = elements.reversed() + list } else { list += elements }
            lists[key] = list
            answers[client] = ":\(list.count)\r\n"
            serve(key)
        }
        return "\(isHead ? "LPUSH" : "RPUSH") \(key) " + elements.joined(separator: " ")
    }

    private mutating func element() -> String {
        pushed += 1
        return chance(4)
            ? "\(pushed)" : String(repeating: "x", count: Int.random(in: 1...90, using: &random)) + "\(pushed)"
    }

    private mutating func move(as client: Int32, waits: Bool) -> String {
        var move = ModelMove(source: key(), destination: key(), fromHead: chance(2), toHead: chance(2))
        var line = "\(move.source) \(move.destination) \(move.fromHead ? "LEFT" : "RIGHT") "
        line += move.toHead ? "LEFT" : "RIGHT"
        let timeout = chance(2) ? 0 : 7 + 10 * Int64.random(in: 0..<60, using: &random)
        if waits { line += " 0.\(String(1000 + timeout).dropFirst())" }
        if !chance(4) {
            move.count = chance(6) ? .max : Int.random(in: 1...8, using: &random)
            (move.isExact, move.keepsOrder) = (chance(2), chance(2))
            if move.isExact { move.count = min(move.count, 400) }
            line += " \(move.isExact ? "EXACTLY" : "COUNT") \(move.count) \(move.keepsOrder ? "BULK" : "OBO")"
        }
        if let answer = perform(move) {
            answers[client] = answer
            if answer.hasPrefix("*") { serve(move.destination) }
        } else if waits {
            waiting.append((client, move, timeout == 0 ? nil : now + timeout))
        } else {
            answers[client] = "*-1\r\n"
        }
        return (waits ? "BLMOVEM " : "LMOVEM ") + line
    }

    // MARK: What the commands do

    static let wrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"

    /// The answer, or nil if there is nothing to be moved.
    private mutating func perform(_ move: ModelMove) -> String? {
        if move.source == MovingModel.string { return MovingModel.wrongType }
        guard var source = lists[move.source], !move.isExact || source.count >= move.count else { return nil }
        if move.destination == MovingModel.string { return MovingModel.wrongType }
        let count = min(move.count, source.count)
        var popped: [String] = []
        for _ in 0..<count { popped.append(move.fromHead ? source.removeFirst() : source.removeLast()) }
        lists[move.source] = source.isEmpty ? nil : source
        var destination = lists[move.destination] ?? []
        if move.keepsOrder {
            let block = move.fromHead ? popped : popped.reversed()
            destination = move.toHead ? block + destination : destination + block
        } else {
            for element in popped { destination.insert(element, at: move.toHead ? 0 : destination.count) }
        }
        lists[move.destination] = destination
        let shown = move.toHead ? destination.prefix(count) : destination.suffix(count)
        return MovingModel.reply(Array(shown))
    }

    /// Something has come to a list: those who wait for it are tried in the order in which they came, and what they
    /// move may serve others.
    private mutating func serve(_ key: String) {
        var changed = [key]
        while !changed.isEmpty {
            let round = changed
            changed = []
            for key in round {
                for (client, move, _) in waiting where move.source == key {
                    guard let answer = perform(move) else { continue }
                    answers[client] = answer
                    waiting.removeAll { $0.client == client }
                    if answer.hasPrefix("*"), !changed.contains(move.destination) { changed.append(move.destination) }
                }
            }
        }
    }

    private static func reply(_ elements: [String]) -> String {
        "*\(elements.count)\r\n" + elements.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
    }

    /// The server has the same lists.
    func compare(_ machine: inout Machine, _ context: String) {
        let expected = MovingModel.keys.map { MovingModel.reply(lists[$0] ?? []) }.joined()
        var held = machine.ask(MovingModel.keys.map { "LRANGE \($0) 0 -1" }.joined(separator: "\r\n")), turns = 0
        // Long replies grow over several turns.
        while held.utf8.count < expected.utf8.count, turns < 100 {
            machine.turns()
            held += machine.hear()
            turns += 1
        }
        let isEqual = held == expected
        #expect(isEqual, "\(context)")
    }
}
