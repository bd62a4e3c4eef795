// The fine scale of recency: a ring of ticks. As long as every second is a tick and every tick a second, arithmetic
// says when a tick was; from the first time that this is not so, a table does.

/// Ticks, and the seconds at which they were.
struct AccessTicks {
    /// How many ticks the ring has.
    static let count: Int64 = 49_152
    /// Older ones are to leave the ring; there is a third of it left for that.
    static let mostAge: Int64 = 32_768

    /// Ticks until now.
    private(set) var number: Int64
    /// The tick as a place in the ring.
    private(set) var slot: UInt16 = 0
    /// What time it is.
    private(set) var second: Int64
    /// The second of each tick in the ring, less `base`; empty while a tick is a second.
    private var seconds: [Int32] = []
    private var base: Int64 = 0

    /// A longer standstill is one tick.
    private static let longestGap: Int64 = 64

    init(second: Int64) {
        (number, self.second) = (second, second)
        slot = AccessTicks.slot(of: number)
    }

    private static func slot(of number: Int64) -> UInt16 {
        UInt16(truncatingIfNeeded: (number % count + count) % count)
    }

    mutating func advance(to now: Int64) {
        let passed = now &- second
        if passed == 0 { return }
        if passed < 0 || passed > AccessTicks.longestGap {
            keepTable()
            second = now
            return step()
        }
        for _ in 0..<passed {
            second += 1
            step()
        }
    }

    /// A tick within the same second.
    mutating func tick() {
        keepTable()
        step()
    }

    private mutating func step() {
        number += 1
        slot += 1
        if slot == UInt16(AccessTicks.count) { slot = 0 }
        if !seconds.isEmpty { seconds[Int(slot)] = Int32(clamping: second - base) }
    }

    private mutating func keepTable() {
        guard seconds.isEmpty else { return }
        base = second
        seconds = [Int32](repeating: 0, count: Int(AccessTicks.count))
        for age in 0..<AccessTicks.count { seconds[Int(AccessTicks.slot(of: number - age))] = Int32(-age) }
    }

    // MARK: Reading

    /// How many ticks ago the tick in this place of the ring was.
    @inline(__always) func age(of place: UInt16) -> Int64 {
        let difference = Int64(slot) &- Int64(place)
        return difference < 0 ? difference &+ AccessTicks.count : difference
    }

    @inline(__always) func number(of place: UInt16) -> Int64 { number &- age(of: place) }

    /// When that tick was.
    func second(of place: UInt16) -> Int64 {
        guard !seconds.isEmpty, place < AccessTicks.count else { return second - age(of: place) }
        return base + Int64(seconds[Int(place)])
    }

    /// The tick of so many seconds ago; nil if the ring does not remember, or will not for long.
    func slot(secondsAgo: Int64) -> UInt16? {
        let wanted = second.subtractingReportingOverflow(secondsAgo)
        if wanted.overflow { return nil }
        // The youngest that is old enough.
        var (low, high) = (Int64(0), AccessTicks.mostAge)
        while low < high {
            let middle = (low + high) / 2
            if second(of: AccessTicks.slot(of: number - middle)) <= wanted.partialValue {
                high = middle
            } else {
                low = middle + 1
            }
        }
        return low < AccessTicks.mostAge ? AccessTicks.slot(of: number - low) : nil
    }
}
