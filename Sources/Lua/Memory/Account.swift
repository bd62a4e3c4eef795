// How much memory a machine has taken, and how much it may take.

/// The sum of what arenas and pools hold. Counted where they grow, by chunks; so the quick paths count nothing.
struct Account: BitwiseCopyable {
    /// Bytes that may be taken.
    var limit: Int
    /// Bytes taken from the system.
    private(set) var reserved = 0
    /// Bytes of those that freed objects left, and that new ones will take first.
    var spare = 0
    /// At so many bytes in use the next pause between instructions collects.
    var threshold = Account.firstThreshold
    /// The threshold was met.
    var isCollectionDue = false

    /// The least amount in use at which a collection pays.
    static let firstThreshold = 8 << 20

    init(limit: Int) { self.limit = limit }

    /// Bytes in use, give or take what is free at the end of chunks.
    var used: Int { reserved - spare }

    /// Takes so many bytes, or says that there are no more.
    mutating func take(_ bytes: Int) -> Bool {
        guard bytes >= 0, bytes <= limit - reserved else {
            isCollectionDue = true
            return false
        }
        reserved += bytes
        if used >= threshold { isCollectionDue = true }
        return true
    }

    mutating func giveBack(_ bytes: Int) { reserved -= bytes }

    /// At the end of a script: what is in use is permanent.
    mutating func resetThreshold() {
        isCollectionDue = false
        threshold = used + Account.firstThreshold
    }

    /// After a collection: the next one is due when as much again is in use, or half of what is left.
    mutating func setThreshold() {
        isCollectionDue = false
        let live = used
        threshold = min(max(Account.firstThreshold, live &* 2), live + max((limit - live) / 2, 1 << 16))
    }
}
