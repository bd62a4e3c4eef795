// Random changes of every kind to values of every type, as commands make them. What the tests of saving and the like
// let happen to a value between two of their steps.

@testable import Engine

/// Changes values by chance.
struct ValueChanges {
    var random: RandomSource
    /// How many different members, fields or numbers there are.
    var range = 2000
    private var lastID = StreamID.zero

    init(seed: UInt64) { random = RandomSource(seed: seed) }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    private mutating func word() -> [UInt8] {
        let number = number(0...range)
        return Array((number % 5 == 0 ? "a longer member than the others are \(number)" : "\(number)").utf8)
    }

    private mutating func content() -> [UInt8] {
        let size = number(0...30) == 0 ? number(200...3000) : number(0...20)
        return [UInt8](repeating: UInt8(number(97...122)), count: size)
    }

    /// Changes the value, and answers its word.
    mutating func change(_ value: StoredValue, in heap: Heap) -> UInt64 {
        switch value.kind {
        case .hash: changeHash(value.word, heap)
        case .set: changeSet(value.word, heap)
        case .sortedSet: changeSortedSet(value.word, heap)
        case .list: changeList(value.word, heap)
        default: changeStream(value.word, heap)
        }
    }

    private mutating func changeHash(_ word: UInt64, _ heap: Heap) -> UInt64 {
        var hash = HashValue(word: word, heap: heap)
        let isMuch = number(0...40) == 0
        for _ in 0..<(isMuch ? number(1...3000) : number(1...4)) {
            let field = self.word(), content = content()
            Bytes.view(field) { field in
                if number(0...9) < 6 || isMuch && number(0...3) == 0 {
                    Bytes.view(content) { _ = hash.set(field, to: $0) }
                } else {
                    _ = hash.remove(field)
                }
            }
        }
        if number(0...150) == 0 { for index in 0...range { removeAll(index) { _ = hash.remove($0) } } }
        return hash.word
    }

    /// Shows the two words that a number can be.
    private func removeAll(_ number: Int, _ body: (Bytes) -> Void) {
        Bytes.view(Array("\(number)".utf8), body)
        Bytes.view(Array("a longer member than the others are \(number)".utf8), body)
    }

    private mutating func changeSet(_ word: UInt64, _ heap: Heap) -> UInt64 {
        var set = SetValue(word: word, heap: heap)
        for _ in 0..<(number(0...40) == 0 ? number(1...3000) : number(1...4)) {
            let member = self.word(), choice = number(0...9)
            Bytes.view(member) { member in
                if choice < 6 { set.insert(member) } else if choice < 9 { set.remove(member) }
            }
            if choice == 9, set.count > 0 { set.removeRandom { _ in } }
        }
        switch number(0...120) {
        case 0 where set.count > 3: set.removeRandom(set.count - number(1...3)) { _ in }
        case 1 where set.count > 3: set.removeRandom(set.count / 2) { _ in }
        case 2: for index in 0...range { removeAll(index) { set.remove($0) } }
        default: break
        }
        return set.word
    }

    private mutating func changeSortedSet(_ word: UInt64, _ heap: Heap) -> UInt64 {
        var set = SortedSetValue(word: word, heap: heap)
        for _ in 0..<(number(0...40) == 0 ? number(1...3000) : number(1...4)) {
            let member = self.word(), choice = number(0...9)
            let score = Double(number(0...2) == 0 ? number(0...5) : number(-1000...1000))
            Bytes.view(member) { member in
                switch choice {
                case 0...4: set.add(member, score: score)
                case 5: set.add(member, score: score / 500, .increment)
                case 6: set.add(member, score: (set.score(of: member) ?? 0) + 0.001)
                case 7, 8: _ = set.remove(member)
                default: set.add(member, score: score, [.onlyPresent, .onlyGreater])
                }
            }
        }
        let count = set.count
        switch number(0...80) {
        case 0: set.remove(0..<count)
        case 1 where count > 0:
            let first = number(0...count - 1)
            set.remove(first..<min(count, first + number(0...300)))
        case 2:
            if count > 100 { set.remove(number(0...100)..<count) }
            set.becomeSmallIfPossible()
        default: break
        }
        return set.word
    }

