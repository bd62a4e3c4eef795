// The wheel as time passes: what is due, what comes next, and the slots that are spread over lower levels when their
// turn comes.

extension TimingWheel {
    /// The next item that is due at `time`. Nil when the wheel has caught up with it, or the budget is used up, which
    /// pays for items that change their slots.
    @inline(__always) mutating func popDue(at time: Int64, budget: inout Int) -> Item? {
        while true {
            if _slowPath(cascadingLevel > 0 || isPlacingAnew) {
                guard spread(&budget) else { return nil }
            }
            // Only after a jump backwards is the wheel ahead; a small one is waited for.
            if _slowPath(time < now) {
                if now &- time > 1000 { turnBack(to: time) }
                if !isPlacingAnew { return nil }
                continue
            }
            let slot = Int(truncatingIfNeeded: now & 255)
            if !slots.isEmpty(slot) {
                let item = pop(slot)
                countDown()
                return item
            }
            if now >= time { return nil }
            advance(towards: time)
        }
    }

    /// Something is due at `time`, or must be moved to find out.
    @inline(__always) func isBehind(_ time: Int64) -> Bool {
        guard count > 0 else { return false }
        return now < time && nextEvent <= time || cascadingLevel > 0 || isPlacingAnew
            || time >= now && !slots.isEmpty(Int(truncatingIfNeeded: now & 255)) || now &- 1000 > time
    }

    /// Not later than the next moment at which `popDue` has something to do; not earlier than `now`.
    var nextEvent: Int64 {
        if cascadingLevel > 0 || isPlacingAnew || !slots.isEmpty(Int(truncatingIfNeeded: now & 255)) { return now }
        return nextSlot()?.start ?? .max
    }

    /// The next slot in use on any level; nil if only far items are left. Then the next turn of all levels counts.
    private func nextSlot() -> (start: Int64, level: Int)? {
        for level in 0..<TimingWheel.levels {
            let shift = Int64(level * 8)
            let index = Int(truncatingIfNeeded: now >> shift) & 255
            if let next = firstOccupied(behind: index, level) {
                let turn = now >> shift & ~255
                return ((turn | Int64(next)) << shift, level)
            }
        }
        if slots.isEmpty(TimingWheel.farSlot) { return nil }
        let (start, overflows) = ((now >> 40) + 1).multipliedReportingOverflow(by: 1 << 40)
        return overflows ? nil : (start, TimingWheel.levels)
    }

    private func firstOccupied(behind index: Int, _ level: Int) -> Int? {
        var next = index + 1
        while next < 256 {
            let word = occupied[level * 4 + next >> 6] >> UInt64(next & 63)
            if word != 0 { return next + word.trailingZeroBitCount }
            next = (next | 63) + 1
        }
        return nil
    }

    /// Visits items of the slot whose turn comes first, at most `limit`, or about that many.
    func sampleNearest(limit: Int, _ body: (Item) -> Void) {
        let due = Int(truncatingIfNeeded: now & 255)
        if !slots.isEmpty(due) { return slots.sample(due, limit: limit, body) }
        if isPlacingAnew { slots.sample(TimingWheel.limboSlot, limit: limit, body) }
        if cascadingLevel > 0 {
            for level in 1...cascadingLevel {
                let index = Int(truncatingIfNeeded: now >> Int64(level * 8)) & 255
                slots.sample(level * 256 + index, limit: limit, body)
            }
        }
        guard let (start, level) = nextSlot(), level < TimingWheel.levels else {
            return slots.sample(TimingWheel.farSlot, limit: limit, body)
        }
        slots.sample(level * 256 + Int(truncatingIfNeeded: start >> Int64(level * 8)) & 255, limit: limit, body)
    }

    /// To the next slot in use, but not beyond `time`.
    @inline(never) private mutating func advance(towards time: Int64) {
        guard let (start, level) = nextSlot(), start <= time else {
            now = time
            return
        }
        if level < TimingWheel.levels {
            now = start
            cascadingLevel = level
        } else {
            // Whole turns of the wheel may have been jumped over.
            now = time
            slots.move(TimingWheel.farSlot, to: TimingWheel.limboSlot)
            isPlacingAnew = true
        }
    }

    /// Time has run backwards: where items belong must be found out anew.
    @inline(never) private mutating func turnBack(to time: Int64) {
        now = time
        cascadingLevel = 0
        for slot in 0..<TimingWheel.limboSlot where !slots.isEmpty(slot) {
            slots.move(slot, to: TimingWheel.limboSlot)
            markEmpty(slot)
        }
        isPlacingAnew = true
    }

    /// Places items anew: those in limbo, or those of the slot whose turn has come. True when that is done.
    @inline(never) private mutating func spread(_ budget: inout Int) -> Bool {
        while isPlacingAnew || cascadingLevel > 0 {
            let index = Int(truncatingIfNeeded: now >> Int64(cascadingLevel * 8)) & 255
            let slot = isPlacingAnew ? TimingWheel.limboSlot : cascadingLevel * 256 + index
            while !slots.isEmpty(slot) {
                if budget <= 0 { return false }
                budget -= 1
                place(pop(slot))
            }
            // The slot below at this moment is empty or due for the same.
            if isPlacingAnew { isPlacingAnew = false } else { cascadingLevel -= 1 }
        }
        return true
    }

    /// About the mean deadline: of some items of every slot in use. Nil if there are none.
    var meanDeadline: Int64? {
        var sum = 0.0, count = 0.0
        for slot in 0..<slots.slotCount {
            slots.sample(slot, limit: 16) { item in
                sum += Double(item.deadline)
                count += 1
            }
        }
        return count > 0 ? Int64(exactly: (sum / count).rounded()) ?? .max : nil
    }

    func checkInvariants() {
        var found = 0
        slots.forEach { item, slot in
            found += 1
            precondition(slot >= TimingWheel.farSlot || !markedEmpty(slot))
        }
        precondition(found == count)
    }
}
