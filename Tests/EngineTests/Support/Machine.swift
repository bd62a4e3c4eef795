// A machine on which one server runs, stops, and runs again: the disk and the clock outlive it. Threads are turned by
// hand, so that one seed is one history.

import Platform
import TestSupport

@testable import Engine

/// A server and what it stands on.
struct Machine: ~Copyable {
    let host: FakeHost
    let clock = ManualClock()
    /// What each server is started with.
    var settings: Settings
    var loop: EventLoop
    private(set) var network: FakeNetwork
    /// The client that speaks unless another one is meant.
    private(set) var client: Int32 = 0

    var disk: SimulatedDisk { host.simulatedDisk }

    init(_ settings: Settings = Settings(), host: FakeHost = FakeHost(), workerMode: WorkerMode = .byHand) {
        var settings = settings
        settings.directory = "/data"
        settings.debugCommand = .yes
        self.settings = settings
        self.host = host
        host.workerMode = workerMode
        network = FakeNetwork()
        loop = Machine.begin(settings, clock, host, network)
        client = connect()
    }

    /// The power goes now, or the process is killed, and another server begins with what is left.
    mutating func restart(_ survival: SimulatedDisk.Survival = .durable) {
        disk.restart(survival)
        network = FakeNetwork()
        loop = Machine.begin(settings, clock, host, network)
        client = connect()
    }

    private static func begin(
        _ settings: Settings, _ clock: ManualClock, _ host: FakeHost, _ network: FakeNetwork
    ) -> EventLoop {
        var server = Server(
            settings: settings, log: .silent, host: host, invocation: Invocation(), clock: clock, seed: 1)
        server.context.removeTemporaryFiles()
        var loop = EventLoop(server: server, network: network)
        loop.open()
        repeat { loop.turn() } while loop.server.context.loading.isInForce
        return loop
    }

    mutating func connect() -> Int32 {
        let client = network.connect()
        loop.turn()
        return client
    }

    // MARK: Time

    /// Turns, between which the threads do one job each.
    mutating func turns(_ count: Int = 4) {
        for _ in 0..<count {
            loop.turn()
            _ = work()
        }
    }

    /// Turns until no thread has anything left to do, and nothing is being saved: not every turn has time for that.
    mutating func settle() {
        repeat { loop.turn() } while work() || loop.server.context.saving.run != nil
        turns()
    }

    /// Each thread does one job; false if there is none.
    mutating func work() -> Bool {
        let log = loop.server.context.appendOnly.syncing.step()
        let removing = loop.server.context.appendOnly.removing.step()
        let saving = loop.server.context.saving.step()
        return log || removing || saving
    }

    /// The oldest name that is being looked up is found, or not; false if there is none.
    @discardableResult mutating func findName() -> Bool {
        guard loop.server.context.names.step() else { return false }
        loop.server.context.takeNames()
        return true
    }

    mutating func pass(milliseconds: Int64) {
        clock.milliseconds += milliseconds
        turns()
    }

    // MARK: Talk

    mutating func say(_ text: String, as speaker: Int32? = nil) { network.say(text.utf8, on: speaker ?? client) }

    func hear(as listener: Int32? = nil) -> String {
        String(decoding: network.hear(on: listener ?? client), as: UTF8.self)
    }

    /// Says a line and returns the reply; threads do some of their work meanwhile.
    mutating func ask(_ text: String, as speaker: Int32? = nil) -> String {
        say(text + "\r\n", as: speaker)
        turns()
        return hear(as: speaker)
    }

    /// A field of INFO.
    mutating func information(_ field: String) -> String? {
        let lines = ask("INFO everything").split(separator: "\r\n")
        return lines.first { $0.hasPrefix("\(field):") }.map { String($0.dropFirst(field.count + 1)) }
    }
}
