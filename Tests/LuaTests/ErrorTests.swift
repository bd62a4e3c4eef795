// Errors: their messages, how they are caught and handled, and where recursion ends. All as Lua 5.1 answers.

import Testing

@testable import Lua

@Suite struct ErrorTests {
    @Test(arguments: [
        ("local x x.y = 1", "attempt to index local 'x' (a nil value)"),
        ("return a.b.c", "attempt to index global 'a' (a nil value)"),
        ("local t = {} return t.b.c", "attempt to index field 'b' (a nil value)"),
        ("return ('x'):bad()", "attempt to call method 'bad' (a nil value)"),
        ("local u return (function() u() end)()", "attempt to call upvalue 'u' (a nil value)"),
        ("return 1 + {}", "attempt to perform arithmetic on a table value"),
        ("local v return 'x' .. v", "attempt to concatenate local 'v' (a nil value)"),
        ("return {} < {}", "attempt to compare two table values"),
        ("return 1 > nil", "attempt to compare nil with number"),
        ("return #5", "attempt to get length of a number value"),
        ("for i = 1, 'x' do end", "'for' limit must be a number"),
        ("local t = {} t[nil] = 1", "table index is nil"),
        ("local t = {} t[0/0] = 1", "table index is NaN"),
        ("string.rep()", "bad argument #1 to 'rep' (string expected, got no value)"),
        ("('x'):rep({})", "bad argument #1 to 'rep' (number expected, got table)"),
        ("for k in pairs(nil) do end", "bad argument #1 to 'pairs' (table expected, got nil)"),
        ("local x = k return 'x' * x", "attempt to perform arithmetic on a string value"),
        // What lies behind the state of a loop has the name of what was put there before, and of what lies there now.
        (
            "do local f, k, t = 1, 2, 3 local up = f end for u in 5 do end",
            "attempt to call local '(for generator)' (a number value)"
        ),
        (
            "G = {} G.a, G.b, G.c, G.d = 1, 2, 3, 4 for u in {{}, {x = 1}} do end",
            "attempt to call global 'G' (a table value)"
        ),
    ])
    func messagesNamePlaceAndVariable(source: String, message: String) {
        #expect(MachineRun(source).output == "error: test:1: \(message)\n")
    }

    @Test func handlersRunOnTopOfWhatFailed() {
        let run = MachineRun(
            """
            print(xpcall(function() error("oops") end, function(m) return "handled " .. m end))
            print(xpcall(function() return 1, 2 end, print))
            print(xpcall(function() error("oops") end, function() error("again") end))
            print(xpcall(function() local x = nil + 1 end, 5))
            local n = 0
            print(xpcall(function() error("a") end, function(m) n = n + 1 if n < 5 then error("x") end return m end), n)
            """)
        #expect(
            run.output == """
                false\thandled test:1: oops
                true\t1\t2
                false\terror in error handling
                false\terror in error handling
                false\t5

                """)
    }

    /// Levels are held in 32 bits: what does not fit is cut, as in 5.1.
    @Test func levelsOfEnvironmentsAreShort() {
        let run = MachineRun(
            """
            print(getfenv(1/0) == _G, getfenv(0/0) == _G, getfenv(2^32 + 1) == _G, pcall(getfenv, 2^31))
            """)
        #expect(run.output.hasPrefix("true\ttrue\ttrue\tfalse\tbad argument #1 to"), "\(run.output)")
    }

    @Test func levelsFindTheCaller() {
        let run = MachineRun(
            """
            local function fail() error("two", 2) end
            print(pcall(function()
              fail()
            end))
            print(pcall(error, "plain"))
            local function tail() return fail() end
            print(pcall(tail))
            """)
        #expect(run.output == "false\ttest:3: two\nfalse\tplain\nfalse\ttwo\n")
    }

    @Test func recursionEndsInAnError() {
        let run = MachineRun(
            """
            local function deep() return 1 + deep() end
            print(pcall(deep))
            print(xpcall(deep, function(m) return "handled " .. m end))
            local nest, n = nil, 0
            nest = function() n = n + 1 local ok, e = pcall(nest) if not ok then error(e, 0) end end
            print(pcall(nest)) print(n)
            local m = {} m.__index = function(t, k) return t[k] end
            print(pcall(function() return setmetatable({}, m).x end))
            m.__call = function(self, ...) return (self(...)) end
            print(pcall(function() return (setmetatable({}, m)(1)) end))
            """)
        #expect(
            run.output == """
                false\ttest:1: stack overflow
                false\thandled test:1: stack overflow
                false\tC stack overflow
                198
                false\ttest:7: C stack overflow
                false\ttest:9: stack overflow

                """)
    }

    @Test func nothingCatchesAKill() {
        let run = MachineRun(
            "while true do pcall(function() while true do end end) end", maximumPauses: 2)
        #expect(run.output == "error: test:1: killed\n")
    }

    @Test func natureOfNativesPausesToo() {
        let run = MachineRun(
            "while true do table.sort({3, 2, 1, 5}, function(a, b) return a < b end) end", maximumPauses: 5)
        #expect(run.output == "error: test:1: killed\n" && run.pauses == 6)
    }
}
