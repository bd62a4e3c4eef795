// A growable array without reference counts, for the lists that the heap keeps about its objects.
// Ownership rule: it has its memory alone, and frees it.

/// Elements in a row, taken from the end.
@safe struct Stack<Element: BitwiseCopyable>: ~Copyable {
    private var start: UnsafeMutablePointer<Element>?
    private(set) var count = 0
    private var capacity = 0

    init() { unsafe start = nil }

    deinit { unsafe start?.deallocate() }

    @inline(__always) var isEmpty: Bool { count == 0 }

    @inline(__always) mutating func append(_ element: Element) {
        if count == capacity { grow() }
        if let start = unsafe start { unsafe start[count] = element }
        count &+= 1
    }

    @inline(__always) mutating func popLast() -> Element? {
        guard count > 0, let start = unsafe start else { return nil }
        count &-= 1
        return unsafe start[count]
    }

    @inline(__always) subscript(index: Int) -> Element {
        get {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            return unsafe start.unsafelyUnwrapped[index]
        }
        set {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            unsafe start.unsafelyUnwrapped[index] = newValue
        }
    }

    /// Forgets the elements; a large memory goes back.
    @inline(__always) mutating func removeAll() {
        count = 0
        if capacity > 1 << 14 { release() }
    }

    /// Keeps the first so many.
    mutating func truncate(to length: Int) { count = min(count, max(length, 0)) }

    @inline(never) private mutating func release() {
        unsafe start?.deallocate()
        unsafe start = nil
        capacity = 0
    }

    @inline(never) private mutating func grow() {
        let larger = max(16, capacity * 2)
        let place = UnsafeMutablePointer<Element>.allocate(capacity: larger)
        if let start = unsafe start {
            unsafe place.update(from: start, count: count)
            unsafe start.deallocate()
        }
        unsafe start = place
        capacity = larger
    }
}
