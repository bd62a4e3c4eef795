// CONFIG REWRITE on a disk of which each step fails in turn, or behind each step of which the power goes.

import Platform
import TestSupport
import Testing

@testable import Engine

@Suite struct RewritingFaultTests {
    private static let old = "timeout 1\nport 1\n"

    /// A server that was started with a file and has a setting to write there.
    private func server(_ host: FakeHost) -> Server {
        var settings = Settings()
        settings.timeoutSeconds = 5
        var invocation = Invocation()
        invocation.configurationFile = "/etc/c"
        return Server(settings: settings, log: .silent, host: host, invocation: invocation)
    }

    private func timeout(in host: FakeHost) -> Int {
        var reader = ConfigurationReader(host: host)
        reader.read(file: "/etc/c")
        return reader.errors.isEmpty && reader.unreadable == nil ? reader.settings.timeoutSeconds : -1
    }

    @Test func whateverFailsLeavesTheOldFileOrTheNewOne() {
        var number = 1, isDone = false
        while !isDone {
            let host = FakeHost(["/etc/c": RewritingFaultTests.old]), disk = host.simulatedDisk
            disk.longestAppend = 1000
            var server = server(host)
            disk.fail(operation: number)
            isDone = (try? server.context.rewriteConfiguration()) != nil && disk.hasFaults
            let isNew = isDone || disk.operations.last?.kind == .syncDirectory
            #expect(timeout(in: host) == (isNew ? 5 : 1), "\(disk.operations.last?.description ?? "")")
            #expect(disk.paths == ["/etc/c"])
            #expect(disk.openCount == 0)
            // The next one succeeds.
            disk.repair()
            #expect((try? server.context.rewriteConfiguration()) != nil)
            #expect(timeout(in: host) == 5)
            number += 1
        }
        #expect(number > 8)
    }

    @Test func wheneverThePowerGoesOneOfTheFilesIsThere() {
        var number = 0, isDone = false
        while !isDone {
            for seed in 0..<10 {
                let host = FakeHost(["/etc/c": RewritingFaultTests.old]), disk = host.simulatedDisk
                var server = server(host)
                disk.cutPower(afterOperation: number)
                isDone = (try? server.context.rewriteConfiguration()) != nil
                disk.restart(seed == 0 ? .durable : .prefix(seed: UInt64(seed)))
                let left = timeout(in: host)
                #expect(left == 5 || left == 1 && !isDone, "power cut after \(number) steps, seed \(seed)")
            }
            number += 1
        }
    }
}
