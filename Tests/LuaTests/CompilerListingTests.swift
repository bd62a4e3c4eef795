// The instructions that the compiler makes.

import Testing

@testable import Lua

@Suite struct CompilerListingTests {
    @Test func aCallOfOneCommandIsSixInstructions() {
        #expect(
            listing("return redis.call('incr', KEYS[1])") == [
                "function 0 parameters 0 registers 3",
                "0 [1] getGlobal 0 'redis'",
                "1 [1] getField 0 0 'call'",
                "2 [1] loadConstant 1 'incr'",
                "3 [1] getGlobal 2 'KEYS'",
                "4 [1] getElement 2 2 1",
                "5 [1] tailCall 0 3 0",
                "6 [1] return 0 0 0",
                "7 [1] return 0 1 0",
            ])
    }

    @Test func comparisonsJumpThemselves() {
        #expect(
            listing("local a, b\nif a < b and a ~= 3 then a = b end") == [
                "function 0 parameters 0 registers 2",
                "0 [1] loadNil 0 2 0",
                "1 [2] jumpIfLess 0 0 1 to 4",
                "2 [2] jumpIfEqualConstant 1 0 3.0 to 4",
                "3 [2] move 0 1 0",
                "4 [2] return 0 1 0",
            ])
    }

    @Test func aConditionOfALoopNeverJumpsBackByItself() {
        #expect(
            listing("while true do if a then end end") == [
                "function 0 parameters 0 registers 2",
                "0 [1] getGlobal 0 'a'",
                "1 [1] jumpIf 0 0 to 2",
                "2 [1] jump to 0",
                "3 [1] return 0 1 0",
            ])
    }

    @Test func localsThatAreAssignedToAreCopiedForTheTargetsBeforeThem() {
        #expect(
            listing("local a, i\na[i], i, a = 1, 2, 3") == [
                "function 0 parameters 0 registers 6",
                "0 [1] loadNil 0 2 0",
                "1 [2] move 2 1 0",
                "2 [2] move 3 0 0",
                "3 [2] loadConstant 4 1.0",
                "4 [2] loadConstant 5 2.0",
                "5 [2] loadConstant 0 3.0",
                "6 [2] move 1 5 0",
                "7 [2] setIndex 3 2 4",
                "8 [2] return 0 1 0",
            ])
    }

    @Test func constantsAreFoldedButNotToNaNOrInfinityByZero() {
        #expect(listing("return 1 + 2 * 3")[1] == "0 [1] loadConstant 0 7.0")
        #expect(listing("return 1 / 0")[2] == "1 [1] divideConstant 0 0 0.0")
        #expect(listing("return 7 % -3")[1] == "0 [1] loadConstant 0 -2.0")
    }

    @Test func aCallIsOnTheLineOfItsParenthesis() {
        #expect(listing("f(\n1,\n2\n)")[4] == "3 [1] call 0 3 1")
    }

    @Test func aConstantIsLoadedBehindTheJumpsOfTheOtherOperand() {
        #expect(
            listing("local a, b\nb = false >= (a == 1 and b)") == [
                "function 0 parameters 0 registers 4",
                "0 [1] loadNil 0 2 0",
                "1 [2] jumpIfEqualConstant 0 0 1.0 to 4",
                "2 [2] move 2 1 0",
                "3 [2] jump to 6",
                "4 [2] loadBoolean 2 0 1",
                "5 [2] loadBoolean 2 1 0",
                "6 [2] loadBoolean 3 0 0",
                "7 [2] jumpIfLessOrEqual 1 2 3 to 9",
                "8 [2] loadBoolean 1 0 1",
                "9 [2] loadBoolean 1 1 0",
                "10 [2] return 0 1 0",
            ])
    }

    @Test func jumpsToAnExpressionBringItNoValue() {
        #expect(
            listing("local k = 1\nrepeat until false or k\nlocal i = false and k") == [
                "function 0 parameters 0 registers 2",
                "0 [1] loadConstant 0 1.0",
                "1 [2] jumpIf 1 0 to 3",
                "2 [2] jump to 1",
                "3 [3] jump to 6",
                "4 [3] move 1 0 0",
                "5 [3] jump to 8",
                "6 [3] loadBoolean 1 0 1",
                "7 [3] loadBoolean 1 1 0",
                "8 [3] return 0 1 0",
            ])
    }

    @Test func loopsCloseWhatTheirClosuresHold() {
        let text = listing("while a do local b; f = function() return b end; if c then break end end")
        #expect(text.contains("5 [1] jumpIf 0 4 to 8") || text.contains { $0.contains("close 0") })
        #expect(text.filter { $0.contains("close 0") }.count == 2)
    }

    @Test func constructorsTakeTheSizesOf51() {
        let elements = Array(repeating: "a", count: 17).joined(separator: ",")
        #expect(listing("return {\(elements)}")[1] == "0 [1] newTable 0 18 0")
        #expect((0..<4096).allSatisfy { Instruction.room(Instruction.roomCode($0)) >= $0 })
        #expect((0..<16).allSatisfy { Instruction.room(Instruction.roomCode($0)) == $0 })
    }

    @Test func zeroAndMinusZeroAreOneConstant() {
        #expect(listing("return 0, -0")[2] == "1 [1] loadConstant 1 0.0")
        #expect(listing("return -0, 0")[2] == "1 [1] loadConstant 1 -0.0")
    }

    @Test func manyConstantsAreStillFound() throws {
        let names = (0..<70_000).map { "v\($0)=\($0)" }.joined(separator: "\n")
        let prototype = try compile(Array((names + "\n" + names).utf8))
        #expect(prototype.constants.count == 140_000)
        #expect(Verifier.isSoundThroughout(prototype))
    }
}
