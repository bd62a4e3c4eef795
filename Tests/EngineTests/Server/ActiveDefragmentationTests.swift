// `activedefrag` in a whole server: when it begins, what it costs and says, and that it rests.

import Testing

@testable import Engine

@Suite struct ActiveDefragmentationTests {
    private static func shrunk(_ simulation: inout Simulation, _ client: Int32) {
        for first in stride(from: 0, to: 40_000, by: 200) {
            let words = (first..<first + 200).map { "key:\($0) \(String(repeating: "v", count: 60))" }
            _ = simulation.askInFull("MSET " + words.joined(separator: " ") + "\r\n", client)
        }
        for first in stride(from: 0, to: 40_000, by: 200) {
            let words = (first..<first + 200).filter { $0 % 10 != 3 }.map { "key:\($0)" }
            _ = simulation.askInFull("DEL " + words.joined(separator: " ") + "\r\n", client)
        }
        simulation.turns(100)
    }

    private static func field(_ name: String, _ simulation: inout Simulation, _ client: Int32) -> Int {
        let text = simulation.askInFull("INFO everything\r\n", client)
        for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix(name + ":") {
            return Int(line.dropFirst(name.count + 1)) ?? -1
        }
        return -1
    }

    @Test func memoryComesBackInSlices() {
        var simulation = Simulation()
        let client = simulation.connect()
        ActiveDefragmentationTests.shrunk(&simulation, client)
        let before = simulation.loop.server.context.keyspace.heap.usage.active
        for setting in ["active-defrag-ignore-bytes 1mb", "activedefrag yes"] {
            #expect(simulation.ask("CONFIG SET \(setting)\r\n", client) == "+OK\r\n")
        }
        var efforts: Set<Int> = []
        for _ in 0..<3000 {
            simulation.clock.milliseconds += 1
            simulation.turns(1)
            efforts.insert(simulation.loop.server.context.defragmentation.effort)
        }
        #expect(efforts.contains(0) && efforts.count > 1)
        let names = [
            "active_defrag_running", "active_defrag_hits", "active_defrag_key_hits", "total_active_defrag_time",
            "current_active_defrag_time",
        ]
        let told = names.map { ActiveDefragmentationTests.field($0, &simulation, client) }
        #expect(told[0] == 0 && told[1] > 1000 && told[2] > 1000 && told[3] > 0 && told[4] == 0, "\(told)")
        let after = simulation.loop.server.context.keyspace.heap.usage.active
        #expect(after < before / 2, "\(before) \(after)")
        simulation.loop.server.context.keyspace.checkInvariants()
        #expect(simulation.ask("GET key:13\r\n", client).hasSuffix("vvv\r\n"))
    }

    @Test func nothingHappensUnlessItIsAskedFor() {
        var simulation = Simulation()
        let client = simulation.connect()
        ActiveDefragmentationTests.shrunk(&simulation, client)
        simulation.clock.milliseconds += 5000
        simulation.turns(20)
        let isRunning = simulation.loop.server.context.defragmentation.isRunning
        #expect(!isRunning)
        // Fewer bytes than it is to begin with.
        _ = simulation.ask("CONFIG SET activedefrag yes\r\n", client)
        simulation.clock.milliseconds += 5000
        simulation.turns(20)
        let isStillResting = !simulation.loop.server.context.defragmentation.isRunning
        #expect(isStillResting)
    }

    @Test func aRoundEndsWhenItIsSwitchedOff() {
        var simulation = Simulation()
        let client = simulation.connect()
        ActiveDefragmentationTests.shrunk(&simulation, client)
        _ = simulation.ask("CONFIG SET active-defrag-ignore-bytes 1mb activedefrag yes\r\n", client)
        simulation.clock.milliseconds += 1500
        simulation.turns(1)
        let hasBegun = simulation.loop.server.context.defragmentation.isRunning
        _ = simulation.ask("CONFIG SET activedefrag no\r\n", client)
        for _ in 0..<30 {
            simulation.clock.milliseconds += 100
            simulation.turns(1)
        }
        let isOver = !simulation.loop.server.context.defragmentation.isRunning
        let left = simulation.loop.server.context.keyspace.heap.pagesLeft.count
        #expect(hasBegun && isOver && left == 0)
        simulation.loop.server.context.keyspace.checkInvariants()
    }

    /// A round sees the sparse pages of its beginning: those that come meanwhile, fewer than a round begins at, are
    /// closed by the next one.
    @Test func gapsThatCameDuringARoundAreClosedToo() {
        var simulation = Simulation()
        let client = simulation.connect()
        let count = 80_000, value = String(repeating: "v", count: 200)
        func inPortions(_ numbers: [Int], _ say: (ArraySlice<Int>) -> String) {
            for first in stride(from: 0, to: numbers.count, by: 200) {
                let portion = numbers[first..<min(first + 200, numbers.count)]
                _ = simulation.askInFull(say(portion) + "\r\n", client)
            }
        }
        func remove(_ part: Int) {
            inPortions((0..<count).filter { $0 % 30 == part }) { portion in
                "DEL " + portion.map { "key:\($0)" }.joined(separator: " ")
            }
        }
        func gapsPercent() -> Int { simulation.loop.server.context.keyspace.heap.usage.gapsPercent }
        inPortions(Array(0..<count)) { "MSET " + $0.map { "key:\($0) \(value)" }.joined(separator: " ") }
        for part in 0..<4 { remove(part) }
        for setting in ["active-defrag-ignore-bytes 1mb", "active-defrag-cycle-min 25", "activedefrag yes"] {
            #expect(simulation.ask("CONFIG SET \(setting)\r\n", client) == "+OK\r\n")
        }
        // In each of the two walks of the first round some keys go: after the second, nobody looks any more.
        var walks = 0, wasWalking = false, gapsAtItsEnd = 0
        for _ in 0..<4000 {
            simulation.clock.milliseconds += 1
            simulation.turns(1)
            let isWalking = simulation.loop.server.context.keyspace.defragmentation.stage == .walking
            if isWalking, !wasWalking { walks += 1 }
            if isWalking, !wasWalking, walks <= 2 { remove(10 + walks) }
            if gapsAtItsEnd == 0, walks == 2, !simulation.loop.server.context.defragmentation.isRunning {
                gapsAtItsEnd = gapsPercent()
            }
            wasWalking = isWalking
        }
        #expect((5..<10).contains(gapsAtItsEnd), "no gaps that could be missed: \(gapsAtItsEnd) %")
        #expect(gapsPercent() < 5, "\(gapsPercent()) % are left")
        #expect(!simulation.loop.server.context.defragmentation.isRunning)
        simulation.loop.server.context.keyspace.checkInvariants()
    }

    @Test func effortFollowsTheGaps() {
        var settings = DefragmentationSettings()
        #expect([0, 10, 55, 100, 1000].map(settings.effort(forPercent:)) == [1, 1, 13, 25, 25])
        (settings.lowerThreshold, settings.upperThreshold) = (100, 10)
        (settings.leastEffort, settings.greatestEffort) = (80, 20)
        #expect((20...80).contains(settings.effort(forPercent: 50)))
    }
}
