// INFO hotkeys, topkeys and prefixes. Their lines have pairs, as those of the keyspace have; names of keys stand in
// quotes, and whatever could be mistaken for the end of a name or of a pair is escaped in them.

extension InfoSection {
    /// Whether HOTKEYS collects; nothing before it has been started.
    static let hotKeys = InfoSection(
        title: "Hotkeys",
        lines: { context in
            switch context.usage.session {
            case .none: return []
            case .some(let session):
                return [
                    "hotkeys-tracking-active:\(session.isActive(at: context.now) ? 1 : 0)",
                    "hotkeys-cmd-cpu-time:\(session.nanoseconds / 1000)",
                ]
            }
        })

    /// The keys that are used most, as far as can be told from a part of the commands.
    static let topKeys = InfoSection(
        title: "Topkeys", isDefault: false, isOwn: true,
        fields: [
            .integer("topkeys_sampling") { context, _ in context.usage.sampling },
            .integer("topkeys_seconds") { context, _ in
                Int(max(0, context.now - context.usage.startedAt) / 1000)
            },
            .integer("topkeys_samples") { context, _ in context.usage.samples },
            .integer("topkeys_bytes_used") { context, _ in context.usage.memoryUsed },
        ],
        lines: { context in
            switch context.usage.sketch {
            case .none: return []
            case .some(let sketch): return sketch.keyLines
            }
        })

    /// How much there is under each prefix, and how it is used.
    static let prefixes = InfoSection(
        title: "Prefixes", isDefault: false, isOwn: true,
        fields: [
            .integer("prefixes_sampling") { context, _ in context.usage.sampling },
            .integer("prefixes_seconds") { context, _ in
                Int(max(0, context.now - context.usage.startedAt) / 1000)
            },
            .integer("prefixes_walk_running") { context, _ in context.prefixWalk.isRunning ? 1 : 0 },
            .integer("prefixes_walk_age_seconds") { context, _ in context.prefixWalk.ageSeconds(at: context.now) },
            .integer("prefixes_walk_milliseconds") { context, _ in context.prefixWalk.milliseconds },
            .integer("prefixes_walk_keys") { context, _ in context.prefixWalk.keys },
            .integer("prefixes_walk_bytes") { context, _ in context.prefixWalk.bytes },
            .integer("prefixes_bytes_used") { context, _ in context.prefixWalk.memoryUsed },
        ],
        lines: { PrefixReport(of: $0).lines })

    /// So many keys are shown in each order, and so many prefixes.
    fileprivate static let keysShown = 16, prefixesShown = 64
}

extension UsageSketch {
    fileprivate var keyLines: [String] {
        lines("calls", byCalls) { ($0.0, $0.1, $0.2) } + lines("bytes", byBytes) { ($0.1, $0.0, $0.2) }
            + lines("time", byTime) { ($0.1, $0.2, $0.0) }
    }

    /// - Parameter order: How calls, bytes and nanoseconds come out of the counts of a row.
    private func lines(
        _ name: String, _ counts: borrowing TopCounts,
        _ order: ((UInt64, UInt64, UInt64)) -> (calls: UInt64, bytes: UInt64, time: UInt64)
    ) -> [String] {
        counts.best(InfoSection.keysShown) { $0.counts.0 }.enumerated().map { rank, index in
            let row = counts[index], (calls, bytes, time) = order(row.counts)
            let missed = name == "time" ? row.missed / 1000 : row.missed
            return "topkeys_\(name)_\(rank):key=\(counts.quotedName(index)),db=\(row.tag),calls=\(calls),"
                + "bytes=\(bytes),usec=\(time / 1000),missed=\(missed)"
        }
    }
}

extension PrefixWalk {
    fileprivate func ageSeconds(at now: Int64) -> Int {
        switch findings {
        case .none: -1
        case .some(let found): Int(max(0, now - found.finishedAt) / 1000)
        }
    }

