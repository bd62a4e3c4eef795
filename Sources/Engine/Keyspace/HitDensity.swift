// How much each byte of memory can be expected to earn: the policies allkeys-lhd and allkeys-s3fifo, and those
// for keys with a deadline. A key's mark has
// 14 bits for the tick of the last use, and 2 for how often it was used. What keys with such a mark have been worth so
// far is learned from all that were used again, whether they were still there or only remembered (least hit density:
// Beckmann, Chen, Cidon, NSDI 2018; small counters and remembered keys: S3-FIFO, SOSP 2023). Time is what has been
// inserted: a turn of the whole cache has 256 ticks. `Keyspace+Density.swift` tells what happens.

/// What has been learned of the uses of keys.
struct HitDensity {
    /// Uses are counted up to one less.
    static let useLevels = 4
    /// Ages are told apart by their size: each second one is twice as old.
    static let ageCount = 18
    static let ticksPerTurn = 256

    private typealias Table = InlineArray<72, Float>

    /// What a byte of a key earns in the time that it will be kept.
    private var density = Table(repeating: 0)
    /// Keys of each level and age that were used again, and that were forgotten without.
    private var used = Table(repeating: 0), forgotten = Table(repeating: 0)
    /// Keys of each level and age that have gone, and how many of each level are remembered: whether they will be used
    /// again is not known yet, and as long as it is not, they count as if not.
    private var gone = Table(repeating: 0), remembered = InlineArray<4, Float>(repeating: 0)
    /// Keys that have gone since it was learned from them.
    private var goneCount = 0

    /// The tick that it is, in the place that it has in a mark.
    private(set) var reading: UInt16
    /// Bytes that have come in this tick.
    private var bytesInTick = 0

    /// A key counts as no larger.
    var largestBytes = Int.max

    /// False if the first guess stands for ever.
    let isLearning: Bool

    /// What comes first continues with the mark `reading`, so that the marks of another policy keep some of their
    /// order.
    init(isLearning: Bool, reading: UInt16) {
        self.isLearning = isLearning
        self.reading = reading & ~3
        for level in 0..<HitDensity.useLevels {
            for age in 0..<HitDensity.ageCount {
                density[level * HitDensity.ageCount + age] = guess(level, age)
            }
        }
    }

    /// What is thought of a level and age before anything is known: new keys are on probation, and used ones count by
    /// uses and age. It weighs as much as one key for a turn of the cache.
    private func guess(_ level: Int, _ age: Int) -> Float {
        let start = HitDensity.start(of: age)
        if !isLearning { return (level == 0 ? 0.1 : Float(level)) / (start + 0.2) }
        return 0.05 * Float(1 << (level == 0 ? 0 : level + 1)) / (start + 0.5)
    }

    // MARK: Time

    /// So much has come; all the data occupy `total`.
    @inline(__always) mutating func pass(bytes: Int, of total: Int) {
        bytesInTick &+= bytes
        let perTick = max(1, total >> 8)
        if bytesInTick >= perTick {
            // Not more than half of all ticks at once.
            reading &+= UInt16(truncatingIfNeeded: min(bytesInTick / perTick, 8192) * 4)
            bytesInTick %= perTick
        }
    }

    /// The size of an age: 0 for less than an eighth of a tick per tick of a turn, and so on by the square root of two.
    @inline(__always) private static func age(_ ticks: Int) -> Int {
        let shifted = ticks &+ 8
        let exponent = (Int.bitWidth &- 1) &- shifted.leadingZeroBitCount
        let half = shifted &* shifted >= 2 &<< (2 &* exponent) ? 1 : 0
        return min(2 &* (exponent &- 3) &+ half, ageCount &- 1)
    }

    /// Where an age begins, in turns of the cache.
    private static func start(of age: Int) -> Float {
        var start: Float = age % 2 == 0 ? 1 : 1.414_213_6
        for _ in 0..<age / 2 { start *= 2 }
        return (start - 1) / 32
    }

    @inline(__always) private func place(of mark: UInt16) -> Int {
        Int(mark & 3) &* HitDensity.ageCount &+ HitDensity.age(Int((reading &- mark & ~3) &>> 2))
    }

