// Damaged sources give errors, never traps; what is accepted is sound. And unsound code is found out.

import Testing

@testable import Lua

@Suite struct CompilerFuzzTests {
    private static let sources = [
        "local a, b = 1, {x = 2, [3] = 4, 5; 6}\nfor i = 1, #b do a = a + b[i] .. 'x' end return a",
        "function t.a.b:c(p, ...) local n = select('#', ...) if n > 1 then return self:c(...) elseif p then end end",
        "while not x do repeat local z = f(y) until z == nil or z >= 3 and -z ^ 2 <= 4 break end",
        "for k, v in pairs(t) do t[k], k, v = v, [[long\n]], [==[ ]] ]==] --[[ c ]] end -- end",
        "local function f(...) return function() return arg, f, 0x1F, 1e5, .5, '\\65\\n\\\"' end, ... end",
        "return redis.call('set', KEYS[1], cjson.encode{ARGV[1], tonumber(ARGV[2]) or false, nil, true})",
    ].map { Array($0.utf8) }

    private static let pieces = [
        "and", "end", "do", "function", "(", ")", "{", "}", "[", "]", "[[", "]]", "--[[", "'", "\"", "\\", "\n", "...",
        "..", ".", "=", "==", "~", "<", "1", "0x", "e", "local ", "return ", "break ", ";", ":", ",", "a", "\0",
    ].map { Array($0.utf8) }

    private static func damage(_ source: [UInt8], _ random: inout Lottery) -> [UInt8] {
        var bytes = source
        for _ in 0..<random.below(6) + 1 {
            let place = random.below(bytes.count + 1)
            switch random.below(5) {
            case 0: bytes.insert(UInt8(truncatingIfNeeded: random.below(256)), at: place)
            case 1: bytes.removeSubrange(place..<min(bytes.count, place + random.below(12)))
            case 2: bytes.insert(contentsOf: pieces[random.below(pieces.count)], at: place)
            case 3:
                let from = random.below(bytes.count + 1)
                bytes.insert(contentsOf: bytes[from..<min(bytes.count, from + random.below(20))], at: place)
            default: if random.below(8) == 0 { bytes.removeSubrange(place...) }
            }
        }
        return bytes
    }

    @Test func damagedSourcesGiveErrorsOrSoundCode() {
        let seed = UInt64.random(in: 0...(.max))
        var random = Lottery(state: seed)
        for _ in 0..<20_000 {
            let source = CompilerFuzzTests.damage(
                CompilerFuzzTests.sources[random.below(CompilerFuzzTests.sources.count)], &random)
            do throws(SyntaxError) {
                #expect(Verifier.isSoundThroughout(try compile(source)), "seed \(seed), source \(source)")
            } catch {
                #expect(error.message.starts(with: Array("x:".utf8)), "seed \(seed), source \(source)")
            }
        }
    }

    @Test func changedInstructionsAreNotSound() throws {
        let prototype = try compile(CompilerFuzzTests.sources[4])
        #expect(Verifier.isSoundThroughout(prototype))
        func changed(_ instruction: Instruction, at index: Int) -> Prototype {
            var other = prototype
            other.instructions[index] = instruction
            return other
        }
        #expect(!Verifier.isSoundThroughout(changed(Instruction(.loadConstant, jump: 99), at: 0)))
        #expect(!Verifier.isSoundThroughout(changed(Instruction(.getGlobal, a: 0, wide: 99), at: 0)))
        #expect(!Verifier.isSoundThroughout(changed(Instruction(.jump, jump: -2), at: 0)))
        #expect(!Verifier.isSoundThroughout(changed(Instruction(.jumpIf, jump: -1), at: 0)))
        #expect(!Verifier.isSoundThroughout(changed(Instruction(.closure, a: 0, wide: 1), at: 0)))
        #expect(!Verifier.isSoundThroughout(changed(Instruction(.getUpvalue, b: 0), at: 0)))
        #expect(!Verifier.isSoundThroughout(changed(Instruction(bits: 0xFF), at: 0)))
        #expect(!Verifier.isSoundThroughout(changed(Instruction(.move), at: prototype.instructions.count - 1)))
    }
}

/// Numbers from a seed (SplitMix64).
private struct Lottery {
    var state: UInt64

    mutating func below(_ limit: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(limit))
    }
}
