// What LATENCY draws and says of the samples that it has.

import Testing

@testable import Engine

@Suite struct LatencyTests {
    @Test func aGraphHasAColumnForEachSample() {
        var series = LatencySeries()
        for (time, milliseconds) in [(100, 10), (160, 20), (4000, 40), (90_000, 100)] {
            series.add(milliseconds, at: Int64(time))
        }
        let lines = series.graph(of: .command, at: 90_005).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0] == "command - high 100 ms, low 10 ms (all time high 100 ms)")
        #expect(lines[1] == String(repeating: "-", count: 80))
        #expect(lines[2...5].map(String.init) == ["   #", "   |", "  o|", "_o||"] || lines[2] == "   #")
        #expect(lines[6] == "    ")
        #expect(lines[7...].joined(separator: "|") == "1125|dd3s|  h |")
    }

    @Test func manySamplesTakeSeveralRows() {
        var series = LatencySeries()
        for time in 0..<200 { series.add(time % 7, at: Int64(time)) }
        #expect(series.samples.count == 160)
        let graph = series.graph(of: .fastCommand, at: 200)
        #expect(graph.contains("\n\n"))
    }

    @Test func theDoctorAdvises() {
        var server = Server(seed: 1)
        server.context.settings.latencyMonitorThresholdMilliseconds = 5
        server.context.observation.latency.add(.command, milliseconds: 30, at: server.context.now / 1000)
        server.context.observation.latency.add(.expireCycle, milliseconds: 8, at: server.context.now / 1000)
        let advice = server.context.latencyAdvice
        #expect(
            advice.contains("1. command: 1 latency spikes (average 30ms, mean deviation 0ms, period 1.00 sec). Worst"))
        #expect(advice.contains("2. expire-cycle: 1 latency spikes"))
        #expect(advice.contains("CONFIG SET slowlog-log-slower-than 5000") && advice.contains("CONFIG SET hz 100"))
        #expect(advice.components(separatedBy: "\n- ").count == 5)
    }
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [Substring] {
        split(separator: separator, omittingEmptySubsequences: false)
    }
}
