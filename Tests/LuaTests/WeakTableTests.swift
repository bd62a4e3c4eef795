// What a collection that a script asks for leaves in weak tables: as much as lua5.1 leaves. What calls that have
// returned, or another script, left behind on the stack keeps nothing.

import Testing

@testable import Lua

@Suite struct WeakTableTests {
    /// What the tests have in common. Locals that are never reached make a function's part of the stack large.
    private static let count = """
        local function count(t) local n = 0 for _ in pairs(t) do n = n + 1 end return n end
        local weak = setmetatable({}, {__mode = "v"})
        local function make() local a, b, c, d = {}, {}, {}, {} weak[1], weak[2], weak[3], weak[4] = a, b, c, d end
        """

    @Test func whatACallHasLeftOnTheStackGoes() {
        let run = MachineRun(
            """
            \(WeakTableTests.count)
            make()
            collectgarbage()
            print(count(weak))
            make()
            print(pcall(collectgarbage))
            print(count(weak))
            if weak.x then local a, b, c, d, e, f, g, h, i, j, k, l = 1 end
            """)
        #expect(run.output == "0\ntrue\t0\n0\n")
    }

    @Test func whatWentIntoACoroutineIsHeldByItAlone() {
        let run = MachineRun(
            """
            \(WeakTableTests.count)
            local function pass(resume) resume({}) end
            local function body(t) weak[1] = t t = nil collectgarbage() print(count(weak)) end
            pass(coroutine.wrap(body))
            pass(function(t) print(coroutine.resume(coroutine.create(body), t)) end)
            local waiting = coroutine.wrap(function()
              make()
              coroutine.yield()
              if weak.x then local a, b, c, d, e, f, g, h, i, j, k, l = 1 end
            end)
            waiting()
            collectgarbage()
            print(count(weak))
            """)
        // The function that passes the table on to `resume` has it as its parameter.
        #expect(run.output == "0\n1\ntrue\n0\n")
    }

    @Test func whatAnotherScriptHasLeftOnTheStackKeepsNothing() throws {
        var machine = Machine()
        do throws(Raised) { try machine.openLibraries() } catch { Issue.record("no libraries") }
        machine.keep()
        let names = (1...150).map { "a\($0)" }.joined(separator: ", ")
        let tables = [String](repeating: "{}", count: 150).joined(separator: ", ")
        let left = try run("local \(names) = \(tables) return 0", &machine)
        let kept = try run(
            """
            \(WeakTableTests.count)
            for i = 1, 200 do weak[i] = {} end
            collectgarbage()
            if weak.x then local \(names) = 1 end
            return count(weak)
            """, &machine)
        #expect(left == 0 && kept == 0)
    }

    /// Runs a script that returns a number.
    private func run(_ source: String, _ machine: inout Machine) throws(Raised) -> Double? {
        let script = try unsafe machine.load(Array(source.utf8).span.bytes, chunkName: Array("=test".utf8).span.bytes)
        machine.begin(script)
        defer { machine.end() }
        guard case .finished(let count) = machine.run(), count > 0 else { return nil }
        return machine[result: 0].number
    }
}
