// Elements that are taken in the order in which they were put in; they need not be copyable.
// Ownership rule: the ring owns the elements between `append` and `popFirst`.

/// A ring that grows.
@safe struct Queue<Element: ~Copyable>: ~Copyable {
    private var places: UnsafeMutablePointer<Element>
    private var capacity = 8
    private var first = 0
    private(set) var count = 0

    init() { unsafe places = .allocate(capacity: capacity) }

    deinit {
        for index in 0..<count { unsafe (places + (first + index) % capacity).deinitialize(count: 1) }
        unsafe places.deallocate()
    }

    var isEmpty: Bool { count == 0 }

    mutating func append(_ element: consuming Element) {
        if count == capacity { grow() }
        unsafe (places + (first + count) % capacity).initialize(to: element)
        count += 1
    }

    mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        defer {
            first = (first + 1) % capacity
            count -= 1
        }
        return unsafe (places + first).move()
    }

    /// Puts back what was taken last.
    mutating func prepend(_ element: consuming Element) {
        if count == capacity { grow() }
        first = (first + capacity - 1) % capacity
        unsafe (places + first).initialize(to: element)
        count += 1
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
        for index in 0..<count {
            unsafe (larger + index).moveInitialize(from: places + (first + index) % capacity, count: 1)
        }
        unsafe places.deallocate()
        unsafe places = larger
        capacity *= 2
        first = 0
    }
}