    // MARK: Marks

    /// What a key is marked with that is as new as any, and used three times: nothing is to be learned from one more.
    @inline(__always) var mostUsed: UInt16 { reading | 3 }

    /// How often a key has been used, up to three times.
    @inline(__always) static func uses(_ mark: UInt16) -> Int { Int(mark & 3) }

    /// The mark of a key that has been used so often, and just now.
    func mark(uses: Int) -> UInt16 { reading | UInt16(min(3, max(0, uses))) }

    /// A key with this mark has been used once more; answers its new mark.
    mutating func use(_ mark: UInt16) -> UInt16 {
        if isLearning { used[place(of: mark)] += 1 }
        return reading | min(3, (mark & 3) + 1)
    }

    /// A key with this mark has ended, and nobody remembers it.
    mutating func forget(_ mark: UInt16) {
        if isLearning { forgotten[place(of: mark)] += 1 }
    }

    /// A key with this mark is remembered no more: it is there again, or was forgotten.
    mutating func noteResolved(_ mark: UInt16) {
        let level = Int(mark & 3)
        remembered[level] = max(0, remembered[level] - 1)
    }

    /// No key is remembered any more.
    mutating func noteNoneRemembered() { remembered = InlineArray(repeating: 0) }

    // MARK: Choice

    /// What a key with this mark that occupies so many bytes is worth. The order of these numbers is all that matters.
    @inline(__always) func worth(_ mark: UInt16, bytes: Int) -> Int64 {
        // The order of positive floating-point numbers is that of their bits.
        Int64((density[place(of: mark)] / Float(min(bytes, largestBytes))).bitPattern)
    }

    /// A key with this mark has gone and is remembered. True if it is time to learn: when a sixteenth of `count` keys
    /// has gone.
    mutating func noteGone(_ mark: UInt16, of count: Int) -> Bool {
        goneCount &+= 1
        if isLearning {
            gone[place(of: mark)] += 1
            remembered[Int(mark & 3)] += 1
        }
        guard goneCount >= max(100, count / 16) else { return false }
        goneCount = 0
        return true
    }

    /// For each level and age: of those that came so far, how many were used again, by the time that it took. Keeping
    /// one pays until the best moment to let it go.
    mutating func learn() {
        guard isLearning else { return }
        for level in 0..<HitDensity.useLevels {
            let base = level * HitDensity.ageCount
            let ended = endings(level)
            var left: Float = 0
            for age in 0..<HitDensity.ageCount { left += ended[age] }
            for age in 0..<HitDensity.ageCount {
                density[base + age] = bestDensity(base, from: age, ended, left: left)
                left = max(0, left - ended[age])
            }
        }
        // What is long ago counts less and less.
        for index in 0..<HitDensity.useLevels * HitDensity.ageCount {
            used[index] *= 0.9
            forgotten[index] *= 0.9
            gone[index] *= 0.9
        }
    }

    /// How many keys of a level were used again or not, by age.
    private func endings(_ level: Int) -> InlineArray<18, Float> {
        let base = level * HitDensity.ageCount
        var allGone: Float = 0
        for age in 0..<HitDensity.ageCount { allGone += gone[base + age] }
        let share = allGone > 0 ? remembered[level] / allGone : 0
        var ended = InlineArray<18, Float>(repeating: 0)
        for age in 0..<HitDensity.ageCount {
            ended[age] = used[base + age] + forgotten[base + age] + gone[base + age] * share
        }
        return ended
    }

    private func bestDensity(_ base: Int, from first: Int, _ ended: InlineArray<18, Float>, left: Float) -> Float {
        var (hits, time, best, left) = (guess(base / HitDensity.ageCount, first), Float(1), Float(0), left)
        for age in first..<HitDensity.ageCount {
            hits += used[base + age]
            time += (left - ended[age] / 2) * (HitDensity.start(of: age + 1) - HitDensity.start(of: age))
            left = max(0, left - ended[age])
            best = max(best, hits / time)
        }
        return best
    }
}
