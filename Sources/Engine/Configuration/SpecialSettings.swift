// The settings whose values are lists with a grammar of their own.

extension Setting {
    /// A setting that reads all words behind its name itself.
    static func special(
        _ name: String, _ summary: String, alias: String? = nil, _ traits: SettingTraits = [],
        effect: SettingEffect? = nil,
        read: @escaping @Sendable ([Word], inout Settings) throws(SettingError) -> Void,
        text: @escaping @Sendable (Settings) -> String,
        lines: (@Sendable (Settings) -> [Word])? = nil
    ) -> Setting {
        Setting(
            name: name, alias: alias, traits: traits, summary: summary, effect: effect, isRead: true,
            read: read, text: { Word(text($0).utf8) },
            lines: lines ?? { settings in
                let value = text(settings)
                return [Word("\(name) \(value.isEmpty ? "\"\"" : value)".utf8)]
            })
    }

    static let bind = special(
        "bind",
        "Addresses to listen on. One behind a \"-\" may be missing; \"*\" and \"::*\" stand for all of IPv4 and IPv6.",
        .manyWords, effect: .bind,
        read: { words, settings throws(SettingError) in
            guard words.count <= 16 else { throw SettingError("Too many bind addresses specified.") }
            settings.bind = words == [[]] ? [] : words.map(\.string)
        },
        text: { $0.bind.joined(separator: " ") })

    static let directory = special(
        "dir", "The working directory.", [.protected, .notWhileLoading],
        read: { words, settings throws(SettingError) in
            guard words.count == 1 else { throw SettingError("wrong number of arguments") }
            settings.directory = words[0].string
        },
        text: \.directory,
        lines: { [Word("dir ".utf8) + Word(($0.directory.isEmpty ? "." : $0.directory).utf8).quoted] })

    static let save = special(
        "save", "When to save the data: after so many <seconds>, if there were so many <changes> …", .manyWords,
        effect: .saving,
        read: { words, settings throws(SettingError) in
            var points: [SavePoint] = []
            if words != [[]] {
                let numbers = words.compactMap(\.integer)
                guard words.count.isMultiple(of: 2), numbers.count == words.count else {
                    throw SettingError("Invalid save parameters")
                }
                for index in stride(from: 0, to: numbers.count, by: 2) {
                    guard numbers[index] >= 1, numbers[index + 1] >= 0 else {
                        throw SettingError("Invalid save parameters")
                    }
                    points.append(SavePoint(seconds: numbers[index], changes: numbers[index + 1]))
                }
            }
            let adds = settings.isBeingRead && settings.hasReadSavePoints && !points.isEmpty
            settings.savePoints = adds ? settings.savePoints + points : points
            settings.hasReadSavePoints = true
        },
        text: { $0.savePoints.map { "\($0.seconds) \($0.changes)" }.joined(separator: " ") },
        lines: { settings in
            if settings.savePoints.isEmpty { return [Word("save \"\"".utf8)] }
            return settings.savePoints.map { Word("save \($0.seconds) \($0.changes)".utf8) }
        })

    static let replicaOf = special(
        "replicaof", "The server to follow: <host> <port>.", alias: "slaveof", [.immutable, .manyWords],
        read: { words, settings throws(SettingError) in
            guard words.count == 2 else { throw SettingError("wrong number of arguments") }
            if words[0].lowercased == "no", words[1].lowercased == "one" { return settings.primary = nil }
            guard let port = words[1].integer, (0...65535).contains(port) else {
                throw SettingError("Invalid master port")
            }
            settings.primary = PrimaryAddress(host: words[0].string, port: port)
        },
        text: { $0.primary.map { "\($0.host) \($0.port)" } ?? "" },
        lines: { settings in
            guard let primary = settings.primary else { return [] }
            return [Word("replicaof \(primary.host) \(primary.port)".utf8)]
        })

    static let keyspaceEvents = special(
        "notify-keyspace-events",
        "Which keyspace events are published: letters of A g $ l s h z x e t d n m, and K or E for where.",
        effect: .eventClasses,
        read: { words, settings throws(SettingError) in
            guard words.count == 1 else { throw SettingError("wrong number of arguments") }
            guard let classes = EventClasses(letters: String(decoding: words[0], as: UTF8.self)) else {
                throw SettingError("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
            }
            settings.keyspaceEvents = classes
        },
        text: \.keyspaceEvents.letters,
        lines: { [Word("notify-keyspace-events ".utf8) + Word($0.keyspaceEvents.letters.utf8).quoted] })

    static let outOfMemoryScores = special(
        "oom-score-adj-values", "The scores of a master, a replica and a child that saves.", .manyWords,
        effect: .outOfMemoryScore,
        read: { words, settings throws(SettingError) in
            guard words.count == 3 else { throw SettingError("wrong number of arguments") }
            let scores = words.compactMap(\.integer).filter((-2000...2000).contains)
            guard scores.count == 3 else {
                throw SettingError("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")
            }
            settings.outOfMemoryScores = scores
        },
        text: { $0.outOfMemoryScores.map(String.init).joined(separator: " ") })

    static let latencyPercentiles = special(
        "latency-tracking-info-percentiles", "The percentiles that INFO latencystats shows.", .manyWords,
        read: { words, settings throws(SettingError) in
            var percentiles: [Double] = []
            for word in words where words != [[]] {
                guard let percentile = Double(word.string) else {
                    throw SettingError("Invalid latency-tracking-info-percentiles parameters")
                }
                guard percentile >= 0, percentile <= 100 else {
                    throw SettingError("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]")
                }
                percentiles.append(percentile)
            }
            settings.latencyPercentiles = percentiles
        },
        text: { $0.latencyPercentiles.map(shortText).joined(separator: " ") })

    /// With six digits behind the point at most, and none that says nothing.
    private static func shortText(_ number: Double) -> String {
        let millionths = Int((number * 1_000_000).rounded())
        let whole = "\(millionths / 1_000_000)"
        guard millionths % 1_000_000 != 0 else { return whole }
        var fraction = String(String(1_000_000 + millionths % 1_000_000).dropFirst())
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return "\(whole).\(fraction)"
    }

    // MARK: Output limits

    static let outputBufferLimits = special(
        "client-output-buffer-limit",
        "How much output may wait for a client: <class> <hard> <soft> <seconds> … . 0 is no limit.",
        .manyWords, effect: .clients,
        read: { words, settings throws(SettingError) in
            settings.outputBufferLimits = try outputLimits(words, settings.outputBufferLimits)
        },
        text: { settings in
            let limits = settings.outputBufferLimits
            return [("normal", limits.normal), ("slave", limits.replica), ("pubsub", limits.subscriber)]
                .map { "\($0) \($1.hard) \($1.soft) \($1.softSeconds)" }.joined(separator: " ")
        },
        lines: { settings in
            let limits = settings.outputBufferLimits
            return [("normal", limits.normal), ("replica", limits.replica), ("pubsub", limits.subscriber)].map {
                Word("client-output-buffer-limit \($0) \(size($1.hard)) \(size($1.soft)) \($1.softSeconds)".utf8)
            }
        })

    private static func outputLimits(_ words: [Word], _ limits: OutputBufferLimits) throws(SettingError)
        -> OutputBufferLimits
    {
        guard words.count.isMultiple(of: 4) else {
            throw SettingError("Wrong number of arguments in buffer limit configuration.")
        }
        var limits = limits
        for start in stride(from: 0, to: words.count, by: 4) {
            let numbers = (words[start + 1].memorySize, words[start + 2].memorySize, words[start + 3].integer)
            let limit: OutputBufferLimits.Limit? =
                if case (let hard?, let soft?, let seconds?) = numbers, seconds >= 0 {
                    OutputBufferLimits.Limit(hard: hard, soft: soft, softSeconds: seconds)
                } else { nil }
            let name = words[start].lowercased
            guard ["normal", "slave", "replica", "pubsub"].contains(name) else {
                throw SettingError("Invalid client class specified in buffer limit configuration.")
            }
            guard let limit else {
                throw SettingError("Error in hard, soft or soft_seconds setting in buffer limit configuration.")
            }
            switch name {
            case "normal": limits.normal = limit
            case "pubsub": limits.subscriber = limit
            default: limits.replica = limit
            }
        }
        return limits
    }
}
