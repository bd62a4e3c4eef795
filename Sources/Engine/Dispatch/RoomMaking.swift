// What happens at `maxmemory`: keys go before the next command runs, one after the other, until the data fit in again
// or the time for it is over; the rest goes in the turns that follow, whether or not anybody says anything. Commands
// that need memory are refused only when nothing may go. Which keys go is the keyspace's business.

internal import Platform

/// How the work of making room stands.
struct RoomMaking {
    /// Every turn goes on with it.
    fileprivate(set) var goesOn = false
    /// Ticks that it may still take in this turn.
    fileprivate var ticksLeft: Int64 = 0
    /// Since when there has been too little room although something was done about it, in ticks; and how long that was
    /// in all, in microseconds.
    fileprivate var exceededSince: UInt64?
    fileprivate var exceededMicroseconds = 0
    /// How large the heap was after the last look, while more is to be given back: it shall not be larger at the next.
    fileprivate var heapSize = Int.max
    /// More than that data must not be when the time is over: else it takes longer. Whoever writes while room is made
    /// cannot make things worse. What is kept of keys that have gone does not count: it grows as room is made.
    fileprivate var mostData = Int.max
    /// So many keys go before time is looked at.
    fileprivate static let keysPerLook = 16
}

/// What making room came to.
enum RoomMade {
    /// The data fit, or nothing may be done about it now.
    case enough
    /// Some was made, and more is to be made in the next turns.
    case some
    /// There is too little, and nothing may go.
    case tooLittle
}

extension CommandContext {
    /// Whether keys and values occupy more than they may.
    @inline(__always) mutating func noteMemory() {
        renewSafeSize()
        let isLarge = isOverMemoryLimit || keyspace.isOverfull
        if _slowPath(isLarge || !serverRestrictions.isDisjoint(with: [.shortOfMemory, .outOfMemory])) {
            noteMemory(isLarge: isLarge)
        }
    }

    @inline(never) private mutating func noteMemory(isLarge: Bool) {
        let isShort = isLarge && mayMakeRoom
        if isShort, settings.maxMemoryPolicy != .noEviction { return restrictServer(.shortOfMemory, true) }
        // Nothing is refused for want of memory that is about to be given back.
        let isRefusing = isShort && !keyspace.hasRemovedToFree
        noteExceeding(isRefusing)
        restrictServer(.shortOfMemory, isShort && !isRefusing)
        restrictServer(.outOfMemory, isRefusing)
    }

    /// Nothing goes while the data are read or repeated, while clients are paused, or while the disk is behind.
    private var mayMakeRoom: Bool {
        !loading.isInForce && !pause.isInForce && !keyspace.holdsEverything && !saving.isHolding
            && !(follows && settings.replicaIgnoresMemoryLimit)
    }

    // MARK: Making room

    /// The limit is another one: the data shrink to it, even if no command comes.
    mutating func shrinkInBackground() {
        keyspace.eviction.isLimited = account.isLimited
        room.mostData = dataSize &+ margin
        room.goesOn = isOverMemoryLimit && settings.maxMemoryPolicy != .noEviction
    }

    /// A new turn has its own time for making room. True if there is more to do.
    @inline(__always) mutating func makeRoomForTurn() -> Bool {
        room.ticksLeft = 0
        return _slowPath(room.goesOn) ? makeRoomInTurn() : false
    }

    @inline(never) private mutating func makeRoomInTurn() -> Bool {
        room.goesOn = false
        noteMemory()
        if serverRestrictions.contains(.shortOfMemory) { makeRoom() }
        return room.goesOn
    }

    /// Evicts keys until the data fit, as long as there is time. Restrictions say what commands may do then.
    @inline(never) mutating func makeRoom() {
        giveBackRemoved()
        noteMemory()
        guard serverRestrictions.contains(.shortOfMemory) else { return }
        let before = keyspace.selected, start = Ticks.now
        let made = evictKeys(since: start)
        keyspace.select(before)
        noteLatency(of: .evictionCycle, since: start)
        if keyspace.feed.hasNews { spreadNews() }
        noteExceeding(made != .enough)
        room.mostData = min(room.mostData, dataSize &+ margin)
        if made == .enough { room.mostData = max(0, account.limitOfData) &+ margin }
        room.goesOn = made == .some
        restrictServer(.shortOfMemory, made != .enough)
        restrictServer(.outOfMemory, made == .tooLittle)
    }

    /// What has been removed is given back as fast as commands need memory, or faster.
    private mutating func giveBackRemoved() {
        guard keyspace.hasRemovedToFree else { return room.heapSize = .max }
        keyspace.giveBack(downTo: min(room.heapSize, keyspace.heap.used) &- 4096)
        room.heapSize = keyspace.heap.used
    }

    private mutating func evictKeys(since start: UInt64) -> RoomMade {
        var count = 0
        while isOverMemoryLimit {
            let began = settings.latencyMonitorThresholdMilliseconds > 0 ? Ticks.now : 0
            guard keyspace.evict() else { return keyspace.hasRemovedToFree ? .some : .tooLittle }
            noteLatency(of: .evictionRemoval, since: began)
            count += 1
            guard count % RoomMaking.keysPerLook == 0, isOverMemoryLimit else { continue }
            // The time is the turn's, not the command's: many commands may come in one.
            if room.ticksLeft == 0 { room.ticksLeft = ticksForMakingRoom }
            if Int64(bitPattern: Ticks.now &- start) >= room.ticksLeft, dataSize <= room.mostData {
                room.ticksLeft = 1
                return .some
            }
        }
        return .enough
    }

    private var dataSize: Int { keyspace.memoryUsed &- keyspace.ghosts.memoryUsed }

    /// What a command may add while room is made.
    private var margin: Int { account.isLimited ? account.limit / 32 : 0 }

    /// How long making room may take in a turn: `maxmemory-eviction-tenacity` up to 10 gives as many times 50
    /// microseconds; from there each step gives 15 percent more, and 100 all that it takes.
    private var ticksForMakingRoom: Int64 {
        let tenacity = settings.evictionTenacity
        if tenacity >= 100 { return .max }
        var microseconds = Double(50 * min(tenacity, 10))
        for _ in 0..<max(0, tenacity - 10) { microseconds *= 1.15 }
        return max(1, Int64(microseconds * Double(Ticks.perMicrosecond)))
    }

    // MARK: Statistics

    private mutating func noteExceeding(_ isExceeded: Bool) {
        if isExceeded {
            if room.exceededSince == nil { room.exceededSince = Ticks.now }
        } else if let since = room.exceededSince {
            room.exceededMicroseconds &+= microseconds(since: since)
            room.exceededSince = nil
        }
    }

    private func microseconds(since start: UInt64) -> Int {
        Int(truncatingIfNeeded: observation.nanoseconds(Ticks.now &- start) / 1000)
    }

    /// For how many milliseconds the data have been larger than they may, this time and in all.
    var exceededMilliseconds: (now: Int, inAll: Int) {
        let current = room.exceededSince.map { microseconds(since: $0) } ?? 0
        return (current / 1000, (room.exceededMicroseconds &+ current) / 1000)
    }

    mutating func resetExceededTime() { room.exceededMicroseconds = 0 }
}
