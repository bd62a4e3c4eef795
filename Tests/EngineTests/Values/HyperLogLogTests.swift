// HyperLogLogs against what redis-server made of the same elements, and against plain registers. A failure names its
// seed.

import Testing

@testable import Engine

/// What redis-server 7.2.6 had after PFADD of `element:0`, `element:1` … with a limit of the sparse form.
private struct Recorded: CustomTestStringConvertible {
    let limit: Int
    let elements: Int
    let size: Int
    /// FNV-1a of the whole string.
    let checksum: UInt64
    let cardinality: Int64
    var testDescription: String { "\(elements) elements, limit \(limit)" }

    init(_ limit: Int, _ elements: Int, _ size: Int, _ checksum: UInt64, _ cardinality: Int64) {
        (self.limit, self.elements, self.size) = (limit, elements, size)
        (self.checksum, self.cardinality) = (checksum, cardinality)
    }

    static let all = [
        Recorded(100, 1, 21, 0x5db2e01c33707b73, 1),
        Recorded(100, 5, 33, 0xda45bb669c0284c5, 5),
        Recorded(100, 20, 76, 0xe529235e99280a4a, 20),
        Recorded(100, 50, 12304, 0x3d46086994107b0b, 50),
        Recorded(100, 100, 12304, 0xdb01da8c28e7516b, 99),
        Recorded(100, 400, 12304, 0x3d832c39108bef76, 401),
        Recorded(100, 1000, 12304, 0x9831e1a0b2b2d377, 997),
        Recorded(100, 1500, 12304, 0x47437df376e97696, 1500),
        Recorded(100, 3000, 12304, 0xf1b82e7cdb6802eb, 3002),
        Recorded(100, 10000, 12304, 0xa97513b408c01c78, 10017),
        Recorded(100, 50000, 12304, 0x98ad174ce9fefc77, 49716),
        Recorded(3000, 1, 21, 0x5db2e01c33707b73, 1),
        Recorded(3000, 5, 33, 0xda45bb669c0284c5, 5),
        Recorded(3000, 20, 76, 0xe529235e99280a4a, 20),
        Recorded(3000, 50, 158, 0xefa4528481e4a3d6, 50),
        Recorded(3000, 100, 285, 0x400051a0d90b9a9e, 99),
        Recorded(3000, 400, 875, 0xf0f5a0a3c47a98f9, 401),
        Recorded(3000, 1000, 1897, 0x7b13a5abbc3ad61f, 997),
        Recorded(3000, 1500, 2722, 0xc01cc314f31854e0, 1500),
        Recorded(3000, 3000, 12304, 0xf1b82e7cdb6802eb, 3002),
        Recorded(3000, 10000, 12304, 0xa97513b408c01c78, 10017),
        Recorded(3000, 50000, 12304, 0x98ad174ce9fefc77, 49716),
        Recorded(20000, 1, 21, 0x5db2e01c33707b73, 1),
        Recorded(20000, 5, 33, 0xda45bb669c0284c5, 5),
        Recorded(20000, 20, 76, 0xe529235e99280a4a, 20),
        Recorded(20000, 50, 158, 0xefa4528481e4a3d6, 50),
        Recorded(20000, 100, 285, 0x400051a0d90b9a9e, 99),
        Recorded(20000, 400, 875, 0xf0f5a0a3c47a98f9, 401),
        Recorded(20000, 1000, 1897, 0x7b13a5abbc3ad61f, 997),
        Recorded(20000, 1500, 2722, 0xc01cc314f31854e0, 1500),
        Recorded(20000, 3000, 4899, 0xe90689bfbbff96eb, 3002),
        Recorded(20000, 10000, 10628, 0x6037f5b494125bc6, 10017),
        Recorded(20000, 50000, 13740, 0x5e0293d8c62ed29f, 49716),
    ]
}

