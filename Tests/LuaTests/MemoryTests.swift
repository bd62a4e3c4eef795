// Scripts and their memory: collections at every chance, limits, what outlives a script and what does not.

import Testing

@testable import Lua

@Suite struct MemoryTests {
    /// Limits that a script meets soon.
    private static let narrow = {
        var limits = Limits()
        limits.memory = 6 << 20
        return limits
    }()

    /// Objects of all kinds that refer to each other, with garbage in between.
    static let program = """
        local function counter() local n = 0 return function() n = n + 1 return n end end
        local kept, log = {}, {}
        local weak = setmetatable({}, {__mode = "v"})
        for i = 1, 12 do
          local c = counter()
          kept[i] = {next = c, name = "n" .. i, mate = kept[i - 1]}
          weak[i] = i % 2 == 0 and kept[i] or {}
          kept["k" .. i % 7] = {c(), c(), ("x"):rep(i)}
          if i % 5 == 0 then kept["k" .. i % 7] = nil end
          local co = coroutine.wrap(function(a)
            local t = {a} while true do a = coroutine.yield(t[1] .. #t) t[#t + 1] = a end
          end)
          log[#log + 1] = co("a") .. co("b") .. co("c")
          local ok, message = pcall(error, {i})
          log[#log + 1] = ok and "" or "m" .. message[1]
          log[#log + 1] = (("a,b,c"):gsub("%a", function(l) return l .. #kept end))
        end
        collectgarbage()
        local sum, live = 0, 0
        for i = 1, 12 do sum = sum + kept[i].next() + #kept[i].name end
        for i = 1, 12 do if weak[i] then live = live + 1 end end
        for k, v in pairs(kept) do log[#log + 1] = tostring(k) end
        table.sort(log)
        print(sum, live, #log, table.concat(log, " "))
        """

    @Test func collectionsAtEveryChanceChangeNothing() {
        let calm = MachineRun(MemoryTests.program).output
        let busy = MachineRun(MemoryTests.program) { $0.heap.collectsAlways = true }.output
        #expect(calm == busy)
        #expect(calm.hasPrefix("63\t6\t"))
    }

    @Test(arguments: [
        "local s = 'x' while true do s = s .. s end",
        "local t = {} while true do t[#t + 1] = {} end",
        "local t = {} while true do t = {t} end",
        "local t, i = {}, 0 while true do i = i + 1 t['k' .. i] = i end",
        "local f while true do local g = f f = function() return g end end",
        "local t = {} while true do t[#t + 1] = coroutine.create(function() end) end",
        "local t = {} for i = 1, 1e9 do t[i] = ('z'):rep(100000) .. i end",
        "local t = {} while true do t[#t + 1] = assert(loadstring('return 1')) end",
    ]) func whateverTakesMemoryMeetsTheLimit(source: String) {
        let output = MachineRun(
            "print(pcall(function() \(source) end)) print(#('y'):rep(1000))", limits: MemoryTests.narrow
        ).output
        #expect(output.hasPrefix("false\t") && output.contains("not enough memory"), "\(source)")
    }

    /// Each failure costs a collection of all that is held: who goes on and on would hold everybody up.
    @Test(arguments: [
        "while true do loadstring(('x = 1 '):rep(3e5)) end",
        "local t = {} while true do pcall(function() while true do t[#t + 1] = {} end end) end",
        "while true do pcall(string.rep, 'x', 1e10) end",
        "while true do coroutine.resume(coroutine.create(function() return ('x'):rep(1e10) end)) end",
    ]) func whoGoesOnRunningOutOfMemoryEnds(source: String) {
        let output = MachineRun("pcall(function() \(source) end) print('caught')", limits: MemoryTests.narrow).output
        #expect(output == "error: not enough memory\n", "\(source)")
    }

    @Test func garbageDoesNotCountAgainstTheLimit() {
        let output = MachineRun(
            "local n = 0 for i = 1, 400 do local s = ('x'):rep(100000) local t = {s, i} n = n + #t[1] end print(n)",
            limits: MemoryTests.narrow
        ).output
        #expect(output == "40000000\n")
    }

    @Test func whatGlobalsHoldOutlivesItsScript() throws {
        var machine = Machine()
        do throws(Raised) { try machine.openLibraries() } catch { Issue.record("no libraries") }
        machine.keep()
        let one = try run(
            """
            local hidden = {0}
            g = {list = {}, add = function(x) hidden[#hidden + 1] = {x} return #hidden end}
            g.co = coroutine.wrap(function() local t = {} while true do t[#t + 1] = {coroutine.yield(#t)} end end)
            g.co()
            for i = 1, 1000 do g.list[i % 10] = {i, tostring(i)} end
            return 1
            """, &machine)
        #expect(one == 1)
        for round in 1...5 {
            let sum = try run(
                """
                local junk = {} for i = 1, 500 do junk[i] = {i .. "junk"} end
                local n = g.add("more" .. g.list[3][2]) + g.co("some" .. g.list[4][2])
                g.list[5] = {g.list[5][1] + 1, "n" .. n}
                return n * 10000 + g.list[5][1]
                """, &machine)
            let count = Double(2 * round + 1)
            #expect(sum == count * 10000 + 995 + Double(round))
            let fault = machine.heap.brokenInvariant()
            #expect(fault == nil)
        }
    }

