// Strings that library functions build piece by piece: what they take is counted, limited, and given back.

import Testing

@testable import Lua

@Suite struct BuildingTests {
    private static let limit = 8 << 20

    /// Each builds more than the memory allows, from a string of 1 MiB in `s` and a table of twenty of them in `t`.
    private static let builders = [
        "table.concat(t)", "table.concat(t, s)", "s:rep(20)", "string.format(('%s'):rep(20), unpack(t))",
        "s:gsub('x', s:sub(1, 65536))", "s:gsub('x+', s:rep(4) .. '%0%0%0')",
        "('x'):rep(20):gsub('x', function() return s end)", "('x'):rep(20):gsub('.', {x = s})",
        "cjson.encode(t)", "cjson.encode({[s] = {s, s, s, s, s, s, s}})", "cmsgpack.pack(t)",
        "cmsgpack.pack(unpack(t))", "struct.pack(('s'):rep(20), unpack(t))", "s .. s .. s .. s .. s .. s .. s .. s",
        "string.format('%q', ('\\0'):rep(2500000))",
        "(function(n) return load(function() n = n + 1 return n < 20 and s or nil end) end)(0)",
    ]

    private static func program(_ builder: String) -> String {
        """
        local s, t = ("x"):rep(1024 * 1024), {}
        for i = 1, 20 do t[i] = s end
        local isDone, message = pcall(function() return \(builder) end)
        s, t = nil, nil
        print(isDone, message)
        print(#("y"):rep(5000000))
        """
    }

    @Test(arguments: builders) func whatIsTooLargeIsAnError(_ builder: String) {
        var limits = Limits()
        limits.memory = BuildingTests.limit
        let run = MachineRun(BuildingTests.program(builder), limits: limits, maximumPauses: .max)
        #expect(run.output == "false\tnot enough memory\n5000000\n", "\(builder)")
    }

    /// Looked at in each pause, what is half built is within the limit; at the end nothing of it is left.
    @Test(arguments: builders) func whatIsBuiltIsCounted(_ builder: String) throws {
        var limits = Limits()
        limits.memory = BuildingTests.limit
        limits.budget = 50
        var machine = Machine(limits: limits)
        try machine.openLibraries()
        try machine.rawSet(machine.globals, field: "print", Value(NativeFunction(host: 0)))
        machine.keep()
        let source = Array(BuildingTests.program(builder).utf8)
        let script = try unsafe machine.load(source.span.bytes, chunkName: Array("=x".utf8).span.bytes)
        let before = machine.memoryUsed
        machine.begin(script)
        var most = 0
        running: while true {
            switch machine.run() {
            case .finished, .failed: break running
            case .hostCall: machine.finishHostCall(results: 0)
            case .paused: most = max(most, machine.memoryUsed)
            }
        }
        machine.end()
        #expect(most <= BuildingTests.limit && machine.memoryUsed <= before + 4096, "\(builder) \(most)")
    }

    /// What a function that waits has built is seen.
    @Test func whatWaitsIsSeen() throws {
        var limits = Limits()
        limits.budget = 1
        var machine = Machine(limits: limits)
        try machine.openLibraries()
        machine.keep()
        let text = "local t = {} for i = 1, 16 do t[i] = ('x'):rep(1048576) end return #table.concat(t)"
        let source = Array(text.utf8)
        let script = try unsafe machine.load(source.span.bytes, chunkName: Array("=x".utf8).span.bytes)
        machine.begin(script)
        var most = 0, waiting = 0
        running: while true {
            switch machine.run() {
            case .finished, .failed, .hostCall: break running
            case .paused:
                most = max(most, machine.memoryUsed)
                waiting = max(waiting, machine.memoryUsed - machine.heap.used)
            }
        }
        #expect(waiting >= 15 << 20 && most >= 31 << 20)
        machine.end()
    }

    /// Large results, and small ones beside them, are what they should be, also where blocks begin to be taken over.
    @Test func largeResultsAreWhole() {
        let run = MachineRun(
            """
            for _, size in ipairs{1048575, 1048576, 1048577, 1048592, 1048593, 3000000} do
                local half = ("ab"):rep(size):sub(1, size - 1)
                local s = table.concat({half, "z"})
                print(#s, s:sub(1, 2), s:sub(-1), s == half .. "z", #cjson.encode(s))
                print(cjson.decode(cjson.encode(s .. "\\n")) == s .. "\\n", cmsgpack.unpack(cmsgpack.pack(s)) == s)
                print((s:gsub("z", "y")):sub(-1), #string.format("%s%s", s, s))
                local t = {[s] = 1} s = nil collectgarbage() print(t[half .. "z"], next(t) == half .. "z")
            end
            """, maximumPauses: .max
        ) { $0.collectsAlways = true }
        var expected = ""
        for size in [1_048_575, 1_048_576, 1_048_577, 1_048_592, 1_048_593, 3_000_000] {
            expected += "\(size)\tab\tz\ttrue\t\(size + 2)\ntrue\ttrue\ny\t\(2 * size)\n1\ttrue\n"
        }
        #expect(run.output == expected)
    }
}
