// Packed lists against arrays of byte arrays. The seed of a failing run is in its message.

import Testing

@testable import Engine

@Suite struct PackedListTests {
    @Test(arguments: [1, 2, 3, UInt64.random(in: 4...UInt64.max)])
    func aListHoldsWhatAnArrayWould(_ seed: UInt64) {
        let heap = Heap(seed: seed)
        var random = RandomSource(seed: seed)
        var list = PackedList(in: heap), model: [[UInt8]] = []
        for step in 0..<3000 {
            let index = Int.random(in: 0...model.count, using: &random)
            let element = PackedListTests.element(&random)
            let bytes = PackedListTests.buffer(element)
            switch Int.random(in: 0..<(step < 1500 ? 8 : 14), using: &random) {
            case 0...3:
                list.insert(bytes.contents, at: list.position(of: index), in: heap)
                model.insert(element, at: index)
            case 4:
                list.append(bytes.contents, in: heap)
                model.append(element)
            case 5 where index < model.count:
                list.replace(at: list.position(of: index), with: bytes.contents, in: heap)
                model[index] = element
            case 6 where index < model.count:
                let count = min(3, model.count - index)
                list.remove(count, at: list.position(of: index), in: heap)
                model.removeSubrange(index..<(index + count))
            case 8... where index < model.count:
                list.remove(at: list.position(of: index), in: heap)
                model.remove(at: index)
            default:
                let found = list.find(bytes.contents).map { position in
                    (0..<model.count).first { list.position(of: $0) == position } ?? -1
                }
                #expect(found == model.firstIndex(of: element), "seed \(seed), step \(step)")
            }
            let isWhole = list.checkInvariants()
            #expect(isWhole, "seed \(seed), step \(step)")
            if step % 50 == 0 { #expect(PackedListTests.contents(of: list) == model, "seed \(seed), step \(step)") }
        }
        let copy = list.copied(in: heap)
        list.free(to: heap)
        #expect(PackedListTests.contents(of: copy) == model, "seed \(seed)")
        copy.free(to: heap)
        #expect(heap.used == 0, "seed \(seed)")
    }

    @Test(arguments: [
        Int64.min, -0x8000_0000_0001, -0x8000_0000_0000, -0x8000_0001, -0x8000_0000, -0x80_0001, -0x80_0000, -0x8001,
        -0x8000, -4097, -4096, -1, 0, 1,
        127, 128, 4095, 4096, 0x7FFF, 0x8000, 0x7F_FFFF, 0x80_0000, 0x7FFF_FFFF, 0x8000_0000, 0x7FFF_FFFF_FFFF,
        0x8000_0000_0000, Int64.max,
    ])
    func anIntegerStaysOne(_ integer: Int64) {
        let heap = Heap(seed: 1)
        var list = PackedList(in: heap)
        let digits = PackedListTests.buffer(Array(String(integer).utf8))
        list.append(digits.contents, in: heap)
        let read: Int64? = if case .integer(let value) = list.element(at: list.first) { value } else { nil }
        #expect(read == integer)
        let size = list.size - list.first, isFound = list.find(digits.contents) != nil
        #expect(size <= 9 && isFound && list.checkInvariants())
        list.free(to: heap)
    }

    @Test(arguments: [
        "", "-", "-0", "+1", "01", " 1", "1 ", "9223372036854775808", "-9223372036854775809", "1.0", "1e3",
    ])
    func whatOnlyLooksLikeAnIntegerStaysAString(_ text: String) {
        let heap = Heap(seed: 1)
        var list = PackedList(in: heap)
        list.append(PackedListTests.buffer(Array(text.utf8)).contents, in: heap)
        let isInteger = if case .integer = list.element(at: list.first) { true } else { false }
        #expect(!isInteger && PackedListTests.contents(of: list) == [Array(text.utf8)])
        list.free(to: heap)
    }

    @Test func findLooksOnlyAtTheElementsOfItsStride() {
        let heap = Heap(seed: 1)
        var list = PackedList(in: heap)
        for word in ["a", "b", "b", "a", "77", "a"] {
            list.append(PackedListTests.buffer(Array(word.utf8)).contents, in: heap)
        }
        let firstB = list.find(Bytes("b"), stride: 2), number = list.find(Bytes("77"), stride: 2)
        let odd = list.find(Bytes("b"), stride: 2, from: list.next(list.first)),
            missing = list.find(Bytes("c"), stride: 2)
        #expect(firstB == list.position(of: 2) && number == list.position(of: 4))
        #expect(odd == list.position(of: 1) && missing == nil)
        #expect(list.previous(list.end) == list.position(of: 5))
        list.free(to: heap)
    }

    // MARK: Support

    static func buffer(_ bytes: [UInt8]) -> Buffer {
        var buffer = Buffer()
        buffer.append(array: bytes)
        return buffer
    }

    static func array(_ value: StringValue) -> [UInt8] {
        switch value {
        case .bytes(let bytes): bytes.array
        case .integer(let integer): Array(String(integer).utf8)
        }
    }

    static func contents(of list: PackedList) -> [[UInt8]] {
        var contents: [[UInt8]] = []
        list.forEach { contents.append(array($0)) }
        return contents
    }

    /// Mostly small: words, integers of every size, now and then something long.
    static func element(_ random: inout RandomSource) -> [UInt8] {
        switch Int.random(in: 0..<10, using: &random) {
        case 0...3:
            return Array(String(Int64(bitPattern: random.next()) >> Int64.random(in: 0...63, using: &random)).utf8)
        case 4:
            return [UInt8](
                repeating: UInt8.random(in: 0...255, using: &random), count: Int.random(in: 120...140, using: &random))
        case 5 where Int.random(in: 0..<20, using: &random) == 0:
            return [UInt8](
                repeating: UInt8.random(in: 0...255, using: &random), count: Int.random(in: 4090...4100, using: &random)
            )
        default:
            return (0..<Int.random(in: 0...20, using: &random)).map { _ in UInt8.random(in: 97...99, using: &random) }
        }
    }
}
