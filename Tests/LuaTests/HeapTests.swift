// The heap under random scripts: what is reachable stays as it is, the rest goes, and memory comes back.

import Testing

@testable import Lua

@Suite struct HeapTests {
    @Test func stringsAreEqualByContentsAndInternedOnce() throws {
        var heap = Heap(limit: 1 << 30)
        heap.keep()
        let one = try heap.makeString(Text("a key of some length"))
        let other = try heap.makeString(Text("a key of some length"))
        #expect(one.bits != other.bits)
        let equal = heap.rawEqual(one, other)
        let first = heap.intern(one)
        let second = heap.intern(other)
        #expect(equal && first.bits == second.bits && first.bits == one.bits)
        let less = heap.compare(try heap.makeString(Text("a\0b")), try heap.makeString(Text("a\0c")))
        let prefix = heap.compare(try heap.makeString(Text("abcdefghi")), try heap.makeString(Text("abcdefgh")))
        #expect(less < 0 && prefix > 0)
    }

    @Test func theEndOfAScriptDropsAllOfIt() throws {
        var heap = Heap(limit: 1 << 30)
        let globals = try heap.makeTable(elements: 0, fields: 4)
        heap.keep()
        let used = heap.used
        let reserved = heap.account.reserved
        for round in 0..<20 {
            let table = try heap.makeTable(elements: 0, fields: 0)
            for index in 0..<(round * 700) {
                let key = try heap.makeString(Text("key"))
                try heap.set(Value(Double(index)), key, in: table.payload)
                try heap.set(try text(index, &heap), table, in: table.payload)
            }
            heap.end()
            let nowUsed = heap.used
            let fault = heap.brokenInvariant()
            #expect(nowUsed == used && fault == nil)
        }
        let nowReserved = heap.account.reserved
        #expect(nowReserved <= reserved + (1 << 16))
        let isAlive = heap.isAlive(globals)
        #expect(isAlive)
    }

    @Test func whatAPermanentTableHoldsOutlivesTheScript() throws {
        var heap = Heap(limit: 1 << 30)
        let globals = try heap.makeTable(elements: 0, fields: 4)
        heap.keep()
        let inner = try heap.makeTable(elements: 3, fields: 0)
        let kept = try heap.makeString(Text("kept"))
        try heap.set(Value(1), kept, in: inner.payload)
        for index in 0..<1000 { _ = try text(index, &heap) }
        try heap.set(kept, inner, in: globals.payload)
        heap.end()
        for index in 0..<1000 { _ = try text(index, &heap) }
        let found = heap.get(kept, from: globals.payload)
        #expect(found.bits == inner.bits)
        let element = heap.get(Value(1), from: inner.payload)
        let words = heap.text(of: element).string
        let permanent = heap.tables.isPermanent(inner.payload)
        let strings = heap.strings.watermark
        let fault = heap.brokenInvariant()
        #expect(words == "kept" && permanent && strings < 60 && fault == nil)
        // Set and taken away again: nothing is kept.
        try heap.set(kept, try heap.makeTable(elements: 0, fields: 0), in: globals.payload)
        try heap.set(kept, .nil, in: globals.payload)
        let before = heap.tables.watermark
        heap.end()
        let after = heap.tables.watermark
        #expect(before == after)
    }

    @Test func aTemporaryFieldIsGoneAfterTheScript() throws {
        var heap = Heap(limit: 1 << 30)
        let globals = try heap.makeTable(elements: 0, fields: 4)
        let key = try heap.makeInterned("KEYS")
        heap.keep()
        let before = heap.tables.watermark
        let keys = try heap.makeTable(elements: 1, fields: 0)
        try heap.setTemporary(globals.payload, key, keys)
        heap.beginCollection()
        heap.finishCollection()
        let isAlive = heap.isAlive(keys)
        #expect(isAlive)
        heap.end()
        let value = heap.get(key, from: globals.payload)
        let after = heap.tables.watermark
        #expect(value.isNil && before == after)
    }

    @Test func memoryIsLimited() throws {
        var heap = Heap(limit: 4 << 20)
        heap.keep()
        let table = try heap.makeTable(elements: 0, fields: 0)
        var count = 0
        do throws(Raised) {
            while count < 10_000_000 {
                count += 1
                try heap.set(Value(Double(count)), try text(count, &heap), in: table.payload)
            }
        } catch {}
        let message = heap.text(of: heap.raised).string
        let reserved = heap.account.reserved
        let fault = heap.brokenInvariant()
        #expect(message == "not enough memory" && count > 10_000 && count < 200_000 && reserved <= 4 << 20)
        #expect(fault == nil)
        heap.end()
        let after = heap.account.reserved
        #expect(after < 1 << 19)
    }

    @Test(arguments: [1, 2, 3, 4]) func whatIsReachableStays(seed: Int) throws {
        var heap = Heap(limit: 1 << 30)
        let globals = try heap.makeTable(elements: 0, fields: 0)
        heap.keep()
        var random = Minimal(state: seed)
        // Each root is a table whose element 1 is its number as text, and element 2 another root or nil.
        var roots: [Value] = []
        for step in 1...3000 {
            switch random.next(6) {
            case 0, 1, 2:
                let table = try heap.makeTable(elements: random.next(3), fields: random.next(3))
                try heap.set(Value(1), try text(roots.count, &heap), in: table.payload)
                if let other = roots.randomElement(by: &random) { try heap.set(Value(2), other, in: table.payload) }
                try heap.set(try text(random.next(50), &heap), try text(step, &heap), in: table.payload)
                roots.append(table)
            case 3: _ = try text(step, &heap)
            case 4: if roots.count > 30 { roots.removeLast(random.next(20)) }
            default:
                heap.beginCollection()
                for root in roots { heap.mark(root) }
                heap.finishCollection()
            }
        }
        if let last = roots.last { try heap.set(Value(true), last, in: globals.payload) }
        for (index, root) in roots.enumerated() {
            let words = heap.text(of: heap.get(Value(1), from: root.payload)).string
            #expect(words == String(index), "seed \(seed)")
        }
        var fault = heap.brokenInvariant()
        #expect(fault == nil, "seed \(seed)")
        heap.end()
        let last = heap.get(Value(true), from: globals.payload)
        let words = heap.text(of: heap.get(Value(1), from: last.payload)).string
        #expect(words == String(roots.count - 1))
        fault = heap.brokenInvariant()
        #expect(fault == nil, "seed \(seed)")
        heap.fullCollection(roots: [globals])
        fault = heap.brokenInvariant()
        #expect(fault == nil, "seed \(seed)")
    }

    private func text(_ number: Int, _ heap: inout Heap) throws(Raised) -> Value {
        var builder = ByteBuilder(limit: 100)
        builder.append(text: String(number))
        return try heap.makeString(builder.text)
    }
}

/// A small source of numbers that depend on the seed alone.
struct Minimal {
    var state: Int
    mutating func next(_ bound: Int) -> Int {
        state = (state * 16807) % 2_147_483_647
        return state % bound
    }
}

extension Array {
    fileprivate func randomElement(by random: inout Minimal) -> Element? {
        isEmpty ? nil : self[random.next(count)]
    }
}

extension Heap {
    fileprivate mutating func fullCollection(roots: [Value]) {
        beginCollection(full: true)
        for root in roots { mark(root) }
        finishCollection()
    }
}
