// LATENCY GRAPH and LATENCY DOCTOR: the latency monitor's samples drawn with letters, and what may be done about them.

extension LatencySeries {
    private static let rows = 4
    /// From low to high within a row.
    private static let levels: [Character] = ["_", "o", "#"]
    private static let width = 80

    /// A column for each sample; below it, how long ago it was.
    func graph(of event: LatencyEvent, at now: Int64) -> String {
        let shown = samples.suffix(LatencySeries.width)
        let values = shown.map(\.milliseconds)
        let (low, high) = (values.min() ?? 0, values.max() ?? 0)
        var text = "\(event.rawValue) - high \(high) ms, low \(low) ms (all time high \(longestMilliseconds) ms)\n"
        text += String(repeating: "-", count: LatencySeries.width) + "\n"
        let steps = LatencySeries.rows * LatencySeries.levels.count
        let heights = values.map { high == low ? 0 : min(steps - 1, ($0 - low) * steps / (high - low)) }
        for row in (0..<LatencySeries.rows).reversed() {
            text += String(heights.map { LatencySeries.mark(of: $0, in: row) }) + "\n"
        }
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

extension CommandContext {
    /// What the samples say, for a person.
    var latencyAdvice: String {
        let threshold = settings.latencyMonitorThresholdMilliseconds
        guard threshold > 0 else {
            return "Latency monitoring is off. Turn it on with CONFIG SET latency-monitor-threshold <milliseconds>.\n"
        }
        let series = observation.latency.series.sorted { $0.key.rawValue < $1.key.rawValue }
        guard !series.isEmpty else { return "Nothing took \(threshold) milliseconds or longer.\n" }
        var text = "What took \(threshold) milliseconds or longer:\n"
        for (index, (event, series)) in series.enumerated() {
            let mean = series.samples.reduce(0) { $0 + $1.milliseconds } / max(1, series.samples.count)
            text += "\n\(index + 1). \(event.rawValue): \(series.samples.count) times, \(mean) ms on average, "
            text += "\(series.longestMilliseconds) ms at worst."
        }
        return text + "\n\nSLOWLOG GET names commands that take long, INFO commandstats what they take together.\n"
    }
}
