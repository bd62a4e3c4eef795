// Elements drawn by chance with repetitions: all of them come, nothing else does, in both forms.

import Testing

@testable import Engine

@Suite struct DrawingTests {
    @Test(arguments: [1, 2, 100, 2000])
    func allComeAndNothingElse(_ count: Int) {
        let heap = Heap(seed: 7), names = (0..<count).map { "m\($0)" }
        var hash = HashValue.empty(in: heap), set = SetValue.empty(in: heap), sorted = SortedSetValue.empty(in: heap)
        for (number, name) in names.enumerated() {
            name.withBytes { name in "\(number)".withBytes { _ = hash.set(name, to: $0) } }
            name.withBytes { _ = set.insert($0) }
            name.withBytes { _ = sorted.add($0, score: Double(number)) }
        }
        // With so many draws hardly any world would miss one of them.
        let draws = count * 40
        var fields: Set<String> = [], members: Set<String> = [], scored: Set<String> = [], drawn = 0
        hash.draw(draws) { element in
            let name = text(element.field)
            if name == "m" + text(element.value) { fields.insert(name) }
            drawn += 1
        }
        set.draw(draws) { member in
            members.insert(text(member))
            drawn += 1
        }
        sorted.draw(draws) { member, score in
            let name = text(member)
            if name == "m\(Int(score))" { scored.insert(name) }
            drawn += 1
        }
        #expect(fields == Set(names) && members == Set(names) && scored == Set(names) && drawn == 3 * draws)
    }

    private func text(_ value: StringValue) -> String { value.withBytes { String(decoding: $0.array, as: UTF8.self) } }
}
