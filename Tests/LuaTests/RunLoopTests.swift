// Whole scripts: what they print, as Lua 5.1 prints it.

import Testing

@testable import Lua

@Suite struct RunLoopTests {
    @Test func functionsCallEachOther() {
        let run = MachineRun(
            """
            local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
            print(fib(15))
            local function all(...) return ... end
            print(all(1, 2, 3), (all(4, 5)))
            """)
        #expect(run.output == "610\n1\t4\n")
    }

    @Test func closuresShareTheirVariables() {
        let run = MachineRun(
            """
            local made = {}
            for i = 1, 3 do made[i] = function() i = i + 1 return i end end
            print(made[1](), made[1](), made[2]())
            """)
        #expect(run.output == "2\t3\t3\n")
    }

    @Test func anEndlessLoopPausesAndCanBeKilled() {
        let run = MachineRun("while true do end", maximumPauses: 3)
        #expect(run.output == "error: test:1: killed\n")
        #expect(run.pauses == 4)
    }

    @Test func errorsNameTheirVariables() {
        #expect(MachineRun("local x\nx.y = 1").output == "error: test:2: attempt to index local 'x' (a nil value)\n")
        #expect(MachineRun("x.y.z = 1").output == "error: test:1: attempt to index global 'x' (a nil value)\n")
        #expect(MachineRun("x = {} x.y.z = 1").output == "error: test:1: attempt to index field 'y' (a nil value)\n")
        #expect(MachineRun("x = {} x:y()").output == "error: test:1: attempt to call method 'y' (a nil value)\n")
    }
}
