// Library functions that share a turn: whatever the budget is, they do the same; and whoever looks after each turn can
// end them soon.

import Testing

@testable import Lua

@Suite struct TurnTests {
    private static let scripts = [
        // What is called from everywhere.
        """
        local t = {} for i = 1, 300 do t[i] = {i, 'k' .. i, {a = i}} end
        local json, pack = cjson.encode(t), cmsgpack.pack(t)
        print(#json, #pack, json:sub(1, 60))
        local u, v = cjson.decode(json), cmsgpack.unpack(pack)
        print(#u, #v, u[300][3].a, v[300][2])
        print(#cjson.encode({u, v}), cjson.encode({u, v}) == '[' .. json .. ',' .. json .. ']')
        print(table.concat({1, 2.5, 'x', ('y'):rep(50)}, ', '))
        """,
        // Errors after some turns, caught or not.
        """
        local t = {} for i = 1, 300 do t[i] = i end t[299] = print
        print(pcall(cjson.encode, t))
        print(pcall(cjson.decode, '[' .. ('1,'):rep(300) .. 'x]'))
        print(pcall(cmsgpack.unpack, ('\\145'):rep(300)))
        t[299] = {} print(pcall(table.concat, t, ','))
        print(xpcall(function() cjson.decode('[' .. ('1,'):rep(300)) end, function(e) return e .. '!' end))
        cjson.decode('[' .. ('1,'):rep(300))
        """,
        // Calls that are no instruction `call`.
        """
        local s = '[' .. ('1,'):rep(300) .. '1]'
        local function last(s) return cjson.decode(s) end
        print(#last(s), select('#', cjson.decode(s), cjson.decode(s)))
        print(setmetatable({}, {__index = function(t, k) return #cjson.decode(k) end})[s])
        print(#setmetatable({}, {__call = cjson.encode}), pcall(setmetatable({1}, {__call = cjson.encode})))
        local co = coroutine.wrap(function(s) while true do s = coroutine.yield(#cjson.decode(s)) end end)
        print(co(s), co('[1]'), co(s))
        print(xpcall(error, cjson.encode))
        print(xpcall(function() error({1, 2, {3}}) end, cjson.encode))
        local t = {('x'):rep(10)} for i = 2, 300 do t[i] = i end
        print(#table.concat(t, ','), #(table.concat(t) .. table.concat(t, ' ')))
        for k, v in cmsgpack.unpack_limit, cmsgpack.pack(1, 2, 3), 0 do print(k, v) break end
        """,
        // Replacing.
        """
        local s = ('abc '):rep(200)
        print(s:gsub('b', 'xyz'), s:gsub('%w', '<%0>', 7), s:gsub('', '-', 5))
        print(#s:gsub('%w+', {abc = 'd'}), #s:gsub('%w', function(c) return c .. c end), s:gsub('^a', 'z', 1))
        print(s:gsub('(b)(c)', '%2%1', 3), pcall(string.gsub, s, 'b', '%2'))
        """,
        // Sorting.
        """
        local t, u = {}, {} for i = 1, 500 do t[i] = i * 7919 % 503 u[i] = tostring(t[i]) end
        local v = {unpack(t)} v[501] = 0/0 v[502] = -0
        table.sort(t) table.sort(u) table.sort(v, function(a, b) return a < b end)
        print(table.concat(t, ','), table.concat(u, ','), #v)
        local m = {__lt = function(a, b) return a.n < b.n end}
        for i = 1, 300 do t[i] = setmetatable({n = i * 7919 % 307}, m) end
        for i = 301, 500 do t[i] = nil end
        table.sort(t) print(t[1].n, t[150].n, t[300].n)
        print(pcall(table.sort, {3, 1, 'x', 2, 5, 4}))
        """,
    ]

    @Test(arguments: scripts) func whatPausesDoesTheSame(_ script: String) {
        let whole = MachineRun(script)
        for budget in [1, 2, 7] {
            var limits = Limits()
            limits.budget = budget
            let pieces = MachineRun(script, limits: limits, maximumPauses: .max)
            #expect(pieces.output == whole.output)
            #expect(pieces.pauses > whole.pauses)
            if budget < 7 { continue }
            let collected = MachineRun(script, limits: limits, maximumPauses: .max) { $0.collectsAlways = true }
            #expect(collected.output == whole.output)
        }
    }

    @Test func whatWaitsIsEndedByAKill() {
        var limits = Limits()
        limits.budget = 10
        for call in [
            "cjson.encode(t)", "cmsgpack.pack(t)", "table.concat(t)", "cjson.decode('[' .. ('1,'):rep(9000) .. '1]')",
            "cmsgpack.unpack(('\\1'):rep(7000))", "('x'):rep(9000):gsub('x', 'y')", "('x'):rep(9000):gsub('x', {})",
            "table.sort(t, nil)",
        ] {
            let fill = "local t = {} for i = 1, 9000 do t[i] = i % 2 == 0 and '1' or 1 end"
            let source = "\(fill) print(pcall(function() \(call) end))"
            let pauses = MachineRun(source, limits: limits, maximumPauses: .max).pauses
            let run = MachineRun(source, limits: limits, maximumPauses: pauses - 5)
            #expect(run.output == "error: test:1: killed\n", "\(call)")
        }
    }

    /// What is long and looks short: it counts as much as a hundred rounds of a loop.
    @Test(arguments: [
        "local u = s .. s", "local b = s == other", "local b = s < other", "local x = t[s .. 'x']",
        "local u = s:upper()",
        "local u = s:rep(2)", "local u = s:find('y', 1, true)", "local u = ('%s'):format(s)", "local u = tonumber(s)",
        "loadstring(source)", "next(empty)", "pcall(error, s)", "cjson.encode(s)", "cmsgpack.pack(s)", "pcall(deep)",
        "unpack(wide, 1, 7000)", "table.insert(wide, 1, 1)", "table.remove(wide, 1)",
    ])
    func whatTakesLongCounts(_ statement: String) {
        func pauses(_ rounds: Int) -> Int {
            var limits = Limits()
            limits.budget = 100
            return MachineRun(
                """
                local s, other, source = ('x'):rep(200000), ('x'):rep(199999) .. 'y', ('x = 1 '):rep(200)
                local t, empty, wide = {}, {}, {}
                for i = 1, 20000 do empty[i] = i wide[i] = i end for i = 1, 20000 do empty[i] = nil end
                local deep = loadstring(('x = 1 '):rep(9000) .. ' a.b.c = 1')
                for i = 1, \(rounds) do \(statement) end
                """, limits: limits, maximumPauses: .max
            ).pauses
        }
        #expect(pauses(20) - pauses(0) >= 19)
    }
}
