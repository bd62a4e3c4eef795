// Libraries of functions that survive the server, in every form that data have on disk; functions that take long, and
// code that does.

import TestSupport
import Testing

@testable import Engine

@Suite struct FunctionTests {
    private static let counter = ##"""
        "#!lua name=counter\nredis.register_function{function_name='count', description='It counts.', \##
        callback=function(keys) return redis.call('INCR', keys[1]) end, flags={'allow-oom'}}"
        """##

    private static func settings(_ change: (inout Settings) -> Void) -> Settings {
        var settings = Settings()
        settings.savePoints = []
        change(&settings)
        return settings
    }

    private static func check(_ machine: inout Machine, _ expected: Int, _ form: String) {
        #expect(machine.ask("FCALL COUNT 1 n") == ":\(expected)\r\n", "\(form)")
        #expect(machine.ask("FUNCTION LIST WITHCODE").contains("It counts."), "\(form)")
        #expect(machine.information("number_of_functions") == "1", "\(form)")
    }

    @Test func aSnapshotHasThem() {
        var machine = Machine(FunctionTests.settings { _ in })
        _ = machine.ask("FUNCTION LOAD \(FunctionTests.counter)")
        FunctionTests.check(&machine, 1, "as loaded")
        #expect(machine.ask("DEBUG RELOAD") == "+OK\r\n")
        FunctionTests.check(&machine, 2, "reloaded")
        let error = "-ERR Error trying to load the RDB dump, check server logs.\r\n"
        #expect(machine.ask("DEBUG RELOAD NOSAVE NOFLUSH") == error)
        #expect(machine.ask("SAVE") == "+OK\r\n")
        machine.restart()
        FunctionTests.check(&machine, 3, "started anew")
        #expect(machine.ask("FLUSHALL") == "+OK\r\n")
        FunctionTests.check(&machine, 1, "without data")
    }

    @Test(arguments: [true, false]) func aLogHasThem(rewritesAsSnapshot: Bool) {
        var machine = Machine(
            FunctionTests.settings {
                $0.appendOnly = true
                $0.appendSync = .always
                $0.rewritesAsSnapshot = rewritesAsSnapshot
            })
        _ = machine.ask("FUNCTION LOAD \(FunctionTests.counter)")
        FunctionTests.check(&machine, 1, "as loaded")
        machine.restart()
        FunctionTests.check(&machine, 2, "from the log")
        #expect(machine.ask("BGREWRITEAOF").hasPrefix("+Background"))
        machine.settle()
        FunctionTests.check(&machine, 3, "rewritten")
        machine.restart()
        FunctionTests.check(&machine, 4, "from the rewritten log")
        #expect(machine.ask("DEBUG LOADAOF") == "+OK\r\n")
        FunctionTests.check(&machine, 5, "loaded again")
        #expect(machine.ask("FUNCTION DELETE counter") == "+OK\r\n")
        machine.restart()
        #expect(machine.ask("FUNCTION LIST") == "*0\r\n")
        #expect(machine.ask("GET n") == "$1\r\n5\r\n")
    }

    @Test func whatTheyDoIsOneUnitOfTheLog() {
        var machine = Machine(
            FunctionTests.settings {
                $0.appendOnly = true
                $0.appendSync = .always
            })
        _ = machine.ask(
            ##"FUNCTION LOAD "#!lua name=two\nredis.register_function('two', function() redis.call('SET', 'a', 1) "##
                + ##"redis.call('SET', 'b', 2) end)""##)
        _ = machine.ask("FCALL two 0")
        machine.turns()
        let log = machine.disk["/data/appendonlydir/appendonly.aof.1.incr.aof"] ?? []
        let text = String(decoding: log, as: UTF8.self)
        #expect(text.contains("MULTI") && text.contains("EXEC") && !text.contains("FCALL"))
    }

    @Test func codeThatTakesLongIsNoLibrary() {
        var simulation = Simulation()
        let client = simulation.connect()
        let code = ##"FUNCTION LOAD "#!lua name=a\nlocal i = 0 while true do i = i + 1 end""##
        let heard = simulation.ask(code + "\r\n", client)
        #expect(heard == "-ERR Error registering functions: ERR FUNCTION LOAD timeout\r\n")
        #expect(simulation.ask("FUNCTION LIST\r\n", client) == "*0\r\n")
    }

    @Test func aFunctionThatTakesLongIsKilledAndShown() {
        var simulation = Simulation()
        simulation.loop.server.context.settings.busyReplyMilliseconds = 1
        let caller = simulation.connect(), other = simulation.connect()
        let code = ##"FUNCTION LOAD "#!lua name=a\nredis.register_function('f', function() while true do end end)""##
        #expect(simulation.ask(code + "\r\n", caller) == "$1\r\na\r\n")
        simulation.network.say("FCALL f 1 key\r\n".utf8, on: caller)
        simulation.network.say("FUNCTION STATS\r\nSCRIPT KILL\r\nFUNCTION KILL\r\n".utf8, on: other)
        simulation.turns()
        let heard = simulation.hear(other)
        let command = "*4\r\n$5\r\nFCALL\r\n$1\r\nf\r\n$1\r\n1\r\n$3\r\nkey\r\n"
        let running = "*4\r\n$14\r\nrunning_script\r\n*6\r\n$4\r\nname\r\n$1\r\nf\r\n$7\r\ncommand\r\n"
        #expect(heard.hasPrefix(running + command))
        let busy = "-BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.\r\n"
        #expect(heard.hasSuffix(busy + "+OK\r\n"), "\(heard)")
        #expect(simulation.hear(caller).hasPrefix("-ERR Script killed by user with SCRIPT KILL... script: f, on @user"))
    }

    @Test func whatIsDeletedGivesItsMemoryBack() {
        var simulation = Simulation()
        let client = simulation.connect()
        func use() -> Int { simulation.loop.server.context.scripts.functions.memoryUsed }
        var after: [Int] = []
        for _ in 0..<400 {
            let padding = String(repeating: "x", count: 20_000)
            let code = "#!lua name=a\\nlocal p = '\(padding)'\\nredis.register_function('f', function() return #p end)"
            _ = simulation.ask("FUNCTION LOAD REPLACE \"\(code)\"\r\n", client)
            after.append(use())
        }
        #expect(simulation.ask("FCALL f 0\r\n", client) == ":20000\r\n")
        #expect((after.max() ?? 0) < 6 << 20, "\(after.max() ?? 0)")
    }
}
