// INFO commandstats, latencystats and keyspace: a line for each command, and for each database.

extension InfoSection {
    static let commandStatistics = InfoSection(
        title: "Commandstats", isDefault: false,
        lines: { context in
            context.commands.called.map { row in
                let statistics = row.value.statistics
                let mean = statistics.calls > 0 ? Double(statistics.microseconds) / Double(statistics.calls) : 0
                return "cmdstat_\(row.value.fullName):calls=\(statistics.calls),usec=\(statistics.microseconds),"
                    + "usec_per_call=\(mean.text(digits: 2)),rejected_calls=\(statistics.rejectedCalls),"
                    + "failed_calls=\(statistics.failedCalls)"
            }
        })

    static let latencyStatistics = InfoSection(
        title: "Latencystats", isDefault: false,
        lines: { context in
            let percentiles = context.settings.latencyPercentiles
            return context.commands.called.compactMap { row in
                guard let histogram = row.value.statistics.histogram, histogram.value.total > 0 else { return nil }
                let shown = percentiles.map { percentile in
                    let duration = Double(histogram.value.duration(atPercentile: percentile)) / 1000
                    return "p\(percentile.shortText)=\(duration.text(digits: 3))"
                }
                return "latency_percentiles_usec_\(row.value.fullName):\(shown.joined(separator: ","))"
            }
        })

    static let keyspace = InfoSection(
        title: "Keyspace",
        lines: { context in
            var lines: [String] = []
            for index in 0..<context.keyspace.databaseCount {
                let (count, withDeadline) = context.keyspace.counts(of: index)
                guard count > 0 || withDeadline > 0 else { continue }
                let remaining = context.keyspace.meanTimeToLive(of: index)
                // Older exporters know only the first three; the last one is there for those who use it.
                let timed = context.keyspace.databases[index].countWithFieldDeadlines
                lines.append(
                    "db\(index):keys=\(count),expires=\(withDeadline),avg_ttl=\(remaining)"
                        + (timed > 0 ? ",subexpiry=\(timed)" : ""))
            }
            return lines
        })

    /// How many values there are of each size, by powers of two.
    static let keySizes = InfoSection(
        title: "Keysizes",
        lines: { context in
            (0..<context.keyspace.databaseCount).flatMap { context.keyspace.databases[$0].sizes.lines($0) }
        })
}

extension Double {
    /// A percentile as Redis names it: `50`, `99.9`.
    fileprivate var shortText: String {
        var text = text(digits: 6)
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }
}

extension Keyspace {
    fileprivate func counts(of index: Int) -> (keys: Int, withDeadline: Int) {
        (databases[index].count, databases[index].countWithDeadline)
    }

    /// The mean of what some of the keys with a deadline have left, in milliseconds.
    fileprivate func meanTimeToLive(of index: Int) -> Int64 {
        guard let mean = databases[index].wheel.meanDeadline else { return 0 }
        return max(0, mean - now)
    }
}

extension CommandTable {
    /// Commands and subcommands that have been called, or refused.
    var called: [Reference<CommandRow>] {
        var found: [Reference<CommandRow>] = []
        for row in wokenRows {
            if !row.value.statistics.isEmpty { found.append(row) }
            for index in 0..<row.value.subcommands.count where !row.value.subcommands[index].value.statistics.isEmpty {
                found.append(row.value.subcommands[index])
            }
        }
        return found
    }

    var totalCalls: Int { called.reduce(0) { $0 + $1.value.statistics.calls } }
    var totalMicroseconds: Int { called.reduce(0) { $0 + $1.value.statistics.microseconds } }

    /// CONFIG RESETSTAT.
    func resetStatistics() {
        for row in called { row.value.statistics.reset() }
    }
}
