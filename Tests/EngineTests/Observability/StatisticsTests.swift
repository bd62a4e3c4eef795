// What is counted of commands: durations to better than one per cent, errors by code, slow calls in bounds.

import Testing

@testable import Engine

@Suite struct StatisticsTests {
    @Test func everyDurationIsKnownToOnePerCent() {
        for duration in [0, 1, 100, 255, 256, 257, 1023, 1024, 9999, 10_000, 123_456, 7_654_321, 999_999_999]
            as [UInt64]
        {
            var histogram = LatencyHistogram()
            histogram.record(duration)
            let shown = histogram.duration(atPercentile: 50)
            #expect(shown >= Int(duration), "\(duration)")
            #expect(Double(shown) <= Double(duration) * 1.01 + 1, "\(duration)")
        }
    }

    /// As redis-server prints it for a call of exactly 10 microseconds.
    @Test func percentilesReadAsInRedis() {
        var histogram = LatencyHistogram()
        histogram.record(10_000)
        #expect(histogram.duration(atPercentile: 99.9) == 10_047)
    }

    @Test func percentilesFollowTheOrderOfDurations() {
        var histogram = LatencyHistogram()
        for microseconds in 1...1000 { histogram.record(UInt64(microseconds) * 1000) }
        #expect(abs(histogram.duration(atPercentile: 50) - 500_000) < 5_000)
        #expect(abs(histogram.duration(atPercentile: 99) - 990_000) < 9_900)
        #expect(histogram.duration(atPercentile: 100) >= 1_000_000)
        #expect(histogram.total == 1000)
    }

    @Test func durationsBeyondASecondCountAsOne() {
        var histogram = LatencyHistogram()
        histogram.record(.max)
        #expect(histogram.total == 1)
        let counts = histogram.cumulativeCounts()
        #expect(counts.count == 1 && counts[0].count == 1)
    }

    /// As LATENCY HISTOGRAM of redis-server has its steps.
    @Test func cumulativeCountsDoubleFromStepToStep() {
        var histogram = LatencyHistogram()
        for microseconds in [1, 3, 7, 15, 30, 60, 130, 260] as [UInt64] { histogram.record(microseconds * 1000) }
        let counts = histogram.cumulativeCounts()
        #expect(counts.map(\.microseconds) == [1, 4, 8, 16, 33, 66, 132, 264])
        #expect(counts.map(\.count) == [1, 2, 3, 4, 5, 6, 7, 8])
    }

    @Test func errorsAreCountedByCode() {
        var errors = ErrorStatistics()
        errors.record(Bytes("-ERR no\r\n"))
        errors.record(Bytes("-WRONGTYPE no\r\n"))
        errors.record(Bytes("-ERR again\r\n"))
        errors.record(Bytes("-nocodehere\r\n"))
        #expect(errors.total == 4)
        #expect(errors.sorted.map(\.code) == ["ERR", "WRONGTYPE"])
        #expect(errors.sorted.map(\.count) == [3, 1])
    }

    @Test func errorCodesAreBounded() {
        var errors = ErrorStatistics()
        for number in 0..<10_000 {
            var text = Buffer()
            text.append(text: "-E\(number) x\r\n")
            errors.record(text.contents)
        }
        #expect(errors.total == 10_000)
        #expect(errors.sorted.count == 128)
    }

    @Test func theLatencyMonitorKeepsTheWorstOfEachSecond() {
        var monitor = LatencyMonitor()
        monitor.add(.command, milliseconds: 10, at: 100)
        monitor.add(.command, milliseconds: 30, at: 100)
        monitor.add(.command, milliseconds: 20, at: 100)
        monitor.add(.command, milliseconds: 5, at: 101)
        #expect(monitor.series[.command]?.samples.map(\.milliseconds) == [30, 5])
        #expect(monitor.series[.command]?.longestMilliseconds == 30)
        for second in 0..<1000 { monitor.add(.command, milliseconds: 1, at: Int64(second)) }
        #expect(monitor.series[.command]?.samples.count == 160)
        #expect(monitor.reset() == 1)
    }

    @Test func aRateIsTheMeanOfTheLastSamples() {
        var rate = SampledRate()
        for step in 0...16 { rate.sample(step * 100, at: 1000 + Int64(step) * 100) }
        #expect(rate.perSecond == 1000)
    }
}
