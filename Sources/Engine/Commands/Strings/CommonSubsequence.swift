// The longest common subsequence of two strings, for LCS: dynamic programming over all pairs of places (Wagner and
// Fischer, "The string-to-string correction problem", 1974). Lengths are kept for two rows only; of the rest one bit
// per pair is enough to find the way back.

/// What two strings have in common, in order.
struct CommonSubsequence {
    /// A run of bytes that lie side by side in both strings.
    struct Match {
        var firstStart: Int
        var secondStart: Int
        var length: Int
    }

    /// The subsequence itself.
    private(set) var bytes: [UInt8] = []
    /// Its runs, from the last to the first.
    private(set) var matches: [Match] = []
    var length: Int { bytes.count }

    /// - Complexity: O(N·M) time, N·M/8 bytes.
    init(_ first: [UInt8], _ second: [UInt8]) {
        guard !first.isEmpty, !second.isEmpty else { return }
        let turns = CommonSubsequence.turns(first, second)
        walkBack(first, second, turns)
        bytes.reverse()
    }

    /// For each pair of places one bit: the longer rest is reached by stepping back in the first string.
    private static func turns(_ first: [UInt8], _ second: [UInt8]) -> [UInt64] {
        let width = second.count
        var turns = [UInt64](repeating: 0, count: (first.count * width + 63) / 64)
        var above = [UInt32](repeating: 0, count: width + 1)
        var row = above
        for (index, byte) in first.enumerated() {
            for column in 0..<width {
                if byte == second[column] {
                    row[column + 1] = above[column] &+ 1
                } else if above[column + 1] > row[column] {
                    row[column + 1] = above[column + 1]
                    let bit = index &* width &+ column
                    turns[bit >> 6] |= 1 &<< UInt64(bit & 63)
                } else {
                    row[column + 1] = row[column]
                }
            }
            swap(&above, &row)
        }
        return turns
    }

    private mutating func walkBack(_ first: [UInt8], _ second: [UInt8], _ turns: [UInt64]) {
        var (index, column) = (first.count, second.count)
        var open: Match?
        while index > 0, column > 0 {
            if first[index - 1] == second[column - 1] {
                (index, column) = (index - 1, column - 1)
                bytes.append(first[index])
                if let run = open, run.firstStart == index + 1, run.secondStart == column + 1 {
                    open = Match(firstStart: index, secondStart: column, length: run.length + 1)
                } else {
                    if let run = open { matches.append(run) }
                    open = Match(firstStart: index, secondStart: column, length: 1)
                }
            } else {
                let bit = (index - 1) * second.count + column - 1
                if turns[bit >> 6] & (1 &<< UInt64(bit & 63)) != 0 { index -= 1 } else { column -= 1 }
                if let run = open { matches.append(run) }
                open = nil
            }
        }
        if let run = open { matches.append(run) }
    }
}
