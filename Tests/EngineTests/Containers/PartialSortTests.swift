// Sorting a stretch against sorting everything, in friendly and in hostile orders.

import Testing

@testable import Engine

@Suite struct PartialSortTests {
    @Test(arguments: [1, UInt64.random(in: 2...UInt64.max)])
    func aStretchIsWhereAFullSortWouldHaveIt(_ seed: UInt64) {
        var random = RandomSource(seed: seed)
        for _ in 0..<500 {
            let count = Int.random(in: 0..<300, using: &random), variety = Int.random(in: 1...400, using: &random)
            var numbers = (0..<count).map { _ in Int.random(in: 0..<variety, using: &random) }
            let low = Int.random(in: 0...count, using: &random), high = Int.random(in: low...count, using: &random)
            let sorted = numbers.sorted()
            numbers.sort(only: low..<high) { $0 - $1 }
            #expect(Array(numbers[low..<high]) == Array(sorted[low..<high]), "seed \(seed)")
            #expect(numbers.sorted() == sorted, "seed \(seed)")
        }
    }

    @Test func noOrderTakesQuadraticTime() {
        // The pivots are always among the greatest that are left: a row that an opponent grows while it is sorted.
        let count = 20_000
        var values = [Int](repeating: Int.max, count: count), solid = 0, candidate = 0, comparisons = 0
        var row = Array(0..<count)
        row.sort(only: 0..<count) { left, right in
            comparisons += 1
            if values[left] == Int.max, values[right] == Int.max {
                values[left == candidate ? left : right] = solid
                solid += 1
            }
            if values[left] == Int.max { candidate = left } else if values[right] == Int.max { candidate = right }
            return values[left] < values[right] ? -1 : values[left] == values[right] ? 0 : 1
        }
        #expect(comparisons < count * 200)
    }
}
