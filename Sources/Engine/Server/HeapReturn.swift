// When what is free in the C heap goes back to the kernel. By itself the C library returns the end of its heap only,
// and keeps up to 64 MiB of that: a process that needed much once would look as if it needed it still.

internal import Platform

/// What has come free since memory was last given back.
struct HeapReturn {
    /// Less is left to the heap, which will need it again.
    static let most = 8 << 20
    static let millisecondsBetweenLooks: Int64 = 1000

    /// Bytes that buffers of clients, and scripts, have given back and the heap may keep.
    var bytesGivenBack = 0
    /// Of what is free, the kernel has got so much.
    private(set) var bytesReturned = 0
    /// The least that was free since then.
    private var leastFree = 0
    private var nextLook: Int64 = 0
    private var savesSeen = 0

    /// Another number of snapshots than at the last question.
    mutating func hasSeenSave(_ count: Int) -> Bool {
        defer { savesSeen = count }
        return savesSeen != count
    }

    /// It is time to find out what is free. That takes the heap longer, the more pieces are free.
    func isLookDue(at now: Int64) -> Bool {
        now >= nextLook || nextLook - now > 1000 * HeapReturn.millisecondsBetweenLooks
    }

    mutating func noteLook(at now: Int64, took microseconds: Int64) {
        nextLook = now + min(max(HeapReturn.millisecondsBetweenLooks, microseconds), 1_000_000)
    }

    /// So much is free: have more than `most` bytes come free since the last return?
    mutating func isWorthwhile(free: Int, most: Int) -> Bool {
        leastFree = min(leastFree, free)
        bytesReturned = min(bytesReturned, free)
        return free - leastFree > most
    }

    mutating func noteReturn(free: Int) {
        (bytesGivenBack, leastFree, bytesReturned) = (0, free, free)
    }
}

extension CommandContext {
    /// Gives back what commands, clients and scripts have needed and need no more, and what a snapshot took.
    mutating func returnMemory() {
        let most = min(HeapReturn.most, account.limit / 32)
        let hasSaved = saving.run == nil && heapReturn.hasSeenSave(saving.runCount)
        guard hasSaved || heapReturn.bytesGivenBack > most || hasFreed(more: most) else { return }
        HeapBlock.trim()
        heapReturn.noteReturn(free: HeapBlock.usage.free)
    }

    private mutating func hasFreed(more most: Int) -> Bool {
        guard heapReturn.isLookDue(at: now) else { return false }
        let start = Ticks.now
        let free = HeapBlock.usage.free
        heapReturn.noteLook(at: now, took: Int64((Ticks.now &- start) / Ticks.perMicrosecond))
        return heapReturn.isWorthwhile(free: free, most: most)
    }
}
