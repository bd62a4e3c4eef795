// What is held against `maxmemory`: the data, what the server began with, and what clients and subscriptions occupy.
// Not the log's buffer, as in Redis, and clients only while they have no limit of their own. Data are known to the byte
// at any moment; everything else is counted when a turn ends, so that one comparison with `limitOfData` decides.

/// The limit of memory, and how much of it is not for data.
struct MemoryAccount {
    /// `maxmemory`, or more than there can be.
    private(set) var limit = Int.max
    /// What else is held against the limit, as it was when it was last counted.
    private(set) var besidesData = 0
    /// What data may occupy, given the rest.
    private(set) var limitOfData = Int.max
    /// The heap may have as much with the gaps between blocks: with more, blocks are moved together.
    private(set) var roomForHeap = Int.max
    /// Half of the room for gaps. With more than both, keys go as if gaps were data.
    private(set) var margin = 0
    /// While blocks occupy no more than this, data are within their limit: each command looks no further. It is renewed
    /// in every turn, and may be too low meanwhile, never too high.
    fileprivate(set) var safeSize = Int.max

    /// Clients fill most of the limit with what they do not read: until they do, nothing more is made for them.
    private(set) var isCrowded = false

    /// So many bytes more are occupied than a process with this limit should have, because of clients.
    private var excess = 0

    @inline(__always) var isLimited: Bool { limit < .max }
    /// What is free goes back to the kernel at once.
    var isSmall: Bool { limit <= 1 << 30 }

    /// Sets the limit; nil for none.
    mutating func setLimit(_ limit: Int?) {
        self.limit = limit ?? .max
        // Every size of block has a page that is not full.
        margin = max(self.limit / 8, 6 << 20)
        roomForHeap = self.limit < .max / 4 ? self.limit + margin : .max
        count(besidesData, gaps: 0)
    }

    /// Counts what is not data, and by how much the gaps between blocks are more than there is room for.
    mutating func count(_ besidesData: Int, gaps: Int) {
        self.besidesData = besidesData
        limitOfData = isLimited ? limit &- besidesData &- gaps : .max
    }

    /// Judges by what is really occupied, with the gaps between values: keys that go do not make room at once.
    mutating func judge(_ usage: HeapUsage) {
        let all = usage.resident &+ besidesData
        isCrowded = besidesData > limit / 8 * 5 || all &- limit / 16 * 3 > limit
        // Whoever has set a limit of some megabytes may have replies that are as long.
        excess = max(0, all &- max(limit / 16 * 5, 20 << 20) &- limit)
    }

    /// Clients hold little.
    mutating func judgeNothing() { (isCrowded, excess) = (false, 0) }

    /// Clients hold enough to be judged.
    var isWorthJudging: Bool { isLimited && besidesData > limit / 8 }

    /// What all that is not data may come to: then the largest clients go, limit of their own or not.
    var mostBesidesData: Int? { excess > 0 ? max(limit / 8, besidesData &- excess) : nil }
}

extension CommandContext {
    /// What is held against `maxmemory`. Memory that waits to be given back is counted no more.
    @inline(__always) var memoryForLimit: Int { keyspace.memoryUsed &+ account.besidesData }

    /// More is held against `maxmemory` than there may be.
    @inline(__always) var isOverMemoryLimit: Bool { keyspace.memoryUsed > account.limitOfData }

    /// Data may be beyond their limit: the first look, after every command that changes something.
    @inline(__always) var mayBeOverMemoryLimit: Bool { keyspace.heap.used > account.safeSize }

    /// Says anew how large the heap may be without a second look.
    @inline(__always) mutating func renewSafeSize() {
        account.safeSize = account.isLimited ? account.limitOfData &+ keyspace.memoryBesidesData : .max
    }

    /// By how much; zero or less if it is not.
    var memoryOverLimit: Int { account.isLimited ? keyspace.memoryUsed &- account.limitOfData : 0 }

    /// By how much the gaps between blocks are more than there is room for. Where nothing may go they refuse nothing.
    private var gapsBeyondRoom: Int {
        if settings.maxMemoryPolicy == .noEviction { return 0 }
        let (occupied, used) = (keyspace.heap.occupied, keyspace.heap.used)
        return max(0, min(occupied &- account.roomForHeap &- account.margin, occupied &- used))
    }

    /// Counts what is held against `maxmemory` besides data.
    mutating func countBesidesData() {
        account.count(
            memoryParts.besidesData(clientsAreLimited: clients.memory.isLimited),
            gaps: keyspace.heap.occupied > account.roomForHeap ? gapsBeyondRoom : 0)
        if _slowPath(account.isWorthJudging) {
            account.judge(keyspace.heap.usage)
        } else if account.isCrowded {
            account.judgeNothing()
        }
        renewSafeSize()
    }
}
