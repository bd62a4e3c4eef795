// Integers as text, in buffers, in replies and on the stack, against the standard library's.

import Testing

@testable import Engine

@Suite struct DecimalTests {
    private static let numbers: [Int64] = {
        var random = RandomSource(seed: 5)
        var numbers: [Int64] = [0, .min, .max, .min + 1]
        var power: Int64 = 1
        for _ in 0..<19 {
            numbers += [power - 1, power, power + 1, -power, 1 - power, power &* 9]
            power &*= 10
        }
        for _ in 0..<2000 { numbers.append(Int64(truncatingIfNeeded: random.next() >> (random.next() % 64))) }
        return numbers
    }()

    @Test func everyIntegerIsWrittenAsItIsRead() {
        for number in DecimalTests.numbers {
            var buffer = Buffer()
            buffer.append(decimal: number)
            var reply = ReplyWriter()
            reply.integer(Int(number))
            reply.bulk(decimal: number)
            let text = "\(number)"
            let written = String(decoding: buffer.contents.array, as: UTF8.self)
            let replied = String(decoding: reply.pending().array, as: UTF8.self)
            #expect(written == text)
            #expect(replied == ":\(text)\r\n$\(text.utf8.count)\r\n\(text)\r\n")
            #expect(number.withDecimalText { String(decoding: $0.array, as: UTF8.self) } == text)
            let read = buffer.contents.integer
            #expect(read == number)
        }
    }

    @Test(arguments: [
        "", "-", "+1", "-0", "00", "01", " 1", "1 ", "1.0", "12a", "-12a", "9223372036854775808",
        "-9223372036854775809", "12345678901234567x", "123456789012345678x", "18446744073709551616",
        "99999999999999999999", "-18446744073709551617",
    ])
    func whatIsNoIntegerIsNotReadAsOne(_ text: String) {
        let read = withBytes(of: Array(text.utf8)) { $0.integer }
        #expect(read == nil)
    }
}
