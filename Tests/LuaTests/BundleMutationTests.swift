// Values that go through cjson, cmsgpack and struct and come back, and bytes that are no such thing: an error, never a
// trap. The seed of a failing run is in its message.

import Testing

@testable import Lua

/// What tests take by chance: the same for the same seed.
struct Chance {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func below(_ bound: Int) -> Int {
        state ^= state &<< 13
        state ^= state &>> 7
        state ^= state &<< 17
        return Int(state % UInt64(bound))
    }

    mutating func bytes(_ bound: Int) -> [UInt8] { (0..<below(bound)).map { _ in UInt8(below(256)) } }

    mutating func pick<Element>(_ some: [Element]) -> Element { some[below(some.count)] }

    /// The bytes with a few of them changed, left out, doubled or moved.
    mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...below(4) {
            let place = below(bytes.count + 1)
            switch below(5) {
            case 0: bytes.insert(UInt8(below(256)), at: place)
            case 1: if place < bytes.count { bytes.remove(at: place) }
            case 2: if place < bytes.count { bytes[place] = UInt8(below(256)) }
            case 3: bytes.removeLast(bytes.count - place)
            default: bytes.insert(contentsOf: bytes[min(below(bytes.count + 1), place)..<place], at: place)
            }
        }
        return bytes
    }
}

@Suite struct BundleMutationTests {
    private static let rounds = 20_000

    @Test(arguments: [1, 2, 3] as [UInt64]) func mutatedJSONIsAValueOrAnError(_ seed: UInt64) throws {
        var machine = Machine()
        var chance = Chance(seed: seed)
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"a\"", "\"", "1", "-0.5e3", "true", "null", "inf", "nan(", "0x1p", " ",
            "\\",
            "\\u0041", "\"\\ud83d\\ude00\"", "\"\\ud83d", "1e999", "123456789012345678901234567890", "\0", "\u{e4}",
        ].map { Array($0.utf8) }
        for round in 0..<BundleMutationTests.rounds {
            var text: [UInt8] = []
            if round % 3 == 0 {
                for _ in 0..<chance.below(16) { text += chance.pick(pieces) }
            } else {
                let value = try value(&chance, &machine, depth: 0)
                var encoder = JSONEncoder(machine.makeBuilder(), JSONSettings())
                do throws(Raised) { try encoder.append(value, &machine) } catch {}
                text = chance.mutated(encoder.builder.bytes)
            }
            let string = try machine.makeString(text)
            var settings = JSONSettings()
            settings.decodesInvalidNumbers = chance.below(2) == 0
            settings.deepestDecoded = chance.below(20) + 1
            var decoder = JSONDecoder(machine.text(of: string), settings)
            guard let decoded = try? decoder.decode(&machine) else { continue }
            var encoder = JSONEncoder(machine.makeBuilder(), settings)
            do throws(Raised) { try encoder.append(decoded, &machine) } catch {}
            if round % 256 == 0 { machine.end() }
        }
        machine.end()
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func mutatedMessagePackIsAValueOrAnError(_ seed: UInt64) throws {
        var machine = Machine()
        var chance = Chance(seed: seed)
        for round in 0..<BundleMutationTests.rounds {
            var bytes = chance.bytes(40)
            if round % 3 != 0 {
                var encoder = MessagePackEncoder(machine.makeBuilder())
                try encoder.append(try value(&chance, &machine, depth: 0), level: 0, slots: 1, &machine)
                bytes = chance.mutated(encoder.builder.bytes)
            }
            let string = try machine.makeString(bytes)
            var decoder = MessagePackDecoder(machine.text(of: string), from: 0)
            while !decoder.isAtEnd {
                guard let decoded = try? decoder.value(slots: 1, &machine) else { break }
                var encoder = MessagePackEncoder(machine.makeBuilder())
                do throws(Raised) { try encoder.append(decoded, level: 0, slots: 1, &machine) } catch {}
            }
            if round % 256 == 0 { machine.end() }
        }
        machine.end()
    }

    @Test(arguments: [1, 2] as [UInt64]) func whatIsWrittenIsReadAgain(_ seed: UInt64) throws {
        var machine = Machine()
        var chance = Chance(seed: seed)
        for round in 0..<5_000 {
            let value = try value(&chance, &machine, depth: 0)
            var packer = MessagePackEncoder(machine.makeBuilder())
            try packer.append(value, level: 0, slots: 1, &machine)
            let packed = try machine.makeString(packer.builder.bytes)
            var unpacker = MessagePackDecoder(machine.text(of: packed), from: 0)
            let unpacked = try unpacker.value(slots: 1, &machine)
            let isSame = try isSame(value, unpacked, &machine)
            #expect(isSame, "cmsgpack, seed \(seed), round \(round)")
            let isAtEnd = unpacker.isAtEnd
            #expect(isAtEnd)
            if round % 256 == 0 { machine.end() }
        }
        machine.end()
    }

    /// Scalars and tables; keys are texts, or the numbers from 1 on.
    private func value(_ chance: inout Chance, _ machine: inout Machine, depth: Int) throws(Raised) -> Value {
        switch chance.below(depth > 4 ? 5 : 8) {
        case 0: return Value(Double(chance.below(1 << 40) - 1 << 39))
        case 1: return Value(Double(chance.below(1 << 30)) / 1024)
        case 2: return Value(chance.pick([1e300, -1e-300, 0, -1, 4_294_967_296, 0.1, .infinity]))
        case 3: return try machine.makeString(chance.bytes(chance.below(9) == 0 ? 400 : 12))
        case 4: return Value(chance.below(2) == 0)
        case 5, 6:
            let table = try machine.makeTable()
            for index in 0..<chance.below(8) {
                try machine.rawSet(table, index: index + 1, try value(&chance, &machine, depth: depth + 1))
            }
            return table
        default:
            let table = try machine.makeTable()
            for _ in 0..<chance.below(8) {
                let key = try machine.makeString(chance.bytes(10))
                try machine.rawSet(table, key, try value(&chance, &machine, depth: depth + 1))
            }
            return table
        }
    }

    /// The same values, in tables under the same keys.
    private func isSame(_ one: Value, _ other: Value, _ machine: inout Machine) throws(Raised) -> Bool {
        guard one.isTable, other.isTable else { return machine.rawEqual(one, other) }
        var here = TableWalk(one), there = TableWalk(other)
        while let (key, value) = try here.next(&machine) {
            guard try there.next(&machine) != nil else { return false }
            guard try isSame(value, machine.rawGet(other, key), &machine) else { return false }
        }
        return try there.next(&machine) == nil
    }
}