    private mutating func changeList(_ word: UInt64, _ heap: Heap) -> UInt64 {
        var list = ListValue(word: word, heap: heap)
        for _ in 0..<(number(0...30) == 0 ? number(1...2000) : number(1...4)) {
            let element = number(0...1) == 0 ? self.word() : content(), count = list.count, choice = number(0...11)
            let index = count > 0 ? number(0...count - 1) : 0
            Bytes.view(element) { element in
                switch choice {
                case 0...4:
                    list.prepare(forSize: element.count, count: 1)
                    list.push(element, at: choice < 2 ? .head : .tail)
                case 5...6 where count > 0:
                    list.prepare(forSize: element.count, count: 1)
                    list.insert(element, beside: index, after: choice == 5)
                case 7 where count > 0: list.set(index, to: element)
                case 8 where count > 0: _ = list.removeMatches(of: element, backwards: index % 2 == 0, limit: 3)
                case 9 where count > 0: list.remove(count - 1..<count)
                case 10 where count > 0: list.remove(0..<1)
                case 11 where count > 0 && index % 5 == 0: list.remove(index..<min(count, index + 30))
                default: break
                }
            }
            list.becomeSmallIfPossible()
        }
        let count = list.count
        switch number(0...80) {
        case 0: list.remove(0..<count)
        case 1 where count > 0: list.remove(number(0...count - 1)..<count)
        case 2 where count > 0: list.remove(0..<number(0...count - 1))
        case 3 where count > 3: list.remove(2..<count)
        default: break
        }
        list.becomeSmallIfPossible()
        return list.word
    }

    // MARK: Streams

    private mutating func changeStream(_ word: UInt64, _ heap: Heap) -> UInt64 {
        let stream = StreamValue(word: word, heap: heap)
        for _ in 0..<(number(0...30) == 0 ? number(1...1000) : number(1...4)) {
            switch number(0...9) {
            case 0...5: append(to: stream)
            case 6, 7:
                if let id = anyID(of: stream), stream.delete(id) {
                    if id > stream.largestDeletedID { stream.largestDeletedID = id }
                    if id == stream.firstID || stream.length == 0 { stream.updateFirstID() }
                }
            default: changeGroups(of: stream)
            }
        }
        switch number(0...60) {
        case 0:
            _ = stream.trim(.length(UInt64(number(0...stream.length))), wholeNodesOnly: number(0...1) == 0, limit: 0)
        case 1: if let id = anyID(of: stream) { _ = stream.trim(.from(id), wholeNodesOnly: false, limit: 0) }
        default: break
        }
        return stream.word
    }

    private mutating func append(to stream: StreamValue) {
        let last = stream.lastID
        let id = StreamID(last.milliseconds &+ UInt64(number(1...3)), UInt64(number(0...5)))
        StreamValueTests.append(.init(id: id, words: ["field", "\(number(0...range))"]), to: stream)
    }

    private mutating func anyID(of stream: StreamValue) -> StreamID? {
        guard stream.length > 0 else { return nil }
        let first = stream.firstID.milliseconds, last = max(first, stream.lastID.milliseconds)
        var cursor = stream.cursor(from: StreamID(UInt64.random(in: first...last, using: &random), 0))
        return cursor.next() ? cursor.id : nil
    }

    private mutating func changeGroups(of stream: StreamValue) {
        let heap = stream.heap, name = Array("group\(number(0...3))".utf8), now = Int64(number(0...10_000))
        Bytes.view(name) { name in
            guard let group = stream.group(name) else {
                _ = stream.addGroup(name, lastID: stream.lastID, entriesRead: now)
                return
            }
            if number(0...200) == 0 { return _ = stream.removeGroup(name) }
            Bytes.view(Array("consumer\(number(0...5))".utf8)) { name in
                if number(0...100) == 0 { return _ = group.removeConsumer(name, in: heap) }
                let (consumer, _) = group.consumerOrNew(name, at: now, in: heap)
                consumer.seenTime = now
                changeDeliveries(of: group, to: consumer, stream, now)
            }
        }
    }

    private mutating func changeDeliveries(
        of group: StreamGroup, to consumer: StreamConsumer, _ stream: StreamValue, _ now: Int64
    ) {
        let heap = stream.heap
        guard let id = anyID(of: stream) else { return }
        switch number(0...9) {
        case 0...4:
            _ = group.deliver(id, to: consumer, at: now, in: heap)
            stream.advance(group, to: id)
            consumer.activeTime = now
        case 5, 6: _ = group.acknowledge(id, in: heap)
        case 7:
            guard let delivery = group.delivery(id, in: heap) else { return }
            group.assign(delivery, id, to: consumer, in: heap)
            (delivery.time, delivery.count) = (now, delivery.count + 1)
        case 8: group.lastID = id
        default: group.entriesRead = now
        }
    }
}
