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
    static let firstThreshold = 1 << 20

    init(limit: Int) {
        self.limit = limit
        resetThreshold()
    }

    /// Bytes in use, give or take what is free at the end of chunks.
    var used: Int { reserved - spare }

    /// Bytes that may still be taken.
    var left: Int { max(0, min(limit &- used, limit &+ limit / 4 &- reserved)) }

    /// Takes so many bytes, or says that there are no more. What is in use counts; a quarter of the limit more may be
    /// taken where freed objects left holes that are too small.
    mutating func take(_ bytes: Int) -> Bool {
        guard bytes >= 0, bytes <= left else {
            isCollectionDue = true
            return false
        }
        reserved += bytes
        if used >= threshold { isCollectionDue = true }
        return true
    }

    /// Some of what was spare is in use again.
    mutating func noteUse() { if used >= threshold { isCollectionDue = true } }

    mutating func giveBack(_ bytes: Int) { reserved -= bytes }

    /// At the end of a script: what is in use is permanent.
    mutating func resetThreshold() { setThreshold(beyond: Account.firstThreshold) }

    /// After a collection: the next one is due when as much again is in use.
    mutating func setThreshold() { setThreshold(beyond: max(Account.firstThreshold - used, used)) }

    /// In any case before half of what is left has been taken.
    private mutating func setThreshold(beyond growth: Int) {
        isCollectionDue = false
        threshold = used + min(growth, max((limit - used) / 2, 1 << 16))
    }
}
