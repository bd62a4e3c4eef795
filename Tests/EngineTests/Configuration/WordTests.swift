// Words, quotes, numbers and sizes as configurations spell them.

import Testing

@testable import Engine

@Suite struct WordTests {
    private func words(_ line: String) -> [String]? {
        Array(line.utf8).words?.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func blanksPartWordsAndQuotesKeepThem() {
        #expect(words("  save  900\t1 ") == ["save", "900", "1"])
        #expect(words(#"logfile """#) == ["logfile", ""])
        #expect(words(#"a "b c" 'd e'"#) == ["a", "b c", "d e"])
        #expect(words(#"a "\x41\n\t\r\a\b\"\\\q""#) == ["a", "A\n\t\r\u{07}\u{08}\"\\q"])
        #expect(words(#"a 'it\'s \n'"#) == ["a", #"it's \n"#])
        #expect(words("") == [])
    }

    @Test(arguments: [#"a "b"#, #"a 'b"#, #"a "b"c"#, #"a 'b'c"#, #"a "b\"#])
    func aQuoteMustBeClosedAtTheEndOfItsWord(_ line: String) { #expect(words(line) == nil) }

    @Test func whatIsQuotedReadsBack() {
        var state: UInt64 = 7
        for _ in 0..<500 {
            let word = (0..<12).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1
                return UInt8(truncatingIfNeeded: state >> 40)
            }
            #expect((Array("x ".utf8) + word.quoted).words == [[120], word])
        }
    }

    @Test func sizesHaveUnits() {
        let sizes = [
            "0": 0, "12": 12, "3b": 3, "1k": 1000, "1kb": 1024, "2M": 2_000_000, "2mb": 2 << 20, "1G": 1_000_000_000,
            "4gb": 4 << 30,
        ]
        for (text, size) in sizes { #expect(Array(text.utf8).memorySize == size, "\(text)") }
        for text in ["-1", "1x", "kb", "", "9999999999999999999gb", "9223372036854775807kb", " 1", "1 kb"] {
            #expect(Array(text.utf8).memorySize == nil, "\(text)")
        }
    }

    @Test func numbersAreSpelledInOneWay() {
        #expect(Array("-12".utf8).integer == -12)
        for text in ["+1", "01", " 1", "1 ", "", "-", "-0", "9223372036854775808"] {
            #expect(Array(text.utf8).integer == nil, "\(text)")
        }
    }
}
