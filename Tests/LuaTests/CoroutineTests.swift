// Coroutines: what they pass to and fro, their states, and where 5.1 does not let them yield.

import Testing

@testable import Lua

@Suite struct CoroutineTests {
    @Test func valuesGoBothWays() {
        let run = MachineRun(
            """
            local co = coroutine.create(function(a, b)
              local c = coroutine.yield(a + b)
              local d, e = coroutine.yield(c * 2)
              return "end", d, e
            end)
            print(coroutine.status(co), coroutine.resume(co, 1, 2))
            print(coroutine.resume(co, 10))
            print(coroutine.resume(co, "x", "y"))
            print(coroutine.status(co), coroutine.resume(co))
            """)
        #expect(
            run.output == """
                suspended\ttrue\t3
                true\t20
                true\tend\tx\ty
                dead\tfalse\tcannot resume dead coroutine

                """)
    }

    @Test func errorsComeToWhoResumed() {
        let run = MachineRun(
            """
            print(coroutine.resume(coroutine.create(function() error("inside") end)))
            print(pcall(coroutine.wrap(function() error("wrapped") end)))
            local co co = coroutine.create(function() return coroutine.resume(co) end)
            print(coroutine.resume(co))
            """)
        #expect(
            run.output == """
                false\ttest:1: inside
                false\ttest:2: wrapped
                true\tfalse\tcannot resume running coroutine

                """)
    }

    @Test func yieldingAcrossNativeCallsIsAnError() {
        let run = MachineRun(
            """
            local function try(f) print(coroutine.resume(coroutine.create(f))) end
            try(function() return pcall(coroutine.yield, 1) end)
            try(function() return setmetatable({}, {__index = function() coroutine.yield(1) end}).x end)
            try(function() table.sort({3, 2, 1}, function() coroutine.yield() end) end)
            print(pcall(coroutine.yield, 1))
            """)
        let boundary = "attempt to yield across metamethod/C-call boundary"
        #expect(
            run.output == """
                true\tfalse\t\(boundary)
                false\t\(boundary)
                false\t\(boundary)
                false\t\(boundary)

                """)
    }

    @Test func variablesAreSharedBetweenThreads() {
        let run = MachineRun(
            """
            local x = 1
            local co = coroutine.wrap(function()
              x = x + 1
              coroutine.yield(function() x = x + 10 return x end)
              x = x * 2
            end)
            local f = co()
            print(x, f(), x)
            co()
            print(x)
            """)
        #expect(run.output == "2\t12\t12\n24\n")
    }

    @Test func threadsWithinThreadsEndAt200Levels() {
        let run = MachineRun(
            """
            local n = 0
            local function deep()
              n = n + 1
              local ok, message = coroutine.resume(coroutine.create(deep))
              if not ok then error(message, 0) end
            end
            print(pcall(deep))
            print(n)
            """)
        #expect(run.output == "false\tC stack overflow\n199\n")
    }

    /// With a collection at every pause: open variables outlive their closures, and keep their threads.
    @Test func collectionsLeaveOpenVariablesAlone() {
        let run = MachineRun(
            """
            local a, b, c = 1, 2, 3
            for i = 1, 5 do
              local f = function() a = a + 1 return b end
              f = nil
              local g = function() return a + c end
              b = g()
            end
            print(a, b, c)
            local function captured()
              local x = 1
              return coroutine.wrap(function()
                local y = 5
                coroutine.yield(function() y = y + x return y end)
              end)()
            end
            local get = captured()
            for i = 1, 5 do local t = {} end
            print(get(), get())
            """, configure: { $0.heap.collectsAlways = true })
        #expect(run.output == "1\t4\t3\n6\t7\n")
    }
}
