// A long string that a reply shares with its key instead of copying it. The key may be changed or removed meanwhile:
// whoever changes a string that somebody else holds makes a copy.
// Ownership rule: every `retain` needs its `release`.

/// A hold on one long string, in terms that may be kept.
@safe struct RetainedString: BitwiseCopyable {
    private let word: UInt64
    private let heap: Heap

    init(_ string: LargeString, in heap: Heap) {
        word = string.word
        self.heap = heap
    }

    private var string: LargeString { LargeString(word: word) }

    var count: Int { string.count }

    /// Valid until the string is released.
    var start: UnsafeMutableRawPointer { unsafe string.start }

    /// Its bytes, for as long as somebody holds it.
    var contents: Bytes {
        @_lifetime(borrow self) get {
            unsafe _overrideLifetime(Bytes(unsafeStart: start, count: count), borrowing: self)
        }
    }

    func retain() { string.retain() }
    func release() { string.release(to: heap) }
}

extension Keyspace {
    /// From this size on a reply shares a string instead of copying it.
    static let leastSharedSize = 128 << 10

    /// A hold on the string at `key`, which the caller releases; nil if there is none or it is not long. No use of the
    /// key.
    @inline(never) mutating func retainedString(at key: Key) -> RetainedString? {
        guard let place = findToRead(key.bytes, hash(of: key)), place.entry.kind == .largeString else { return nil }
        let string = LargeString(word: place.entry.word)
        guard string.count >= Keyspace.leastSharedSize else { return nil }
        string.retain()
        return RetainedString(string, in: heap)
    }
}

extension StringValue {
    /// Long enough to be worth sharing.
    @inline(__always) var isLong: Bool {
        switch self {
        case .bytes(let bytes): bytes.count >= Keyspace.leastSharedSize
        case .integer: false
        }
    }
}
