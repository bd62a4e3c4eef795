// A script that takes long, and others who want to be heard meanwhile: on the network of the test, in one process.

import Platform
import TestSupport
import Testing

@testable import Engine

@Suite struct BusyScriptTests {
    private static let busy =
        "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n"
    /// Takes a second and more, if nobody ends it.
    private static let long = "for i = 1, 4000000 do end"

    private static func evaluate(_ script: String) -> String {
        "*3\r\n$4\r\nEVAL\r\n$\(script.utf8.count)\r\n\(script)\r\n$1\r\n0\r\n"
    }

    @Test func anEndlessScriptIsKilledByAnotherClient() {
        var simulation = Simulation()
        simulation.loop.server.context.settings.busyReplyMilliseconds = 1
        let early = simulation.connect(), caller = simulation.connect(), other = simulation.connect()
        simulation.network.say("PING\r\n".utf8, on: early)
        simulation.network.say((BusyScriptTests.evaluate("while true do end") + "PING\r\n").utf8, on: caller)
        simulation.network.say("PING\r\nSCRIPT KILL\r\n".utf8, on: other)
        let late = simulation.network.connect()
        simulation.network.say("GET key\r\n".utf8, on: late)
        simulation.turns()
        #expect(simulation.hear(early) == "+PONG\r\n")
        #expect(simulation.hear(other) == BusyScriptTests.busy + "+OK\r\n")
        let heard = simulation.hear(caller)
        #expect(heard.hasPrefix("-ERR Script killed by user with SCRIPT KILL... script: "))
        #expect(heard.hasSuffix(", on @user_script:1.\r\n+PONG\r\n"), "\(heard)")
        // It was accepted while the script ran, or behind it.
        #expect([BusyScriptTests.busy, "$-1\r\n"].contains(simulation.hear(late)))
        #expect(simulation.ask("SCRIPT KILL\r\n", other) == "-NOTBUSY No scripts in execution right now.\r\n")
        #expect(simulation.ask("PING\r\n", other) == "+PONG\r\n")
    }

    @Test func whatHasWrittenIsNotKilledAndNothingElseIsDoneMeanwhile() {
        var simulation = Simulation()
        simulation.loop.server.context.settings.busyReplyMilliseconds = 1
        let caller = simulation.connect(), other = simulation.connect(), waiting = simulation.connect()
        _ = simulation.ask("BLPOP list 0\r\n", waiting)
        let script = "redis.call('rpush', 'list', 'a') \(BusyScriptTests.long) return redis.call('llen', 'list')"
        simulation.network.say(BusyScriptTests.evaluate(script).utf8, on: caller)
        simulation.network.say("SCRIPT KILL\r\nMULTI\r\nSET key 1\r\nEXEC\r\nWATCH key\r\n".utf8, on: other)
        simulation.turns()
        #expect(
            simulation.hear(other)
                == "-UNKILLABLE Sorry the script already executed write commands against the dataset. You can either "
                + "wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.\r\n"
                + "+OK\r\n" + BusyScriptTests.busy + "-EXECABORT Transaction discarded because of: "
                + BusyScriptTests.busy.dropFirst() + "+OK\r\n")
        #expect(simulation.hear(caller) == ":1\r\n")
        #expect(simulation.hear(waiting) == "*2\r\n$4\r\nlist\r\n$1\r\na\r\n")
        #expect(simulation.ask("EXISTS key list\r\n", other) == ":0\r\n")
    }

    @Test func halfARequestThatComesMeanwhileIsNotLost() {
        var simulation = Simulation()
        simulation.loop.server.context.settings.busyReplyMilliseconds = 1
        let caller = simulation.connect(), other = simulation.connect()
        simulation.network.say(BusyScriptTests.evaluate("\(BusyScriptTests.long) return 'done'").utf8, on: caller)
        simulation.network.say("PING\r\n*2\r\n$4\r\nECHO\r\n$5\r\nhe".utf8, on: other)
        simulation.turns()
        #expect(simulation.hear(caller) == "$4\r\ndone\r\n")
        #expect(simulation.hear(other) == BusyScriptTests.busy)
        #expect(simulation.ask("llo\r\nPING\r\n", other) == "$5\r\nhello\r\n+PONG\r\n")
    }

    @Test func whoLeavesMeanwhileIsGone() {
        var simulation = Simulation()
        simulation.loop.server.context.settings.busyReplyMilliseconds = 1
        let caller = simulation.connect(), quitter = simulation.connect(), lost = simulation.connect()
        simulation.network.say(BusyScriptTests.evaluate("\(BusyScriptTests.long) return 1").utf8, on: caller)
        simulation.network.say("QUIT\r\nPING\r\n".utf8, on: quitter)
        simulation.network.reset(lost)
        simulation.turns()
        #expect(simulation.hear(caller) == ":1\r\n")
        #expect(simulation.hear(quitter) == "+OK\r\n")
        #expect(simulation.network.isClosedByServer(quitter) && simulation.network.isClosedByServer(lost))
        #expect(simulation.clientCount == 1)
    }

    /// A log may have scripts as they were called, and nobody waits for one of them without a word.
    @Test func othersAreHeardWhileAScriptOfTheLogIsRepeated() throws {
        var settings = Settings()
        settings.appendOnly = true
        settings.busyReplyMilliseconds = 1
        var machine = Machine(settings)
        let script = "redis.call('set', KEYS[1], 'y') \(BusyScriptTests.long)"
        let request = "*4\r\n$4\r\nEVAL\r\n$\(script.utf8.count)\r\n\(script)\r\n$1\r\n1\r\n$1\r\nx\r\n"
        let path = machine.loop.server.context.appendOnly.manifest.parts.last?.path ?? ""
        let file = try machine.disk.open(machine.loop.server.context.appendOnlyDirectory.path(of: path), .append)
        var bytes = Buffer()
        bytes.append(text: request)
        _ = try machine.disk.append(file, bytes.contents.span)
        let other = machine.connect()
        machine.say("DEBUG LOADAOF\r\n")
        machine.say("PING\r\nSCRIPT KILL\r\n*2\r\n$4\r\nECHO\r\n$5\r\nhe", as: other)
        machine.turns()
        let loading = "-LOADING Redis is loading the dataset in memory\r\n"
        #expect(machine.hear(as: other) == loading + loading)
        #expect(machine.hear() == "+OK\r\n")
        #expect(machine.ask("llo", as: other) == "$5\r\nhello\r\n")
        #expect(machine.ask("GET x", as: other) == "$1\r\ny\r\n")
        // The same when the server starts: then a turn of the loop has served others already.
        machine.restart(.everything)
        #expect(machine.ask("GET x") == "$1\r\ny\r\n")
    }
}
