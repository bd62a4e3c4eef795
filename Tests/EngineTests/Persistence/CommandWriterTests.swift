// Keys that are written as commands: another server that runs them has the same keys. The seed of a failing run is in
// its message.

import Testing

@testable import Engine

@Suite struct CommandWriterTests {
    /// A server; a class, so that `#expect` may ask.
    private final class Stage {
        var server: Server

        init(seed: UInt64) {
            server = Server(clock: ManualClock(), seed: seed)
            server.connect(1)
            server.beginTurn()
        }

        func run(_ input: borrowing Buffer) -> String { Stage.run(input, &server) }

        private static func run(_ input: borrowing Buffer, _ server: inout Server) -> String {
            let mark = server.reply.count
            _ = server.receive(input, from: 1)
            return server.reply.pending(since: mark).text
        }

        /// The stream that is kept at `x`.
        func stream() -> StoredValue { StoredValue(kind: .stream, word: Stage.streamWord(&server)) }

        private static func streamWord(_ server: inout Server) -> UInt64 {
            do {
                return try server.context.keyspace.value(at: Key(Bytes("x")), as: StreamValue.self)?.word ?? 0
            } catch { return 0 }
        }

        func say(_ command: String) -> String {
            var input = Buffer()
            input.append(text: command + "\r\n")
            return run(input)
        }

        /// Keeps a value of this kind, which has been changed so often.
        func make(_ key: String, _ kind: Entry.Kind, _ steps: Int, _ changes: inout ValueChanges) -> StoredValue {
            let heap = server.context.keyspace.heap
            var value = StoredValue(kind: kind, word: ValueInSaving.empty(kind, heap))
            for _ in 0..<steps { value.word = changes.change(value, in: heap) }
            key.withBytes { server.context.keyspace.store(Key($0), value, event: nil) }
            return value
        }
    }

    @Test(arguments: [1, 2, 3, UInt64.random(in: 4...UInt64.max)])
    func whoeverRunsTheCommandsHasTheSameKeys(_ seed: UInt64) {
        let one = Stage(seed: seed), other = Stage(seed: seed &+ 1), heap = one.server.context.keyspace.heap
        var changes = ValueChanges(seed: seed), writer = CommandWriter(), written = Buffer()
        writer.select(0)
        for (name, kind) in [("h", .hash), ("s", .set), ("z", .sortedSet), ("l", .list), ("x", .stream)]
            as [(String, Entry.Kind)]
        {
            for steps in [1, 20, 600] {
                let key = "\(name)\(steps)", value = one.make(key, kind, steps, &changes)
                let exists = one.say("EXISTS \(key)") == ":1\r\n" && value.memoryUsage(in: heap) > 0
                guard exists, !isEmpty(value, heap) else {
                    _ = one.say("DEL \(key)")
                    continue
                }
                key.withBytes { key in
                    if steps == 20 { return writer.append(key, value, in: heap) }
                    var saving = ValueSaving(value, in: heap), isDone = false
                    while !isDone {
                        writer.beginPart(of: key)
                        isDone = saving.save(limit: changes.number(1...500), in: heap, to: &writer)
                        writer.endPart()
                        // What comes between the parts does not matter.
                        writer.append(Bytes("text"), .integer(77))
                        // A full writer takes nothing more.
                        written.append(writer.output, droppingFirst: 0)
                        writer.removeAll()
                    }
                    if saving.takeValue() != nil { Issue.record("the value is still the keyspace's") }
                }
            }
        }
        _ = one.say("SET text 77")
        _ = one.say("SET ending text PXAT 99999999999999")
        writer.append(Bytes("ending"), .bytes(Bytes("text")))
        writer.append(deadline: 99_999_999_999_999, of: Bytes("ending"))
        written.append(writer.output, droppingFirst: 0)
        let replies = other.run(written)
        #expect(!replies.contains("-ERR") && !replies.contains("-WRONG"), "seed \(seed): \(replies.suffix(300))")
        #expect(one.say("DEBUG DIGEST") == other.say("DEBUG DIGEST"), "seed \(seed)")
    }

    @Test func groupsOfAStreamComeBack() {
        let one = Stage(seed: 1), other = Stage(seed: 2), heap = one.server.context.keyspace.heap
        for entry in 1...5 { _ = one.say("XADD x \(entry)-1 field value") }
        _ = one.say("XDEL x 5-1")
        for command in [
            "XGROUP CREATE x readers 0", "XREADGROUP GROUP readers ann COUNT 2 STREAMS x >",
            "XREADGROUP GROUP readers bob COUNT 1 STREAMS x >", "XACK x readers 1-1",
            "XGROUP CREATECONSUMER x readers idle", "XGROUP CREATE x others $ ENTRIESREAD 3", "XTRIM x MAXLEN 3",
        ] { #expect(!one.say(command).hasPrefix("-"), "\(command)") }
        var writer = CommandWriter()
        writer.append(Bytes("x"), one.stream(), in: heap)
        #expect(!other.run(writer.output).contains("-ERR"))
        for question in [
            "XRANGE x - +", "XINFO GROUPS x", "XPENDING x readers", "XPENDING x readers - + 10", "DEBUG DIGEST",
        ] { #expect(one.say(question) == other.say(question), "\(question)") }
        let remembered = one.say("XINFO STREAM x").contains("5-1")
        #expect(remembered && other.say("XINFO STREAM x").contains("5-1"))
    }

    @Test func anEmptyStreamComesBack() {
        let one = Stage(seed: 1), other = Stage(seed: 2), heap = one.server.context.keyspace.heap
        _ = one.say("XGROUP CREATE x readers $ MKSTREAM")
        var writer = CommandWriter()
        writer.append(Bytes("x"), one.stream(), in: heap)
        #expect(!other.run(writer.output).contains("-ERR"))
        #expect(other.say("XLEN x") == ":0\r\n" && one.say("XINFO GROUPS x") == other.say("XINFO GROUPS x"))
    }

    private func isEmpty(_ value: StoredValue, _ heap: Heap) -> Bool {
        switch value.kind {
        case .hash: HashValue(word: value.word, heap: heap).count == 0
        case .set: SetValue(word: value.word, heap: heap).count == 0
        case .sortedSet: SortedSetValue(word: value.word, heap: heap).count == 0
        case .list: ListValue(word: value.word, heap: heap).count == 0
        default: false
        }
    }

    @Test func upToSixtyFourElementsGoIntoOneCommand() {
        let heap = Heap(seed: 1)
        var list = ListValue.empty(in: heap), writer = CommandWriter()
        for _ in 0..<130 {
            list.prepare(forSize: 1, count: 1)
            list.push(Bytes("e"), at: .tail)
        }
        writer.append(Bytes("key"), StoredValue(kind: .list, word: list.word), in: heap)
        let lines = writer.output.contents.text.split(separator: "\r\n").filter { $0.hasPrefix("*") }
        #expect(lines == ["*66", "*66", "*4"])
    }
}
