// Packed deques against arrays of byte arrays. The seed of a failing run is in its message.

import Testing

@testable import Engine

@Suite struct PackedDequeTests {
    @Test(arguments: [1, 2, 3, 4, UInt64.random(in: 5...UInt64.max)])
    func aDequeHoldsWhatAnArrayWould(_ seed: UInt64) {
        let heap = Heap(seed: seed)
        var random = RandomSource(seed: seed)
        var deque = PackedDeque(in: heap, size: 0), model: [[UInt8]] = []
        for step in 0..<2500 {
            let index = Int.random(in: 0...model.count, using: &random)
            let bytes = PackedListTests.element(&random), buffer = PackedListTests.buffer(bytes)
            let element = PackedElement(buffer.contents)
            let action = Int.random(in: 0..<(step % 1000 < 500 ? 10 : 18), using: &random)
            switch action {
            case 0, 1:
                deque.insert(element, at: deque.position(of: index), in: heap)
                model.insert(bytes, at: index)
            case 2...4:
                deque.prepend(element, in: heap)
                model.insert(bytes, at: 0)
            case 5...7:
                deque.append(element, in: heap)
                model.append(bytes)
            case 8 where index < model.count:
                deque.replace(at: deque.position(of: index), with: element, in: heap)
                model[index] = bytes
            case 9 where seed % 2 == 0:
                var rest = deque.split(at: index, in: heap)
                swap(&rest, &deque)
                deque.append(rest, in: heap)
                model = Array(model[index...] + model[..<index])
            case 10 where step % 7 == 0:
                let limit = Int.random(in: 1...3, using: &random), backwards = Bool.random(using: &random)
                let wanted = index < model.count ? model[index] : bytes
                let places = model.indices.filter { model[$0] == wanted }
                let chosen = backwards ? Array(places.suffix(limit)) : Array(places.prefix(limit))
                let removed = deque.removeMatches(
                    of: PackedElement(PackedListTests.buffer(wanted).contents), backwards: backwards, limit: limit,
                    in: heap)
                #expect(removed == chosen.count, "seed \(seed), step \(step)")
                for place in chosen.reversed() { model.remove(at: place) }
            case 11...12 where !model.isEmpty:
                let removed = min(model.count, 1 + step % 3)
                deque.removeLast(removed, in: heap)
                model.removeLast(removed)
            case 13...14 where !model.isEmpty:
                let removed = min(model.count, 1 + step % 3)
                deque.remove(removed, at: deque.first, in: heap)
                model.removeFirst(removed)
            case 15... where index < model.count:
                deque.remove(at: deque.position(of: index), in: heap)
                model.remove(at: index)
            default: break
            }
            if step % 20 == 0 || step > 2300 {
                let isWhole = deque.checkInvariants()
                #expect(isWhole, "seed \(seed), step \(step), action \(action)")
                #expect(contents(of: deque) == model, "seed \(seed), step \(step)")
                #expect(contents(of: deque, backwards: true) == model.reversed(), "seed \(seed), step \(step)")
            }
        }
        deque.free(to: heap)
        #expect(heap.used == 0, "seed \(seed)")
    }

    @Test func aQueueAndAStackMoveFewBytes() {
        let heap = Heap(seed: 1)
        var deque = PackedDeque(in: heap, size: 0)
        for number in 0..<2000 {
            deque.prepend(PackedElement(Int64(number)), in: heap)
            if number > 100 { deque.removeLast(1, in: heap) }
        }
        let isWhole = deque.checkInvariants(), count = deque.count, size = deque.memoryUsage
        #expect(isWhole && count == 101 && size < 1500)
        deque.free(to: heap)
    }

    private func contents(of deque: PackedDeque, backwards: Bool = false) -> [[UInt8]] {
        var contents: [[UInt8]] = []
        var position = backwards ? deque.end : deque.first
        for _ in 0..<deque.count {
            if backwards { position = deque.previous(position) }
            contents.append(PackedListTests.array(deque.element(at: position)))
            if !backwards { position = deque.next(position) }
        }
        return contents
    }
}