    fileprivate var milliseconds: Int {
        switch findings {
        case .none: 0
        case .some(let found): Int(max(0, found.walkedAt - found.startedAt))
        }
    }

    fileprivate var keys: Int {
        switch findings {
        case .none: 0
        case .some(let found): found.keys
        }
    }

    fileprivate var bytes: Int {
        switch findings {
        case .none: 0
        case .some(let found): found.bytes
        }
    }
}

/// Prefixes with what the walk has found and what the commands do: those that are first in any of the orders.
private struct PrefixReport {
    struct Line {
        let name: String
        let parts: Int
        var keys: UInt64 = 0, bytes: UInt64 = 0, missedBytes: UInt64 = 0
        var calls: UInt64 = 0, hits: UInt64 = 0, misses: UInt64 = 0, missedCalls: UInt64 = 0
    }

    private var found: [UInt64: Line] = [:]

    init(of context: borrowing CommandContext) {
        // Prefixes of one part and of two have the same hash if they are the same text, which they never are.
        switch context.prefixWalk.findings {
        case .none: break
        case .some(let findings):
            take(walked: findings.shortPrefixes, parts: 1)
            take(walked: findings.longPrefixes, parts: 2)
        }
        switch context.usage.sketch {
        case .none: break
        case .some(let sketch):
            take(called: sketch.shortPrefixes, parts: 1)
            take(called: sketch.longPrefixes, parts: 2)
        }
    }

    private mutating func take(walked counts: borrowing TopCounts, parts: Int) {
        for index in 0..<counts.count {
            let row = counts[index]
            var line = found[row.hash] ?? Line(name: counts.quotedName(index), parts: parts)
            (line.bytes, line.keys, line.missedBytes) = (row.counts.0, row.counts.1, row.missed)
            found[row.hash] = line
        }
    }

    private mutating func take(called counts: borrowing TopCounts, parts: Int) {
        for index in 0..<counts.count {
            let row = counts[index]
            var line = found[row.hash] ?? Line(name: counts.quotedName(index), parts: parts)
            (line.calls, line.hits, line.misses) = row.counts
            line.missedCalls = row.missed
            found[row.hash] = line
        }
    }

    /// The most bytes first.
    var lines: [String] {
        let all = found.sorted { ($0.value.bytes, $0.value.calls, $0.key) > ($1.value.bytes, $1.value.calls, $1.key) }
            .map(\.value)
        var shown = Set<Int>()
        for order in [\Line.keys, \Line.bytes, \Line.hits, \Line.misses] {
            let ranked = all.indices.filter { all[$0][keyPath: order] > 0 }
                .sorted { all[$0][keyPath: order] > all[$1][keyPath: order] }
            shown.formUnion(ranked.prefix(InfoSection.prefixesShown))
        }
        return shown.sorted().enumerated().map { rank, index in
            let line = all[index], looked = line.hits + line.misses
            let ratio = looked > 0 ? Double(line.hits) / Double(looked) : 0
            return "prefix_\(rank):prefix=\(line.name),parts=\(line.parts),keys=\(line.keys),bytes=\(line.bytes),"
                + "calls=\(line.calls),hits=\(line.hits),misses=\(line.misses),hit_ratio=\(ratio.text(digits: 4)),"
                + "missed_bytes=\(line.missedBytes),missed_calls=\(line.missedCalls)"
        }
    }
}

extension TopCounts {
    /// The name of a row in quotes; dots stand for the rest of a long one.
    fileprivate func quotedName(_ index: Int) -> String {
        var text = "\""
        for byte in name(index) {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += "\\" + String(UnicodeScalar(byte))
            case UInt8(ascii: ","), UInt8(ascii: "="), 0..<32, 127...:
                text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            default: text += String(UnicodeScalar(byte))
            }
        }
        return text + (Int(self[index].length) > TopCounts.longestName ? "...\"" : "\"")
    }
}
