// Streams against plain arrays: what is added, deleted, trimmed and read between two numbers, in nodes of many sizes,
// and what is left when a stream is copied, taken apart and put together again. The seed of a failing run is in its
// message.

import Testing

@testable import Engine

/// Fields and values that lie one behind the other.
struct SampleFields: StreamFields, ~Escapable {
    let text: Bytes
    let ends: [Int]

    @_lifetime(copy text)
    init(_ text: Bytes, _ ends: [Int]) { (self.text, self.ends) = (text, ends) }

    var pairs: Int { ends.count / 2 }

    @_lifetime(copy self)
    private func word(_ index: Int) -> Bytes {
        let start = index == 0 ? 0 : ends[index - 1]
        return text.dropping(first: start).prefix(ends[index] - start)
    }

    @_lifetime(copy self) func field(_ index: Int) -> Bytes { word(2 * index) }
    @_lifetime(copy self) func value(_ index: Int) -> Bytes { word(2 * index + 1) }
}

@Suite struct StreamValueTests {
    struct Entry: Equatable {
        var id: StreamID
        var words: [String]
    }

    static func append(_ entry: Entry, to stream: StreamValue) {
        var text: [UInt8] = [], ends: [Int] = []
        for word in entry.words {
            text += Array(word.utf8)
            ends.append(text.count)
        }
        _ = withBytes(of: text) { stream.append(entry.id, SampleFields($0, ends)) }
    }

    static func read(
        _ stream: StreamValue, from start: StreamID = .zero, through end: StreamID = .largest, backwards: Bool = false
    ) -> [Entry] {
        var cursor = stream.cursor(from: start, through: end, backwards: backwards), found: [Entry] = []
        while cursor.next() {
            var words: [String] = []
            // Half of the walks do not look at the fields.
            if found.count % 2 == 0 {
                cursor.forEachField { field, value in
                    field.withBytes { words.append($0.text) }
                    value.withBytes { words.append($0.text) }
                }
            }
            found.append(Entry(id: cursor.id, words: words))
        }
        return found
    }

    static func expected(_ entries: [Entry]) -> [Entry] {
        entries.enumerated().map { $0.offset % 2 == 0 ? $0.element : Entry(id: $0.element.id, words: []) }
    }

