// The program as a process: how it starts, what it says, how it ends. Each test runs the built server.

import Foundation
import TestSupport
import Testing

@Suite struct ProcessTests {
    private let port = unusedPort()

    private func start(
        _ arguments: [String], input: String = "", files: [String: String] = [:], environment: [String: String] = [:]
    ) throws -> ProgramRun {
        try ProgramRun(
            try #require(ServerProcess.apus), arguments, input: input, files: files, environment: environment)
    }

    /// Runs to the end, which must come by itself.
    private func run(_ arguments: String..., input: String = "", files: [String: String] = [:]) throws -> (
        Int32?, ProgramRun
    ) {
        let run = try start(arguments, input: input, files: files)
        return (run.exitCode(), run)
    }

    private func isReady(_ run: ProgramRun) -> Bool { run.output.contains("Ready to accept connections tcp") }

    private func call(_ words: String..., on port: UInt16? = nil) -> Reply? {
        guard var connection = Connection(port: port ?? self.port) else { return nil }
        return connection.call(words)
    }

    // MARK: Questions and mistakes

    @Test func itSaysWhoItIs() throws {
        let (code, run) = try run("--version")
        #expect(code == 0)
        #expect(run.output.contains(/^Apus server v=7\.2\.4 sha=\w+:\d malloc=\S+ bits=64 build=\S+\n$/))
        let (helpCode, help) = try self.run("--help")
        #expect(helpCode == 1)
        #expect(help.errors.hasPrefix("Usage:"))
    }

    @Test func aMistakeInTheFileIsReportedAsRedisDoes() throws {
        let (code, run) = try run("a.conf", files: ["a.conf": "port 1\nprot 2\n"])
        #expect(code == 1)
        let expected = """

            *** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***
            Reading the configuration file, at line 2
            >>> 'prot 2'
            Bad directive or wrong number of arguments
            Did you mean 'port'?

            """
        #expect(run.errors.hasPrefix(expected))
        #expect(run.errors.contains("a.conf"))
    }

    @Test func aMistakeOnTheCommandLineToo() throws {
        let cases: [([String], String)] = [
            (["--invalid"], "Bad directive or wrong number of arguments"),
            (["--port"], "'port'\nwrong number of arguments"),
            (["--port", "6379", "6380"], "'port \"6379\" \"6380\"'\nwrong number of arguments"),
            (
                ["--port", "--bla", "--loglevel", "verbose"],
                "'port \"--bla\"'\nargument couldn't be parsed into an integer"
            ),
            (
                ["--shutdown-on-sigint", "now force", "--shutdown-on-sigterm"],
                "'shutdown-on-sigterm'\nargument(s) must be one of"
            ),
            (["--replicaof", "--127.0.0.1", "--abc"], "'replicaof \"--127.0.0.1\"'\nwrong number of arguments"),
        ]
        for (arguments, text) in cases {
            let run = try start(arguments)
            #expect(run.exitCode() == 1)
            #expect(run.errors.contains(text), "\(arguments): \(run.errors)")
        }
    }

    @Test func whatCannotBeDoneIsSaid() throws {
        let (missing, first) = try run("missing.conf")
        #expect(missing == 1)
        #expect(first.output.contains("Fatal error, can't open config file '"))
        #expect(first.output.contains("No such file or directory"))
        for word in ["--sentinel", "--test-memory"] {
            let (code, run) = try run("a.conf", word, files: ["a.conf": ""])
            #expect(code == 1 || word != "--sentinel")
            #expect(word != "--sentinel" || run.errors.contains("Sentinel is not built into Apus"))
        }
        let (nowhere, second) = try run("--port", "0")
        #expect(nowhere == 1)
        #expect(second.output.contains("Configured to not listen anywhere, exiting."))
    }

    @Test func everyErrorIsListedByATest() throws {
        let (code, run) = try run("--test-config", "a.conf", files: ["a.conf": "port x\nreplicaof a x\nsave 1\n"])
        #expect(code == 1)
        #expect(run.errors.contains("3 errors"))
        let (fine, other) = try self.run("--test-config", "--port", "1")
        #expect(fine == 0)
        #expect(other.output.contains("in order"))
    }

    @Test func aPortIsListenedToOnce() throws {
        let first = try start(["--port", String(port), "--bind", "127.0.0.1"])
        #expect(first.wait(until: isReady))
        let (code, second) = try run("--port", String(port), "--bind", "127.0.0.1")
        #expect(code == 1)
        #expect(
            second.output.contains(
                "# Warning: Could not create server TCP listening socket 127.0.0.1:\(port): bind: Address already in "
                    + "use"
            ))
        #expect(second.output.contains("# Failed listening on port \(port) (tcp), aborting."))
    }

