// Requests that wait to be run: the words of a transaction, copied one behind the other, with their lengths beside
// them. Nothing is spelled as RESP and nothing is parsed again.
// Ownership rule: the queue owns the bytes and the slots; a list that it hands out ends at the next one.

/// Copies of requests, in their order.
@safe struct RequestQueue: ~Copyable {
    private var words = Buffer()
    /// For each request the number of its words, then the length of each.
    private var lengths: [UInt32] = []
    private var slots: UnsafeMutablePointer<ArgumentList.Slot>
    private var slotCount = 0
    /// The next request to be taken.
    private var nextLength = 0, nextByte = 0

    init() { unsafe slots = .allocate(capacity: 1) }
    deinit { unsafe slots.deallocate() }

    var isEmpty: Bool { lengths.isEmpty }

    /// What the queue occupies.
    var memoryUsed: Int { words.capacity + lengths.capacity * 4 + slotCount * MemoryLayout<ArgumentList.Slot>.stride }

    mutating func append(_ arguments: Arguments) {
        begin(arguments.count)
        for index in 0..<arguments.count { append(word: arguments[index]) }
    }

    /// Begins a request of so many words, which the caller appends.
    mutating func begin(_ count: Int) { lengths.append(UInt32(truncatingIfNeeded: count)) }

    mutating func append(word: Bytes) {
        lengths.append(UInt32(truncatingIfNeeded: word.count))
        words.append(word)
    }

    /// The next request, from the first on.
    mutating func next() -> ArgumentList? {
        guard nextLength < lengths.count else { return nil }
        let count = Int(lengths[nextLength])
        if count > slotCount { growSlots(count) }
        for index in 0..<count {
            let length = Int(lengths[nextLength + 1 + index])
            precondition(nextByte + length <= words.count)
            let slot = unsafe ArgumentList.Slot(start: UnsafeRawPointer(words.start) + nextByte, count: length)
            unsafe (slots + index).initialize(to: slot)
            nextByte &+= length
        }
        nextLength += 1 + count
        return unsafe ArgumentList(slots: UnsafePointer(slots), count: count)
    }

    /// The first request is the next one again.
    mutating func rewind() { (nextLength, nextByte) = (0, 0) }

    private mutating func growSlots(_ count: Int) {
        unsafe slots.deallocate()
        slotCount = max(8, count)
        unsafe slots = .allocate(capacity: slotCount)
    }

    /// Forgets the requests. Room for a few is kept for the next ones.
    mutating func removeAll() {
        if memoryUsed > 16 << 10 {
            self = RequestQueue()
        } else {
            words.truncate(to: 0)
            lengths.removeAll(keepingCapacity: true)
            (nextLength, nextByte) = (0, 0)
        }
    }
}
