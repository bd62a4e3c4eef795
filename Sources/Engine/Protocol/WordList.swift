// The words of one request that was found by other means than `RequestParser`: views of a window, one behind the other.
// Ownership rule: the list owns its slots, the caller owns the window; the words end when the window changes.

/// Words by their places, in the form that the dispatcher takes.
@safe struct WordList: ~Copyable {
    private var slots: UnsafeMutablePointer<ArgumentList.Slot>
    private(set) var capacity = 64
    private(set) var count = 0

    init() { unsafe slots = .allocate(capacity: capacity) }
    deinit { unsafe slots.deallocate() }

    @inline(__always) mutating func removeAll() { count = 0 }

    @inline(__always) mutating func append(_ word: Bytes) {
        if _slowPath(count == capacity) { grow() }
        unsafe (slots + count).initialize(to: ArgumentList.Slot(start: word.start, count: word.count))
        count &+= 1
    }

    @inline(never) private mutating func grow() {
        let larger = UnsafeMutablePointer<ArgumentList.Slot>.allocate(capacity: capacity * 2)
        unsafe larger.moveInitialize(from: slots, count: count)
        unsafe slots.deallocate()
        unsafe slots = larger
        capacity *= 2
    }

    /// What has been appended, for as long as nothing else is.
    var arguments: ArgumentList { unsafe ArgumentList(slots: slots, count: count) }
}
