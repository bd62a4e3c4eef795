// The pattern matcher from within, and what its captures hold.

import Testing

@testable import Lua

/// The pattern matcher: sets of bytes against the classes one by one, and what backtracking does to captures.
struct PatternTests {
    @Test func setsHoldWhatTheirClassesSay() {
        for letter in UInt8.min...UInt8.max {
            let set = ByteSet(ofClass: letter)
            for byte in UInt8.min...UInt8.max where set.contains(byte) != byte.belongs(to: letter) {
                Issue.record("%\(letter): \(byte)")
            }
        }
    }

    @Test func setsOfRangesHoldNoMore() {
        for (first, last) in [(0, 255), (0, 0), (255, 255), (63, 64), (48, 57), (97, 122), (10, 200), (5, 4)] {
            var set = ByteSet()
            set.insert(UInt8(first), through: UInt8(last))
            set.insert(200)
            var opposite = set
            opposite.invert()
            for byte in 0...255 {
                #expect(set.contains(UInt8(byte)) == (byte >= first && byte <= last || byte == 200))
                #expect(opposite.contains(UInt8(byte)) != set.contains(UInt8(byte)))
            }
        }
    }

    /// The answers are lua5.1's.
    @Test func capturesAreAsBeforeWhatFailed() {
        let run = MachineRun(
            """
            print(string.find("aab", "(a-)(b?)(a*)$"))
            print(string.match("key = value", "^(%w+)%s*=%s*(.-)%s*$"))
            print(string.match("xxyy", "((x*)(y?))y$"))
            print(string.match("abcabc", "(a(.)c)%1"), string.match("aXb", "(a)?(X)(b)"))
            print(string.find("hello", "()l()l()"))
            print(string.match("[[x]]", "%[(%[(.-)%])%]"), string.match("f(a(b)c)d", "%b()"))
            print(string.match("THE (quick) fox", "%f[%a]%a+%f[%A]"), string.find("a,b", "[,;]"))
            print(string.gsub("abc def", "(%w)(%w*)", "%2%1"), string.gsub("aaa", "a-", "x"))
            print(pcall(string.find, "x", "(x"))
            print(pcall(string.find, "x", "x)"))
            print(pcall(string.find, "x", "([a"))
            print(pcall(string.find, "b", "a%"))
            print(pcall(string.find, "b", "%"))
            print(pcall(string.find, "x", ("("):rep(33)))
            print(pcall(string.find, "y", ("(x"):rep(33)))
            print(string.find("", "[a]"), string.find("", "[^a]"), string.find("", "%a*"))
            print(string.find("a\\255b", "[\\128-\\255]"), string.find("a]b", "[]]"), string.find("a-b", "[a%-]+"))
            print(string.match("az", "%a%c*$"), string.match("b1a2", "[ab][cd]*2"))
            print(string.find("one;two", "(%S)([abc]*)$", -2))
            for k, v in string.gmatch("a=1, bb=22", "(%w+)=(%w+)") do print(k, v) end
            """)
        #expect(
            run.output == """
                1\t3\taa\tb\t
                key\tvalue
                xxy\txx\ty
                abc\tnil
                3\t4\t3\t4\t5
                [x]\t(a(b)c)
                THE\t2\t2
                bca efd\txaxaxax\t4
                false\tunfinished capture
                true\tnil
                false\tmalformed pattern (missing ']')
                true\tnil
                false\tmalformed pattern (ends with '%')
                false\ttoo many captures
                true\tnil
                nil\tnil\t1\t0
                2\t2\t1\t2
                z\ta2
                7\t7\to\t
                a\t1
                bb\t22

                """)
    }
}
