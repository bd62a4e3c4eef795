// LATENCY: what has held the server up, and how long commands take.

enum LATENCY: CommandContainer {
    static let declaration = Declaration(
        "latency", .server, since: "2.8.13", complexity: "Depends on subcommand.",
        summary: "A container for latency diagnostics commands.",
        subcommands: [
            Doctor.self, Graph.self, Help.self, Histogram.self, History.self, Latest.self, Reset.self,
        ])
}

extension LATENCY {
    /// LATENCY DOCTOR
    enum Doctor: Command {
        static let declaration = Declaration(
            "doctor", .server, since: "2.8.13", complexity: "O(1)",
            summary: "Returns a human-readable latency analysis report.",
            flags: [.administration, .noScript, .loading, .stale],
            tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            reply.verbatim(text: context.latencyAdvice)
        }
    }
}

extension LATENCY {
    /// LATENCY GRAPH event
    enum Graph: Command {
        static let declaration = Declaration(
            "graph", .server, since: "2.8.13", complexity: "O(1)",
            summary: "Returns a latency graph for an event.",
            flags: [.administration, .noScript, .loading, .stale],
            tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
            grammar: [.string("event")])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            guard let event = LatencyEvent(rawValue: arguments[2].text),
                let series = context.observation.latency.series[event]
            else {
                throw context.error("ERR No samples available for event '\(arguments[2].quotableText)'")
            }
            reply.verbatim(text: series.graph(of: event, at: context.now / 1000))
        }
    }
}

extension LATENCY {
    /// LATENCY HELP
    enum Help: HelpCommand {
        static let declaration = Declaration.help(of: .server, since: "2.8.13")

        static let lines: [StaticString] = [
            "DOCTOR",
            "    Return a human readable latency analysis report.",
            "GRAPH <event>",
            "    Return an ASCII latency graph for the <event> class.",
            "HISTORY <event>",
            "    Return time-latency samples for the <event> class.",
            "LATEST",
            "    Return the latest latency samples for all events.",
            "RESET [<event> ...]",
            "    Reset latency data of one or more <event> classes.",
            "    (default: reset all data for all event classes)",
            "HISTOGRAM [COMMAND ...]",
            """
                Return a cumulative distribution of latencies in the format of a histogram for the specified \
            command names.
            """,
            "    If no commands are specified then all histograms are replied.",
        ]
    }
}

extension LATENCY {
    /// LATENCY HISTOGRAM [command …]
    enum Histogram: Command {
        static let declaration = Declaration(
            "histogram", .server, since: "7.0.0",
            complexity: "O(N) where N is the number of commands with latency information being retrieved.",
            summary: "Returns the cumulative distribution of latencies of a subset or all commands.",
            flags: [.administration, .noScript, .loading, .stale],
            tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
            grammar: [.string("command").optional.repeated])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            let place = reply.beginCollection()
            var count = 0
            if arguments.count == 2 {
                for row in context.commands.wokenRows { count += reply.histograms(of: row) }
            } else {
                for index in 2..<arguments.count {
                    if let row = context.commands.find(fullName: arguments[index]) {
                        count += reply.histograms(of: row)
                    }
                }
            }
            reply.endMap(place, count)
        }
    }
}

extension LATENCY {
    /// LATENCY HISTORY event
    enum History: Command {
        static let declaration = Declaration(
            "history", .server, since: "2.8.13", complexity: "O(1)",
            summary: "Returns timestamp-latency samples for an event.",
            flags: [.administration, .noScript, .loading, .stale],
            tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
            grammar: [.string("event")])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            let samples = context.observation.latency.series(named: arguments[2])?.samples ?? []
            reply.array(samples.count)
            for sample in samples {
                reply.array(2)
                reply.integer(Int(sample.time))
                reply.integer(sample.milliseconds)
            }
        }
    }
}

extension LATENCY {
    /// LATENCY LATEST
    enum Latest: Command {
        static let declaration = Declaration(
            "latest", .server, since: "2.8.13", complexity: "O(1)",
            summary: "Returns the latest latency samples for all events.",
            flags: [.administration, .noScript, .loading, .stale],
            tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            let series = context.observation.latency.series.sorted { $0.key.rawValue < $1.key.rawValue }
            reply.array(series.count)
            for (event, series) in series {
                let last = series.samples.last ?? (time: 0, milliseconds: 0)
                reply.array(4)
                reply.bulk(text: event.rawValue)
                reply.integer(Int(last.time))
                reply.integer(last.milliseconds)
                reply.integer(series.longestMilliseconds)
            }
        }
    }
}

extension LATENCY {
    /// LATENCY RESET [event …]
    enum Reset: Command {
        static let declaration = Declaration(
            "reset", .server, since: "2.8.13", complexity: "O(1)",
            summary: "Resets the latency data for one or more events.",
            flags: [.administration, .noScript, .loading, .stale],
            tips: ["request_policy:all_nodes", "response_policy:agg_sum"],
            grammar: [.string("event").optional.repeated])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            guard arguments.count > 2 else { return reply.integer(context.observation.latency.reset()) }
            var count = 0
            for index in 2..<arguments.count {
                guard let event = LatencyEvent(rawValue: arguments[index].text) else { continue }
                if context.observation.latency.reset(event) { count += 1 }
            }
            reply.integer(count)
        }
    }
}

extension ReplyWriter {
    /// The histogram of a command and of its subcommands, those that have been called; returns how many.
    fileprivate mutating func histograms(of row: Reference<CommandRow>) -> Int {
        var count = 0
        if let histogram = row.value.statistics.histogram, row.value.statistics.calls > 0 {
            write(histogram, of: row.value.fullName)
            count += 1
        }
        for index in 0..<row.value.subcommands.count { count += histograms(of: row.value.subcommands[index]) }
        return count
    }

    private mutating func write(_ histogram: Reference<LatencyHistogram>, of name: String) {
        let counts = histogram.value.cumulativeCounts()
        bulk(text: name)
        map(2)
        bulk("calls")
        integer(histogram.value.total)
        bulk("histogram_usec")
        map(counts.count)
        for (microseconds, count) in counts {
            integer(microseconds)
            integer(count)
        }
    }
}