@Suite struct HyperLogLogTests {
    @Test(arguments: [100, 3000, 20000])
    func bytesAndEstimatesAreThoseOfRedis(_ limit: Int) throws {
        let heap = Heap(seed: 1)
        var string = StringEditor(capacity: 18, heap: heap)
        defer { string.end() }
        string.makeEmptyHyperLogLog()
        var form = HyperLogLog.Form.sparse
        var next = 0
        for recorded in Recorded.all where recorded.limit == limit {
            while next < recorded.elements {
                let element = Bytes.view(Array("element:\(next)".utf8)) { HyperLogLogElement($0) }
                _ = try string.raise(element.register, to: element.rank, &form, longestSparse: limit)
                next += 1
            }
            string.markCardinalityOutdated()
            let (size, checksum) = (string.count, string.bytes.checksum)
            #expect(size == recorded.size, "\(recorded)")
            #expect(checksum == recorded.checksum, "\(recorded)")
            let estimate = string.bytes.registerHistogram(form)?.estimate
            #expect(estimate == recorded.cardinality, "\(recorded)")
            string.setWord(UInt64(bitPattern: recorded.cardinality), at: HyperLogLog.cardinalityOffset)
        }
    }

    @Test(arguments: [1, 2, 3, 4])
    func bothFormsHoldTheLargestOfWhatTheyWereTold(_ seed: UInt64) throws {
        let heap = Heap(seed: seed)
        var random = RandomSource(seed: seed)
        var string = StringEditor(capacity: 18, heap: heap)
        defer { string.end() }
        string.makeEmptyHyperLogLog()
        var form = HyperLogLog.Form.sparse
        var model = [UInt8](repeating: 0, count: HyperLogLog.registerCount)
        // Neighbours and equal values are frequent, so that runs are split and joined.
        let range = seed % 2 == 0 ? 40 : HyperLogLog.registerCount, largest: UInt64 = seed < 3 ? 3 : 33
        for step in 0..<4000 {
            let register = Int(random.next() % UInt64(range)) + (step % 2) * (HyperLogLog.registerCount - range)
            let value = UInt8(random.next() % largest + 1)
            let place = min(register, HyperLogLog.registerCount - 1)
            let isRaised = try string.raise(place, to: value, &form, longestSparse: seed % 2 == 0 ? 3000 : 9000)
            #expect(isRaised == (value > model[place]), "seed \(seed), step \(step)")
            model[place] = max(model[place], value)
            guard step % 100 == 99 else { continue }
            let held = registers(of: string.bytes, form)
            #expect(held == model, "seed \(seed), step \(step)")
        }
        if form == .sparse { try string.makeDense() }
        let single = model.indices.map { string.bytes.denseRegister($0) }
        #expect(single == model, "seed \(seed)")
    }

    @Test(arguments: [1, 2, 3])
    func runsFromOutsideAreNeverTrusted(_ seed: UInt64) {
        let heap = Heap(seed: seed)
        var random = RandomSource(seed: seed)
        for _ in 0..<3000 {
            var string = StringEditor(capacity: 18, heap: heap)
            string.makeEmptyHyperLogLog()
            string.truncate(to: HyperLogLog.headerSize)
            for _ in 0..<random.next() % 12 {
                string.replace(at: string.count, removing: 0, with: random.next(), count: Int(random.next() % 8))
            }
            var form = HyperLogLog.Form.sparse
            for _ in 0..<8 {
                let register = Int(random.next() % UInt64(HyperLogLog.registerCount))
                let value = UInt8(random.next() % 36 + 1)
                _ = try? string.raise(register, to: value, &form, longestSparse: 60)
                _ = string.bytes.registerHistogram(form)?.estimate
                _ = registers(of: string.bytes, form)
            }
            string.end()
        }
        let used = heap.used
        #expect(used == Heap(seed: seed).used)
    }

    private func registers(of string: Bytes, _ form: HyperLogLog.Form) -> [UInt8]? {
        var maxima = RegisterMaxima()
        guard maxima.merge(string, form) else { return nil }
        var found: [UInt8] = []
        for register in 0..<HyperLogLog.registerCount { found.append(maxima[register]) }
        return found
    }
}

extension Bytes {
    fileprivate var checksum: UInt64 {
        array.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
