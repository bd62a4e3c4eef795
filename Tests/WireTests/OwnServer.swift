// What the tests share that run a server of their own and look at it as a process.

import TestSupport
import Testing

/// Tests with a server of their own, on a port of their own.
protocol OwnServer {
    var port: UInt16 { get }
}

extension OwnServer {
    func start(_ arguments: String...) throws -> ProgramRun {
        let own = ["--port", String(port), "--bind", "127.0.0.1", "--enable-debug-command", "yes"]
        let run = try ProgramRun(try #require(ServerProcess.apus), own + arguments)
        #expect(run.wait { $0.output.contains("Ready to accept connections tcp") })
        return run
    }

    @discardableResult func call(_ words: String...) -> Reply? {
        guard var connection = Connection(port: port) else { return nil }
        return connection.call(words, milliseconds: 30_000)
    }
}