    @Test func slotsThatPermanentObjectsLeftAreBorrowed() throws {
        var machine = Machine()
        do throws(Raised) { try machine.openLibraries() } catch { Issue.record("no libraries") }
        machine.keep()
        var first = 0
        for round in 1...60 {
            let source = """
                local junk = {}
                for i = 1, 300 do junk[i] = {i .. "junk" .. i % 7, function() return i end} end
                g = {list = g and g.list or {}, last = {"round" .. #junk}}
                g.list[#g.list % 20 + 1] = {g.last, function() return \(round) end}
                if #g.list == 20 then collectgarbage() g.list = {} end
                for i = 1, 100 do junk[i] = {"x" .. i} end
                return 1
                """
            let result = try run(source, &machine)
            let fault = machine.heap.brokenInvariant()
            #expect(result == 1 && fault == nil, "round \(round)")
            if round == 20 { first = machine.heap.tables.watermark }
        }
        let last = machine.heap.tables.watermark
        #expect(last < first * 2, "\(first) tables, then \(last)")
    }

    @Test func forgottenScriptsGiveTheirMemoryBack() throws {
        var machine = Machine()
        do throws(Raised) { try machine.openLibraries() } catch { Issue.record("no libraries") }
        machine.keep()
        for index in 0..<1200 {
            let result = try run(
                "local a = 'constant \(index)' local t = {x = '\(index)'} return #a + \(index)", &machine)
            #expect(result > 0)
        }
        let used = machine.heap.used
        let fault = machine.heap.brokenInvariant()
        #expect(used < 6 << 20 && fault == nil, "\(used) bytes")
    }

    @Test func chunksThatScriptsCompileGoWithThem() throws {
        var machine = Machine()
        do throws(Raised) { try machine.openLibraries() } catch { Issue.record("no libraries") }
        machine.keep()
        _ = try run("return 1", &machine)
        let before = machine.memoryReserved
        let count = try run(
            """
            local t = {}
            for i = 1, 5000 do t[i] = loadstring("local a = ... return function() return a + " .. i .. " end") end
            return #t
            """, &machine)
        let after = machine.memoryReserved
        #expect(count == 5000 && after < before + 64 << 10, "\(before) bytes, then \(after)")
    }

    @Test func coroutinesGoOnInCodeThatWasKept() throws {
        var machine = Machine()
        do throws(Raised) { try machine.openLibraries() } catch { Issue.record("no libraries") }
        machine.keep()
        let first = try run(
            """
            local function waits(name)
                return assert(loadstring([[
                    local name = ...
                    local function inner(n) while true do n = n + #coroutine.yield(n .. name) end end
                    inner(100)
                ]]))
            end
            g = {}
            for i = 1, 3 do
                g[i] = coroutine.create(waits())
                coroutine.resume(g[i], "name" .. i)
            end
            return 1
            """, &machine)
        #expect(first == 1)
        for round in 1...4 {
            let sum = try run(
                """
                local junk = {} for i = 1, 300 do junk[i] = loadstring("return 'junk" .. i .. "'") end
                local sum = 0
                for i = 1, 3 do
                    local ok, said = coroutine.resume(g[i], "abc")
                    assert(ok, said)
                    sum = sum + tonumber((said:gsub("name" .. i .. "$", "")))
                end
                g[1] = g[1]
                return sum
                """, &machine)
            let fault = machine.heap.brokenInvariant()
            #expect(sum == Double(3 * (100 + 3 * round)) && fault == nil, "round \(round)")
        }
    }

    /// Loads, runs and forgets a script that returns a number.
    private func run(_ source: String, _ machine: inout Machine) throws(Raised) -> Double {
        let bytes = Array(source.utf8)
        let script = try unsafe machine.load(bytes.span.bytes, chunkName: bytes.span.bytes)
        machine.begin(script)
        var result = -1.0
        loop: while true {
            switch machine.run() {
            case .finished(let count):
                if count > 0 { result = machine[result: 0].number }
                break loop
            case .failed:
                Issue.record("\(machine.raised.isString ? machine.text(of: machine.raised).string : "error")")
                break loop
            case .hostCall: machine.finishHostCall(results: 0)
            case .paused: continue
            }
        }
        machine.forget(script)
        machine.end()
        return result
    }

    /// What freed objects leave is too small for what comes next; there is room for it all the same.
    @Test func whatComesBehindAFailureFits() {
        let run = MachineRun(
            """
            local function fill(make) local t = {} for i = 1, 1e9 do t[i] = make() end end
            local body = function() coroutine.yield() end
            for round = 1, 3 do
                print(pcall(fill, function() return coroutine.create(body) end))
                print(pcall(function() local t = {} for i = 1, 100 do t[i] = {i} end return #t end))
                print(pcall(fill, function() return {} end))
                print(pcall(function() for i = 1, 100 do coroutine.wrap(body)() end return i end))
                print(#string.rep("x", 1000000))
            end
            """, limits: MemoryTests.narrow, maximumPauses: .max)
        let round = "false\tnot enough memory\ntrue\t100\nfalse\tnot enough memory\ntrue\tnil\n1000000\n"
        #expect(run.output == round + round + round)
    }

    /// What every script leaves in place of what the last one left goes at some time, whatever it is made of.
    @Test func whatWasReplacedGoes() throws {
        var machine = Machine()
        try machine.openLibraries()
        machine.keep()
        let source = """
            local list = {} for i = 1, 100 do local x = {i} list[i] = function() return x, list end end
            keeper = function() return list end
            """
        var most = 0
        for _ in 0..<150 {
            let script = try unsafe machine.load(Array(source.utf8).span.bytes, chunkName: Array("=x".utf8).span.bytes)
            machine.begin(script)
            if case .failed = machine.run() { Issue.record("failed") }
            machine.forget(script)
            machine.end()
            most = max(most, machine.heap.tables.count)
        }
        #expect(most < 8000)
    }
}
