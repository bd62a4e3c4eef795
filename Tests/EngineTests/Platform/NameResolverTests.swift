// Names looked up by threads: who asks goes on, is woken when a name is found, and one that takes long holds up no
// other.

import Platform
import Synchronization
import Testing

/// Names, one of which is found when the test says so.
private struct Names: NameService {
    let gate = Wakeup()

    func address(written text: String) -> SocketAddress? {
        text == "10.0.0.1" ? SocketAddress(version4: 0x0A00_0001, port: 0) : nil
    }

    func addresses(of name: String) throws(ConnectError) -> [SocketAddress] {
        if name == "nobody" { throw ConnectError(reason: "Name or service not known") }
        if name == "slow" { wait(for: gate) }
        return [SocketAddress(version4: 0x0A00_0002, port: 0)]
    }
}

/// Waits for a call, as the event loop does.
private func wait(for wakeup: Wakeup) {
    let network = SystemNetwork()
    network.add(listener: wakeup.descriptor, token: 1)
    #expect(network.wait(milliseconds: 30_000, most: 8) == 1)
    wakeup.clear()
}

@Suite struct NameResolverTests {
    private let names = Names(), wakeup = Wakeup()
    private let resolver: NameResolver

    init() { resolver = NameResolver(service: names, wakeup: wakeup) }

    private func number(of reply: NameReply) -> Int? {
        if case .asked(let number) = reply { return number }
        return nil
    }

    /// The next answer as text.
    private func answer() -> (number: Int, text: String) {
        while true {
            if let (number, answer) = resolver.takeAnswer() {
                switch answer {
                case .addresses(let addresses): return (number, addresses.map(\.host).joined(separator: " "))
                case .failure(let reason): return (number, reason)
                }
            }
            wait(for: wakeup)
        }
    }

    @Test func whatIsAnAddressNeedsNoThread() {
        guard case .known(.addresses(let addresses)) = resolver.ask("10.0.0.1") else {
            Issue.record("it is an address")
            return
        }
        #expect(addresses.map(\.host) == ["10.0.0.1"] && resolver.questionCount == 0)
    }

    @Test func oneThatTakesLongHoldsUpNoOther() {
        let slow = number(of: resolver.ask("slow")), fast = number(of: resolver.ask("fast"))
        #expect(slow != nil && fast != nil && number(of: resolver.ask("slow")) == slow)
        #expect(answer() == (fast ?? 0, "10.0.0.2"))
        let nobody = number(of: resolver.ask("nobody"))
        #expect(answer() == (nobody ?? 0, "Name or service not known"))
        #expect(resolver.takeAnswer() == nil && resolver.questionCount == 1)
        names.gate.call()
        #expect(answer() == (slow ?? 0, "10.0.0.2"))
        guard case .known = resolver.ask("slow") else {
            Issue.record("who deals with an answer knows it")
            return
        }
        #expect(resolver.takeAnswer() == nil && resolver.questionCount == 0)
        guard case .asked = resolver.ask("fast") else {
            Issue.record("what was found once may have changed")
            return
        }
        _ = answer()
    }

    @Test func whoMayNotGoOnWaitsNoLongerThanHeSays() {
        let slow = number(of: resolver.ask("slow")) ?? 0
        #expect(resolver.wait(for: slow, within: 5) == nil)
        names.gate.call()
        guard case .addresses? = resolver.wait(for: slow, within: 30_000) else {
            Issue.record("it has been found")
            return
        }
        #expect(answer().number == slow)
    }

    /// The owner goes; a thread that is still at work does no harm.
    @Test func nobodyWaitsForAThread() {
        do {
            let other = NameResolver(service: names, wakeup: wakeup)
            _ = other.ask("slow")
        }
        names.gate.call()
        wait(for: wakeup)
    }

    @Test func theSystemKnowsAddressesByThemselves() throws {
        let system = SystemNameService()
        #expect(system.address(written: "127.0.0.1")?.description == "127.0.0.1:0")
        #expect(system.address(written: "::1")?.at(port: 7).description == "[::1]:7")
        #expect(system.address(written: "localhost") == nil)
        #expect(try system.addresses(of: "localhost").contains { $0.isLoopback })
        #expect(throws: ConnectError.self) { try system.addresses(of: "no such name.invalid") }
    }
}
