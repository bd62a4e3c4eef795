// How often each kind of error was answered, by the code that begins its text: INFO errorstats. Errors are rare, so
// counting them may cost something; only the number of codes is bounded, since clients can make some up.

/// Counts of error replies.
struct ErrorStatistics {
    private static let mostCodes = 128
    private static let longestCode = 31

    private(set) var total = 0
    private var counts: [String: Int] = [:]

    /// Takes in an error reply, from its `-` on.
    mutating func record(_ reply: Bytes) {
        total += 1
        let end = reply.prefix(min(reply.count, ErrorStatistics.longestCode + 1)).firstIndex(of: UInt8(ascii: " "))
        let code = if let end, end > 1 { reply.prefix(end).dropping(first: 1).text } else { "ERR" }
        if counts.count < ErrorStatistics.mostCodes || counts[code] != nil { counts[code, default: 0] += 1 }
    }

    /// The codes in their order, with their counts.
    var sorted: [(code: String, count: Int)] {
        counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    mutating func reset() { self = ErrorStatistics() }
}