    // MARK: A life

    @Test func itStartsAndEndsWithTheLinesThatToolsRead() throws {
        let run = try start(["--port", String(port), "--always-show-logo", "yes"])
        #expect(run.wait(until: isReady))
        let lines = run.output
        let number = run.processIdentifier
        #expect(lines.contains(/\n\d+:C \d\d \w\w\w \d{4} \d\d:\d\d:\d\d\.\d{3} \* Redis version=7\.2\.4, bits=64/))
        #expect(lines.contains(" PID: \(number)\n"))
        #expect(lines.contains("\(number):M "))
        let initialized = try #require(lines.range(of: "* Server initialized"))
        #expect(
            lines.range(of: "* Ready to accept connections tcp")?.lowerBound ?? initialized.lowerBound
                > initialized.lowerBound)
        run.send(SIGTERM)
        #expect(run.exitCode() == 0)
        for line in [
            "Received SIGTERM scheduling shutdown...", "User requested shutdown...",
            "Redis is now ready to exit, bye bye...",
        ] {
            #expect(run.output.contains(line))
        }
    }

    @Test func shutdownEndsItWithoutAnAnswer() throws {
        let run = try start([
            "--port", String(port), "--pidfile", "p.pid", "--unixsocket", "s.sock", "--unixsocketperm", "700",
        ])
        #expect(run.wait(until: isReady))
        #expect(run.text(of: "p.pid") == "\(run.processIdentifier)\n")
        #expect(call("SHUTDOWN", "ABORT") == .error("ERR No shutdown in progress."))
        #expect(call("SHUTDOWN", "SAVE", "NOSAVE") == .error("ERR syntax error"))
        _ = call("SHUTDOWN", "NOSAVE")
        #expect(run.exitCode() == 0)
        #expect(!FileManager.default.fileExists(atPath: run.folder.appendingPathComponent("dump.rdb").path))
        #expect(run.text(of: "p.pid").isEmpty)
        #expect(!FileManager.default.fileExists(atPath: run.folder.appendingPathComponent("s.sock").path))
    }

    @Test func aLogThatIsMovedBeginsAnew() throws {
        let files = [
            "a.conf":
                "maxmemory 4gb\nmaxmemory-policy allkeys-lru\nsave \"\"\nappendonly no\ntimeout 300\ntcp-keepalive "
                + "60\nlogfile a.log\n"
        ]
        let run = try start(["a.conf", "--port", String(port)], files: files)
        #expect(run.wait { $0.text(of: "a.log").contains("Ready to accept connections") })
        try FileManager.default.moveItem(
            at: run.folder.appendingPathComponent("a.log"), to: run.folder.appendingPathComponent("b.log"))
        run.send(SIGINT)
        #expect(run.exitCode() == 0)
        #expect(run.text(of: "a.log").contains("Received SIGINT"))
        #expect(!run.text(of: "b.log").contains("Received SIGINT"))
        #expect(run.output.isEmpty)
    }

    @Test func itReadsItsConfigurationFromTheInputAndSeveralFiles() throws {
        let files = ["a.conf": "timeout 1\nhz 50\n", "b.conf": "timeout 2\nrename-command FLUSHALL \"\"\n"]
        let arguments = [
            "-", "--port", String(port), "--include", "a.conf", "--include", "b.conf", "--repl-disable-tcp-nodelay",
            "yes",
        ]
        let run = try start(arguments, input: "maxmemory 1mb\n", files: files)
        #expect(run.wait(until: isReady))
        #expect(call("CONFIG", "GET", "timeout")?.elements.last?.text == "2")
        #expect(call("CONFIG", "GET", "hz")?.elements.last?.text == "50")
        #expect(call("CONFIG", "GET", "maxmemory")?.elements.last?.text == "1048576")
        #expect(
            run.output.contains("The setting 'repl-disable-tcp-nodelay' is kept, but has no effect in this version."))
        #expect(call("FLUSHALL")?.text?.contains("OK") != true)
    }

    @Test func portAndAddressesChangeWhileItRuns() throws {
        let run = try start(["--port", String(port), "--bind", "127.0.0.1"])
        #expect(run.wait(until: isReady))
        let other = unusedPort()
        #expect(call("CONFIG", "SET", "port", String(other)) == .simple("OK"))
        #expect(call("PING", on: other) == .simple("PONG"))
        #expect(call("PING") == nil)
        #expect(call("CONFIG", "SET", "bind", "127.0.0.1 -::1", on: other) == .simple("OK"))
        let reply = call("CONFIG", "SET", "timeout", "5", "bind", "203.0.113.1", on: other)
        #expect(
            reply
                == .error(
                    "ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind to specified "
                        + "addresses."
                ))
        #expect(call("CONFIG", "GET", "bind", on: other)?.elements.last?.text == "127.0.0.1 -::1")
        #expect(call("CONFIG", "GET", "timeout", on: other)?.elements.last?.text == "0")
        #expect(call("PING", on: other) == .simple("PONG"))
    }

    @Test func whatWasRewrittenStartsAgain() throws {
        let run = try start(["a.conf"], files: ["a.conf": "# kept\nport \(port)\n"])
        #expect(run.wait(until: isReady))
        #expect(call("CONFIG", "SET", "maxmemory", "3mb", "requirepass", "\u{e9}\" x") == .simple("OK"))
        var connection = Connection(port: port)
        let replies = [connection?.call(["AUTH", "\u{e9}\" x"]), connection?.call(["CONFIG", "REWRITE"])]
        #expect(replies == [.simple("OK"), .simple("OK")])
        let text = run.text(of: "a.conf")
        #expect(text.hasPrefix("# kept\nport \(port)\n# Generated by CONFIG REWRITE\n"))
        let (code, test) = try self.run("--test-config", "a.conf", files: ["a.conf": text])
        #expect(code == 0, "\(test.errors)")
    }

    @Test func theSupervisorIsTold() throws {
        let path = "/tmp/apus-notify-\(UInt32.random(in: 0 ... .max))"
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let bound = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, 110) }
        }
        defer {
            close(descriptor)
            unsafe unlink(path)
        }
        #expect(bound == 0)
        let run = try start(
            ["--port", String(port), "--supervised", "systemd", "--daemonize", "yes"],
            environment: ["NOTIFY_SOCKET": path])
        #expect(run.wait(until: isReady))
        var message = [UInt8](repeating: 0, count: 200)
        let count = unsafe recv(descriptor, &message, message.count, Int32(MSG_DONTWAIT))
        #expect(String(decoding: message.prefix(max(0, count)), as: UTF8.self).contains("READY=1"))
    }

    @Test func itGoesIntoTheBackground() throws {
        let run = try start(["--port", String(port), "--daemonize", "yes", "--pidfile", "p.pid", "--logfile", "a.log"])
        #expect(run.wait { $0.text(of: "a.log").contains("Ready to accept connections") })
        let child = try #require(Int32(run.text(of: "p.pid").trimmingCharacters(in: .whitespacesAndNewlines)))
        defer { kill(child, SIGKILL) }
        #expect(child != run.processIdentifier)
        #expect(call("PING") == .simple("PONG"))
        kill(child, SIGTERM)
        #expect(run.wait { $0.text(of: "a.log").contains("bye bye") })
        #expect(run.text(of: "p.pid").isEmpty)
    }
}
