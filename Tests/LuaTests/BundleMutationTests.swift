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
                machine.jsonSettings = JSONSettings()
                if let encoded = try? results(of: encode, value, &chance, &machine) {
                    text = chance.mutated(machine.text(of: encoded[0]).array)
                }
            }
            let string = try machine.makeString(text)
            machine.jsonSettings.decodesInvalidNumbers = chance.below(2) == 0
            machine.jsonSettings.deepestDecoded = chance.below(20) + 1
            guard let decoded = try? results(of: decode, string, &chance, &machine) else { continue }
            _ = try? results(of: encode, decoded[0], &chance, &machine)
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
                let value = try value(&chance, &machine, depth: 0)
                let packed = try results(of: pack, value, &chance, &machine)
                bytes = chance.mutated(machine.text(of: packed[0]).array)
            }
            let string = try machine.makeString(bytes)
            for value in (try? results(of: unpack, string, &chance, &machine)) ?? [] {
                _ = try? results(of: pack, value, &chance, &machine)
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
            let packed = try results(of: pack, value, &chance, &machine)[0]
            let unpacked = try results(of: unpack, packed, &chance, &machine)
            let isSame = unpacked.count == 1 ? try isSame(value, unpacked[0], &machine) : false
            #expect(isSame, "cmsgpack, seed \(seed), round \(round)")
            if round % 256 == 0 { machine.end() }
        }
        machine.end()
    }

    private let encode = NativeFunction(.json, JSONLibrary.Function.encode.rawValue)
    private let decode = NativeFunction(.json, JSONLibrary.Function.decode.rawValue)
    private let pack = NativeFunction(.messagePack, MessagePackLibrary.Function.pack.rawValue)
    private let unpack = NativeFunction(.messagePack, MessagePackLibrary.Function.unpack.rawValue)

    /// Calls a function of a library; it has to pause every few values.
    private func results(
        of function: NativeFunction, _ argument: Value, _ chance: inout Chance, _ machine: inout Machine
    ) throws(Raised) -> [Value] {
        machine.top = 0
        machine.push(Value(function))
        machine.push(argument)
        machine.nativeSteps = 0
        machine.budgetLeft = chance.below(4)
        let call = NativeCall(base: 1, count: 1)
        var count = try machine.callPlain(function, call)
        while count < 0 {
            machine.budgetLeft = chance.below(4) + 1
            count = try machine.resumeNative(call)
        }
        return (0..<count).map { machine[slot: machine.top - count + $0] }
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
