// Values as eight bytes.

import Testing

@testable import Lua

@Suite struct ValueTests {
    @Test func eachKindIsToldFromTheOthers() {
        #expect(Value.nil.isNil && !Value.nil.isTrue && !Value.nil.isNumber)
        #expect(Value(true).isTrue && Value(true).isBoolean && !Value(false).isTrue)
        #expect(Value(-0.0).isNumber && Value(-.infinity).isNumber)
        #expect(Value(light: 0).isLight && !Value(light: 0).isThread)
    }

    @Test func aForeignNaNBecomesTheOneThatIsAllowed() {
        let foreign = Double(bitPattern: 0xFFFC_0000_0000_0001)
        #expect(Value(foreign).isNumber && Value(foreign).number.isNaN)
    }
}
