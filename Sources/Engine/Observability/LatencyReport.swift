// LATENCY GRAPH: the latency monitor's samples drawn with letters.

extension LatencySeries {
    private static let rows = 4
    /// From low to high within a row.
    private static let levels: [Character] = ["_", "o", "#"]
    private static let width = 80

    /// A column for each sample; below it, how long ago it was. A row of columns is as wide as the terminals of old.
    func graph(of event: LatencyEvent, at now: Int64) -> String {
        let values = samples.map(\.milliseconds)
        let (low, high) = (values.min() ?? 0, values.max() ?? 0)
        var text = "\(event.rawValue) - high \(high) ms, low \(low) ms (all time high \(longestMilliseconds) ms)\n"
        text += String(repeating: "-", count: LatencySeries.width) + "\n"
        for start in stride(from: 0, to: samples.count, by: LatencySeries.width) {
            if start > 0 { text += "\n" }
            text += rows(samples[start..<min(start + LatencySeries.width, samples.count)], low, high, now)
        }
        return text
    }

    private func rows(
        _ shown: ArraySlice<(time: Int64, milliseconds: Int)>, _ low: Int, _ high: Int, _ now: Int64
    ) -> String {
        let steps = LatencySeries.rows * LatencySeries.levels.count
        let heights = shown.map { min(steps - 1, ($0.milliseconds - low) * steps / max(1, high - low)) }
        var text = ""
        for row in (0..<LatencySeries.rows).reversed() {
            text += String(heights.map { LatencySeries.mark(of: $0, in: row) }) + "\n"
        }
        text += String(repeating: " ", count: shown.count) + "\n"
        let ages = shown.map { Array(LatencySeries.age(now - $0.time)) }
        for line in 0..<(ages.map(\.count).max() ?? 0) {
            text += String(ages.map { line < $0.count ? $0[line] : " " }) + "\n"
        }
        return text
    }

    private static func mark(of height: Int, in row: Int) -> Character {
        let level = height - row * levels.count
        if level < 0 { return " " }
        return level < levels.count ? levels[level] : "|"
    }

    private static func age(_ seconds: Int64) -> String {
        switch seconds {
        case ..<60: "\(max(0, seconds))s"
        case ..<3600: "\(seconds / 60)m"
        case ..<86400: "\(seconds / 3600)h"
        default: "\(seconds / 86400)d"
        }
    }
}
