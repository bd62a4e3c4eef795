// How the process ends when something goes badly wrong, and what it writes down of that: each test crashes a server.

import Foundation
import TestSupport
import Testing

@Suite struct CrashTests: OwnServer {
    let port = unusedPort()

    /// Everything that a report is read for.
    private func expectReport(_ text: String, of cause: String) {
        #expect(text.contains("=== REDIS BUG REPORT START: Cut & paste starting from here ===\n"))
        #expect(text.contains(cause))
        for section in [
            "STACK TRACE", "INFO OUTPUT", "CLIENT LIST OUTPUT", "MODULES INFO OUTPUT", "CONFIG DEBUG OUTPUT",
        ] {
            #expect(text.contains("\n------ \(section) ------\n"), "\(section)")
        }
        #expect(text.contains("redis_version:7.2.4\r\n"))
        #expect(text.contains("=== REDIS BUG REPORT END. Make sure to include from START to END. ==="))
        #expect(text.components(separatedBy: "BUG REPORT START").count == 2)
        #expect(!text.contains("while this was being written"))
    }

    /// A signal that comes while a lock is held, as for a type that is used for the first time or an allocation, leaves
    /// the report without what needs the lock. So it comes when the server has answered, and sleeps.
    private func send(_ signal: Int32, whenAsleep run: ProgramRun) {
        #expect(call("PING") == .simple("PONG"))
        #expect(run.wait { $0.isAsleep })
        run.send(signal)
    }

    @Test func aViolationOfMemoryIsReportedWithItsCommand() throws {
        let run = try start()
        call("DEBUG", "SEGFAULT")
        #expect(run.exitCode() == -SIGSEGV)
        expectReport(run.output, of: "Redis 7.2.4 crashed by signal: 11, si_code: 1\n")
        #expect(run.output.contains(/Accessing address: 0x[0-9a-f]+\n/))
        #expect(run.output.contains(/apus-server\(\S*debugCommand\S*\+0x[0-9a-f]+\)\[0x[0-9a-f]+\]\n/))
        #expect(run.output.contains("------ CURRENT CLIENT INFO ------\nid="))
        #expect(run.output.contains("\nargc: '2'\nargv[0]: '\"DEBUG\"'\nargv[1]: '\"SEGFAULT\"'\n"))
    }

    @Test(arguments: [SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP])
    func aSignalIsReportedAndEndsTheProcess(_ signal: Int32) throws {
        let run = try start("--hz", "1")
        send(signal, whenAsleep: run)
        #expect(run.exitCode() == -signal)
        expectReport(run.output, of: "crashed by signal: \(signal), si_code: 0\n")
        #expect(run.output.contains(/Killed by PID: \d+, UID: \d+\n/))
        #expect(!run.output.contains("CURRENT CLIENT INFO"))
    }

    @Test func theReportGoesToTheLogFile() throws {
        let own = ["--port", String(port), "--bind", "127.0.0.1", "--hz", "1", "--logfile", "a.log"]
        let run = try ProgramRun(try #require(ServerProcess.apus), own)
        #expect(run.wait { $0.text(of: "a.log").contains("Ready to accept connections tcp") })
        send(SIGSEGV, whenAsleep: run)
        #expect(run.exitCode() == -SIGSEGV)
        expectReport(run.text(of: "a.log"), of: "crashed by signal: 11")
        #expect(run.output.isEmpty)
    }

    @Test func panicsAndAssertionsAbort() throws {
        for (way, text) in [
            ("PANIC", "Guru Meditation: DEBUG PANIC called at Unix time"), ("ASSERT", "=== ASSERTION FAILED ==="),
            ("OOM", "Redis aborting for OUT OF MEMORY."),
        ] {
            let run = try start()
            call("DEBUG", way)
            #expect(run.exitCode() == -SIGABRT)
            expectReport(run.output, of: text)
        }
        let run = try start("--use-exit-on-panic", "yes")
        call("DEBUG", "PANIC")
        #expect(run.exitCode() == 1)
    }

    @Test func withoutTheCrashLogTheSystemHasItsWay() throws {
        let run = try start("--crash-log-enabled", "no")
        run.send(SIGSEGV)
        #expect(run.exitCode() == -SIGSEGV)
        #expect(!run.output.contains("BUG REPORT"))
        let other = try start()
        #expect(call("CONFIG", "SET", "crash-log-enabled", "no") == .simple("OK"))
        other.send(SIGABRT)
        #expect(other.exitCode() == -SIGABRT)
        #expect(!other.output.contains("BUG REPORT"))
    }

    @Test func passwordsAreNotReported() throws {
        let run = try start()
        var connection = Connection(port: port)
        // Both arrive together: the second request crashes, and the first one is not shown.
        connection?.send(Array("CONFIG SET requirepass geheim\r\nDEBUG SEGFAULT\r\n".utf8))
        #expect(run.exitCode() == -SIGSEGV)
        #expect(run.output.contains("argv[1]: '\"SEGFAULT\"'"))
        #expect(!run.output.contains("geheim"))
    }

    @Test func aStandstillIsReportedAndLivedThrough() throws {
        let run = try start()
        #expect(call("CONFIG", "SET", "watchdog-period", "1") == .simple("OK"))
        // Twice the period of the periodic work is the least.
        #expect(call("CONFIG", "GET", "watchdog-period")?.elements.last?.text == "200")
        #expect(call("DEBUG", "SLEEP", "0.6") == .simple("OK"))
        #expect(run.output.contains("\n--- WATCHDOG TIMER EXPIRED ---\n"))
        #expect(run.output.contains("debugCommand"))
        #expect(run.output.components(separatedBy: "WATCHDOG").count == 2)
        #expect(call("CONFIG", "SET", "watchdog-period", "0") == .simple("OK"))
        #expect(call("DEBUG", "SLEEP", "0.4") == .simple("OK"))
        #expect(run.output.components(separatedBy: "WATCHDOG").count == 2)
        run.send(SIGTERM)
        #expect(run.exitCode() == 0)
    }
}
