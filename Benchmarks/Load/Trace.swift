// Traces: which key a cache is asked for next. One seed, one sequence, on any machine. Popularity follows Zipf's law; a
// key is a number whose bits are well mixed, so that neither order nor popularity shows in its name. How large a value
// is follows from its key: 64 to 1024 bytes, each doubling as common as the others.

/// One request of a trace.
struct TraceRequest {
    let key: UInt64
    /// What is stored for it ends after a while.
    let hasDeadline: Bool

    /// Bytes of the value.
    var size: Int {
        let bits = Trace.mix(key &+ 0x51CE)
        let least = 64 << Int(truncatingIfNeeded: bits & 3)
        return least + (Int(truncatingIfNeeded: (bits >> 2) & 0xFFFF) * least) >> 16
    }
}

/// A source of requests.
struct Trace {
    /// What is asked for.
    enum Kind: String, CaseIterable {
        /// Zipf's law with an exponent of 0.8, and of 1.
        case zipf08, zipf10
        /// Zipf's law, and now and then as many keys as the cache holds that are never asked for again.
        case scan
        /// Zipf's law; eight times in the trace half of the keys give their popularity to new ones.
        case shift
        /// Zipf's law; each key gives its popularity to a new one four times in the trace, each at a time of its own.
        case drift
        /// The same keys in the same order again and again, a third more than the cache holds.
        case loop
        /// People log in, come back some eight times and leave; what is kept of them ends after a while.
        case sessions
        /// Some of everything at the same time.
        case mix
    }

    let kind: Kind
    /// How many keys there are to choose from, and about how many of them the cache holds.
    let keyCount: Int, cachedCount: Int
    let length: Int
    private(set) var place = 0
    private var state: UInt64
    private var weights: [Double] = []
    private var sessions: [UInt64] = []
    /// Numbers for keys that nobody has asked for yet.
    private var fresh: UInt64 = 1 << 40

    init(_ kind: Kind, keyCount: Int, cachedCount: Int, length: Int, seed: UInt64) {
        (self.kind, self.keyCount, self.length) = (kind, max(1, keyCount), max(1, length))
        self.cachedCount = max(16, cachedCount)
        state = Trace.mix(seed) | 1
        guard kind != .loop, kind != .sessions else { return }
        let exponent = kind == .zipf08 ? 0.8 : kind == .mix ? 0.9 : 1
        var sum = 0.0
        weights.reserveCapacity(self.keyCount)
        for rank in 1...self.keyCount {
            sum += 1 / power(Double(rank), exponent)
            weights.append(sum)
        }
    }

    mutating func next() -> TraceRequest {
        defer { place += 1 }
        switch kind {
        case .zipf08, .zipf10: return request(popular())
        case .scan:
            let isScanning = place % (3 * cachedCount) >= 2 * cachedCount
            return request(isScanning ? unseen() : popular())
        case .shift: return request(shifted(popular(), among: 2))
        case .drift:
            let rank = popular()
            let start = UInt64(truncatingIfNeeded: Trace.mix(rank &+ 7) % 1000)
            let epoch = (UInt64(place * 4000 / length) &+ start) / 1000
            return request(rank &+ epoch << 32)
        case .loop: return request(UInt64(place % (cachedCount * 4 / 3)))
        case .sessions: return session(of: cachedCount / 2)
        case .mix:
            switch random(below: 100) {
            case ..<55: return request(shifted(popular(), among: 4))
            case ..<75: return session(of: cachedCount / 8)
            case ..<90: return request(unseen())
            default: return request(1 << 41 | UInt64(place % (cachedCount / 2)))
            }
        }
    }

    // MARK: Parts

    private func request(_ number: UInt64) -> TraceRequest {
        TraceRequest(key: Trace.mix(number &+ 1) >> 16, hasDeadline: false)
    }

    /// A rank, the low ones often.
    private mutating func popular() -> UInt64 {
        let point = Double(random() >> 11) / Double(1 << 53) * (weights.last ?? 0)
        var (low, high) = (0, weights.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if weights[middle] < point { low = middle + 1 } else { high = middle }
        }
        return UInt64(low)
    }

    /// One of `among` keys changes with each eighth of the trace.
    private func shifted(_ rank: UInt64, among: UInt64) -> UInt64 {
        Trace.mix(rank &+ 7) % among == 0 ? rank &+ UInt64(place * 8 / length) << 32 : rank
    }

    private mutating func unseen() -> UInt64 {
        fresh += 1
        return fresh
    }

    /// Someone of those who are there comes back; one in eight times it is the last time, and someone else comes.
    private mutating func session(of count: Int) -> TraceRequest {
        if sessions.count < count { sessions.append(unseen()) }
        let index = random(below: sessions.count)
        let number = sessions[index]
        if random(below: 8) == 0 { sessions[index] = unseen() }
        return TraceRequest(key: Trace.mix(number &+ 1) >> 16, hasDeadline: true)
    }

    // MARK: Numbers

    static func mix(_ number: UInt64) -> UInt64 {
        var bits = number &+ 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return bits ^ bits >> 31
    }

    private mutating func random() -> UInt64 {
        state ^= state &<< 13
        state ^= state &>> 7
        state ^= state &<< 17
        return state
    }

    private mutating func random(below bound: Int) -> Int {
        Int(truncatingIfNeeded: random().multipliedFullWidth(by: UInt64(bound)).high)
    }
}
