// The calls that stood out, newest first: SLOWLOG has those that took long, COMMANDLOG also those with large requests
// and replies. An entry keeps a bounded copy of its arguments.

/// By what a call stands out, in the words of COMMANDLOG.
enum CallMeasure: CaseIterable {
    case slow, largeRequest, largeReply
}

/// One call that stood out.
struct SlowLogEntry {
    let identifier: Int
    /// In seconds since 1970.
    let time: Int64
    /// What it took in microseconds, or its size in bytes.
    let value: Int
    let arguments: [[UInt8]]
    let peer: [UInt8]
    let clientName: [UInt8]

    var memoryUsed: Int {
        MemoryLayout<SlowLogEntry>.size + peer.count + clientName.count + arguments.reduce(0) { $0 + 48 + $1.count }
    }
}

/// A bounded list of calls that stood out by one measure.
struct SlowLog {
    private static let mostArguments = 32
    private static let longestArgument = 128

    /// Newest last.
    private var entries: [SlowLogEntry] = []
    private var nextIdentifier = 0

    var count: Int { entries.count }
    /// Bytes that the entries occupy, roughly.
    private(set) var memoryUsed = 0

    /// Newest first, at most so many.
    func newest(_ count: Int) -> ReversedCollection<ArraySlice<SlowLogEntry>> {
        entries.suffix(max(0, count)).reversed()
    }

    mutating func append(
        _ arguments: Arguments, time: Int64, value: Int, peer: [UInt8], clientName: [UInt8], limit: Int
    ) {
        entries.append(
            SlowLogEntry(
                identifier: nextIdentifier, time: time, value: value,
                arguments: SlowLog.trimmed(arguments), peer: peer, clientName: clientName))
        nextIdentifier += 1
        memoryUsed += entries.last?.memoryUsed ?? 0
        trim(to: limit)
    }

    /// Drops the oldest entries that are too many.
    mutating func trim(to limit: Int) {
        let excess = entries.count - max(0, limit)
        guard excess > 0 else { return }
        memoryUsed -= entries[..<excess].reduce(0) { $0 + $1.memoryUsed }
        entries.removeFirst(excess)
    }

    mutating func reset() { (entries, memoryUsed) = ([], 0) }

    /// At most 32 arguments of at most 128 bytes; what is left out is counted in their place.
    private static func trimmed(_ arguments: Arguments) -> [[UInt8]] {
        let isCut = arguments.count > mostArguments
        var copies: [[UInt8]] = []
        for index in 0..<(isCut ? mostArguments - 1 : arguments.count) {
            let argument = arguments[index]
            if arguments.isSecret(index) {
                copies.append(Array("(redacted)".utf8))
            } else if argument.count > longestArgument {
                let rest = "... (\(argument.count - longestArgument) more bytes)"
                copies.append(argument.prefix(longestArgument).array + Array(rest.utf8))
            } else {
                copies.append(argument.array)
            }
        }
        if isCut { copies.append(Array("... (\(arguments.count - mostArguments + 1) more arguments)".utf8)) }
        return copies
    }
}