    private func randomEntry(after last: StreamID, _ random: inout RandomSource) -> Entry? {
        let ids: [StreamID?] = [
            last.successor, StreamID(last.milliseconds &+ UInt64.random(in: 1...5000, using: &random), 0),
            StreamID(last.milliseconds &+ 1, UInt64.random(in: 0...UInt64.max, using: &random)),
        ]
        guard let id = ids[Int.random(in: 0..<3, using: &random)], id > last else { return nil }
        let usual = Int.random(in: 0..<4, using: &random) > 0
        let pairs = usual ? 2 : Int.random(in: 1...5, using: &random)
        var words: [String] = []
        for index in 0..<pairs {
            words.append(usual ? "field\(index)" : "f\(Int.random(in: 0...500, using: &random))")
            let size = Int.random(in: 0...9, using: &random) == 0 ? Int.random(in: 0...5000, using: &random) : 5
            words.append(
                Bool.random(using: &random)
                    ? String(
                        Int64.random(in: Int64.min...Int64.max, using: &random)
                            >> Int64.random(in: 0...63, using: &random))
                    : String(repeating: "v", count: size))
        }
        return Entry(id: id, words: words)
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, UInt64.random(in: 7...UInt64.max)])
    func streamsHoldWhatAnArrayHolds(_ seed: UInt64) {
        let heap = Heap(seed: seed)
        var random = RandomSource(seed: seed), stream = StreamValue.empty(in: heap), model: [Entry] = []
        heap.limits.streamNodeEntries = [100, 3, 1, 0, 500][Int(seed % 5)]
        heap.limits.streamNodeSize = [4096, 0, 200, 1][Int(seed % 4)]
        var last = StreamID(UInt64.random(in: 0...UInt64.max / 2, using: &random), 0), added = 0
        stream.lastID = last
        for step in 0..<4000 {
            let message = "seed \(seed), step \(step)"
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<(step < 2500 ? 15 : 6):
                guard let entry = randomEntry(after: last, &random) else { continue }
                StreamValueTests.append(entry, to: stream)
                model.append(entry)
                last = entry.id
                added += 1
            case 15..<18:
                guard let victim = model.randomElement(using: &random)?.id else { continue }
                #expect(stream.delete(victim) && !stream.delete(victim), "\(message)")
                stream.updateFirstID()
                model.removeAll { $0.id == victim }
            case 18: trim(stream, &model, &random, message)
            default:
                var bounds = [StreamID.zero, .largest]
                for index in 0..<2 {
                    guard let some = model.randomElement(using: &random)?.id else { continue }
                    bounds[index] =
                        [some, some.successor ?? some, some.predecessor ?? some][
                            Int.random(in: 0..<3, using: &random)]
                }
                let range = model.filter { $0.id >= bounds[0] && $0.id <= bounds[1] }
                let forwards = StreamValueTests.read(stream, from: bounds[0], through: bounds[1])
                let backwards = StreamValueTests.read(stream, from: bounds[0], through: bounds[1], backwards: true)
                #expect(forwards == StreamValueTests.expected(range), "\(message)")
                #expect(backwards == StreamValueTests.expected(range.reversed()), "\(message)")
            }
            if step % 40 == 0 {
                let isRight = stream.checkInvariants(), count = stream.count
                #expect(isRight && count == model.count, "\(message)")
                #expect(StreamValueTests.read(stream) == StreamValueTests.expected(model), "\(message)")
            }
        }
        let entriesAdded = stream.entriesAdded
        #expect(entriesAdded == UInt64(added), "seed \(seed)")
        takeApart(stream, model, seed)
        var budget = 3
        while !stream.free(budget: &budget) { budget = 3 }
        #expect(heap.used == 0, "seed \(seed)")
    }

    private func trim(
        _ stream: StreamValue, _ model: inout [Entry], _ random: inout RandomSource, _ message: String
    ) {
        let wholeNodesOnly = Bool.random(using: &random)
        let limit = wholeNodesOnly && Bool.random(using: &random) ? Int64.random(in: 0...50, using: &random) : 0
        let byLength = Bool.random(using: &random)
        let length = Int.random(in: 0...max(1, model.count), using: &random)
        let id = model.randomElement(using: &random)?.id ?? .zero
        let removed = stream.trim(
            byLength ? .length(UInt64(length)) : .from(id), wholeNodesOnly: wholeNodesOnly, limit: limit)
        let wanted = byLength ? max(0, model.count - length) : model.count { $0.id < id }
        #expect(wholeNodesOnly ? removed <= wanted : removed == wanted, "\(message)")
        if limit > 0 { #expect(removed <= Int(limit), "\(message)") }
        model.removeFirst(removed)
    }

    /// Copies the stream, and builds another one from its nodes.
    private func takeApart(_ stream: StreamValue, _ model: [Entry], _ seed: UInt64) {
        var copy = stream.copied(), built = StreamValue.empty(in: stream.heap)
        #expect(StreamValueTests.read(copy) == StreamValueTests.expected(model), "seed \(seed)")
        var isAccepted = true
        stream.forEachNode { id, bytes in isAccepted = built.appendNode(id, bytes) && isAccepted }
        (built.length, built.lastID) = (stream.length, stream.lastID)
        built.updateFirstID()
        let isRight = isAccepted && built.isComplete && built.checkInvariants() && copy.checkInvariants()
        #expect(isRight, "seed \(seed)")
        #expect(StreamValueTests.read(built) == StreamValueTests.expected(model), "seed \(seed)")
        var budget = Int.max
        _ = (copy.free(budget: &budget), built.free(budget: &budget))
    }

    @Test(arguments: [1, 2, UInt64.random(in: 3...UInt64.max)])
    func damagedNodesAreRefusedOrHarmless(_ seed: UInt64) {
        let heap = Heap(seed: seed)
        var random = RandomSource(seed: seed), stream = StreamValue.empty(in: heap), last = StreamID(5, 0)
        for _ in 0..<12 {
            guard let entry = randomEntry(after: last, &random) else { continue }
            StreamValueTests.append(entry, to: stream)
            last = entry.id
        }
        var nodes: [(id: StreamID, bytes: [UInt8])] = []
        stream.forEachNode { nodes.append(($0, $1.array)) }
        var accepted = 0
        for _ in 0..<20_000 {
            var (id, bytes) = nodes[Int.random(in: 0..<nodes.count, using: &random)]
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                let place = Int.random(in: 0..<min(bytes.count, 100), using: &random)
                bytes[place] = UInt8.random(in: 0...255, using: &random)
            }
            if Int.random(in: 0..<10, using: &random) == 0 { id = .largest }
            var damaged = StreamValue.empty(in: heap)
            if withBytes(of: bytes, { damaged.appendNode(id, $0) }) {
                accepted += 1
                damaged.length = StreamValueTests.read(damaged).count
                _ = StreamValueTests.read(damaged, backwards: true)
                _ = damaged.trim(.length(1), wholeNodesOnly: false, limit: 0)
                if let first = damaged.firstEntryID { _ = damaged.delete(first) }
                damaged.lastID = damaged.lastEntryID ?? .zero
                if let next = damaged.lastID.successor {
                    StreamValueTests.append(Entry(id: next, words: ["a", "b"]), to: damaged)
                }
            }
            var budget = Int.max
            _ = damaged.free(budget: &budget)
        }
        #expect(accepted > 0, "seed \(seed)")
        var budget = Int.max
        _ = stream.free(budget: &budget)
        #expect(heap.used == 0, "seed \(seed)")
    }
}
