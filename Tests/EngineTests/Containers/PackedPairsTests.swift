// Packed pairs against an array of pairs of byte arrays. The seed of a failing run is in its message.

import Testing

@testable import Engine

@Suite struct PackedPairsTests {
    private typealias Pair = (field: [UInt8], value: [UInt8])

    @Test(arguments: [1, 2, 3, 4, UInt64.random(in: 5...UInt64.max)])
    func pairsHoldWhatAnArrayWould(_ seed: UInt64) {
        let heap = Heap(seed: seed)
        var random = RandomSource(seed: seed)
        var pairs = PackedPairs(in: heap), model: [Pair] = []
        for step in 0..<3000 {
            // Mostly of lengths at which the form of a pair changes.
            let field = word(&random, lengths: [0, 1, 2, 5, 7, 8, 9, 63, 64])
            let value = word(&random, lengths: [0, 1, 14, 15, 16, 63, 64, 300])
            let fieldBuffer = PackedListTests.buffer(field), valueBuffer = PackedListTests.buffer(value)
            let index = model.firstIndex { $0.field == field }
            let wanted = PackedField(fieldBuffer.contents)
            let found = pairs.find(wanted)
            #expect(found == index.map { pairs.position(of: $0) }, "seed \(seed), step \(step)")
            switch (found, index) {
            case (let position?, let index?):
                if Int.random(in: 0..<(step < 1500 ? 8 : 2), using: &random) == 0 {
                    pairs.remove(at: position, in: heap)
                    model.remove(at: index)
                } else {
                    pairs.replace(at: position, wanted, with: valueBuffer.contents, in: heap)
                    model[index].value = value
                }
            case (nil, nil) where pairs.hasRoom(for: field.count + value.count) && model.count < 200:
                pairs.append(wanted, valueBuffer.contents, in: heap)
                model.append((field, value))
            default: break
            }
            if step % 3 == 0, let index = model.indices.randomElement(using: &random), step > 1500 {
                pairs.remove(at: pairs.position(of: index), in: heap)
                model.remove(at: index)
            }
            let isWhole = pairs.checkInvariants(), count = pairs.count
            #expect(isWhole && count == model.count, "seed \(seed), step \(step)")
            if step % 20 == 0 { expect(pairs, model, "seed \(seed), step \(step)") }
        }
        let copy = pairs.copied(in: heap)
        pairs.free(to: heap)
        expect(copy, model, "seed \(seed)")
        copy.free(to: heap)
        #expect(heap.used == 0, "seed \(seed)")
    }

    @Test func everyPairOfLengthsIsReadAsItWasWritten() {
        let heap = Heap(seed: 1)
        for fieldCount in 0...20 {
            for count in 0...70 {
                var pairs = PackedPairs(in: heap)
                let field = [UInt8](repeating: 102, count: fieldCount), value = [UInt8](repeating: 118, count: count)
                let fieldBuffer = PackedListTests.buffer(field), valueBuffer = PackedListTests.buffer(value)
                pairs.append(PackedField(fieldBuffer.contents), valueBuffer.contents, in: heap)
                pairs.append(PackedField(Bytes("last")), Bytes("one"), in: heap)
                expect(pairs, [(field, value), (Array("last".utf8), Array("one".utf8))], "\(fieldCount), \(count)")
                let isFound = pairs.find(PackedField(fieldBuffer.contents)) != nil, isWhole = pairs.checkInvariants()
                #expect(isFound && isWhole, "\(fieldCount), \(count)")
                pairs.free(to: heap)
            }
        }
        #expect(heap.used == 0)
    }

    @Test func integersStayIntegersInBothPlaces() {
        let heap = Heap(seed: 1)
        for integer in [Int64.min, -70_000, -129, -1, 0, 1, 7, 8, 127, 128, 4095, 4096, 70_000, Int64.max] {
            var pairs = PackedPairs(in: heap)
            let digits = PackedListTests.buffer(Array(String(integer).utf8))
            pairs.append(PackedField(Bytes("x")), digits.contents, in: heap)
            pairs.append(PackedField(digits.contents), digits.contents, in: heap)
            pairs.append(PackedField(Bytes("y")), Bytes("text"), in: heap)
            var integers = 0
            pairs.forEach { field, value in
                if case .integer(integer) = field { integers += 1 }
                if case .integer(integer) = value { integers += 1 }
            }
            let found = pairs.find(PackedField(digits.contents)), isWhole = pairs.checkInvariants()
            #expect(integers == 3 && found == pairs.position(of: 1) && isWhole, "\(integer)")
            pairs.replace(at: pairs.position(of: 1), PackedField(digits.contents), with: Bytes("short"), in: heap)
            pairs.replace(at: pairs.position(of: 0), PackedField(Bytes("x")), with: Bytes("short"), in: heap)
            let isStillWhole = pairs.checkInvariants()
            #expect(isStillWhole, "\(integer)")
            expect(
                pairs,
                [
                    (Array("x".utf8), Array("short".utf8)), (Array("\(integer)".utf8), Array("short".utf8)),
                    (Array("y".utf8), Array("text".utf8)),
                ], "\(integer)")
            pairs.free(to: heap)
        }
    }

    @Test func thereIsRoomForAsManyAsTheirNumberCanTell() {
        let heap = Heap(seed: 1)
        var pairs = PackedPairs(in: heap)
        for _ in 0..<65_535 {
            #expect(pairs.hasRoom(for: 2))
            pairs.append(PackedField(Bytes("f")), Bytes("v"), in: heap)
        }
        let hasRoom = pairs.hasRoom(for: 2), count = pairs.count, isWhole = pairs.checkInvariants()
        #expect(!hasRoom && count == 65_535 && isWhole)
        pairs.free(to: heap)
    }

    // MARK: Support

    private func expect(_ pairs: PackedPairs, _ model: [Pair], _ comment: String) {
        var shown: [Pair] = []
        pairs.forEach { shown.append((PackedListTests.array($0), PackedListTests.array($1))) }
        #expect(shown.map(\.field) == model.map(\.field) && shown.map(\.value) == model.map(\.value), "\(comment)")
        for index in model.indices {
            let position = pairs.position(of: index)
            let field = PackedListTests.array(pairs.field(at: position))
            let value = PackedListTests.array(pairs.value(at: position))
            #expect(field == model[index].field && value == model[index].value, "\(comment)")
        }
    }

    /// An integer of any size, or one of few texts of one of `lengths`.
    private func word(_ random: inout RandomSource, lengths: [Int]) -> [UInt8] {
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            return Array(String(Int64(bitPattern: random.next()) >> Int64.random(in: 50...63, using: &random)).utf8)
        case 1 where Int.random(in: 0..<4, using: &random) == 0:
            return Array(String(Int64(bitPattern: random.next()) >> Int64.random(in: 0...63, using: &random)).utf8)
        default:
            let length = lengths[Int.random(in: 0..<lengths.count, using: &random)]
            return [UInt8](repeating: UInt8.random(in: 97...100, using: &random), count: length)
        }
    }
}
