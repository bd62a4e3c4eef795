// What scripts do to make a library function run for long, use much, or go deep: each is an error, and soon.

import Testing

@testable import Lua

@Suite struct LibraryLimitTests {
    private func fails(_ call: String, with message: String) -> Bool {
        var limits = Limits()
        limits.memory = 64 << 20
        let run = MachineRun("print(select(2, pcall(function() return \(call) end)))", limits: limits)
        return run.output.hasPrefix(message) || run.output.hasPrefix("test:1: \(message)")
    }

    @Test func aPatternThatTriesEverythingEnds() {
        #expect(fails("string.find(('a'):rep(40), ('a*'):rep(20) .. 'b')", with: "pattern matching takes too long"))
        #expect(fails("string.gsub(('a'):rep(1000000), '[^b]-b', '')", with: "pattern matching takes too long"))
        #expect(fails("string.match(('('):rep(300000), '%b()')", with: "pattern matching takes too long"))
    }

    @Test func aDeepPatternIsRefused() {
        #expect(fails("string.find(('a'):rep(3000), ('a?'):rep(3000))", with: "pattern too complex"))
        #expect(fails("string.find('a', ('('):rep(33))", with: "too many captures"))
    }

    @Test func whatIsTooLargeIsNotBuilt() {
        #expect(fails("string.rep('x', 2147483647)", with: "not enough memory"))
        #expect(fails("(string.gsub(('a'):rep(100000), 'a', ('b'):rep(1000)))", with: "not enough memory"))
        #expect(fails("table.concat({('x'):rep(30000000), ('y'):rep(30000000)})", with: "not enough memory"))
        #expect(fails("unpack({}, 1, 1000000)", with: "too many results to unpack"))
        #expect(fails("string.byte(('x'):rep(9000), 1, 9000)", with: "stack overflow (string slice too long)"))
    }

    @Test func aLongMoveIsRefused() {
        #expect(fails("table.insert({}, -2147483648, 1)", with: "a library function takes too long"))
    }

    @Test func anEndlessReaderPauses() {
        let run = MachineRun("load(function() return ' ' end)", maximumPauses: 20)
        #expect(run.output == "error: killed\n" || run.output == "error: test:1: killed\n")
    }

    @Test func callbacksMayStopAnywhere() {
        let run = MachineRun(
            """
            local co = coroutine.wrap(function()
                print(pcall(string.gsub, "abc", "%w", function(c) coroutine.yield(c) end))
                print(pcall(table.sort, {3, 2, 1}, function(a, b) coroutine.yield(a) end))
            end)
            co()
            print(string.gsub("abc", "%w", function(c) if c == "b" then error("stop") end return c end))
            """)
        #expect(
            run.output == """
                false\tattempt to yield across metamethod/C-call boundary
                false\tattempt to yield across metamethod/C-call boundary
                error: test:6: stop

                """)
    }
}
