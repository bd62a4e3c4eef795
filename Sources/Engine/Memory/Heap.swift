// What values are made of: memory that is accounted for, the hash of their members, chance, and the limits of their
// small forms. It is one word, so that a value can carry it; a copy names the same heap.
// Ownership rule: made once for a keyspace and never freed; a block belongs to whoever allocated it.

/// The memory of one keyspace and what its values share.
@safe struct Heap: BitwiseCopyable {
    /// What every handle names.
    private struct State: ~Copyable {
        var allocator = SlabAllocator()
        var limits = EncodingLimits()
        var random: RandomSource
        let hash: KeyHash
        /// A door has lent the ledger of a value that is being saved.
        var isSaving = false
        /// What ends before this moment is no more.
        var horizon = Int64.min
        var ledger = ChangeLedger()
    }

    private let state: UnsafeMutablePointer<State>

    init(seed: UInt64) {
        unsafe state = .allocate(capacity: 1)
        unsafe state.initialize(to: State(random: RandomSource(seed: seed), hash: KeyHash(seed: seed)))
    }

    /// Bytes lent out, including the rounding to size classes.
    @inline(__always) var used: Int { unsafe state.pointee.allocator.used }

    /// The hash of keys and members.
    @inline(__always) var hash: KeyHash { unsafe state.pointee.hash }

    /// Up to where values keep their small forms.
    var limits: EncodingLimits {
        @inline(__always) get { unsafe state.pointee.limits }
        nonmutating set { unsafe state.pointee.limits = newValue }
    }

    /// Elements that end before this moment are no more; some may still be in memory.
    var horizon: Int64 {
        @inline(__always) get { unsafe state.pointee.horizon }
        nonmutating set { unsafe state.pointee.horizon = newValue }
    }

    /// A block of at least `size` bytes, aligned to 8.
    @inline(__always) func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        unsafe state.pointee.allocator.allocate(size)
    }

    @inline(__always) func deallocate(_ block: UnsafeMutableRawPointer) {
        unsafe state.pointee.allocator.deallocate(block)
    }

    /// A block of at least `size` bytes that begins with the first `count` bytes of `block`, which is given back
    /// unless it is large enough itself.
    func reallocate(_ block: UnsafeMutableRawPointer, keeping count: Int, size: Int) -> UnsafeMutableRawPointer {
        unsafe state.pointee.allocator.reallocate(block, keeping: count, size: size)
    }

    /// Gives memory that nobody uses back to the kernel, at most about `budget` MiB. True if more is left to do.
    func trim(budget: Int) -> Bool { unsafe state.pointee.allocator.trim(budget: budget) }

    /// Gives back to the kernel what nobody uses, in one short step.
    func purgeSome() { unsafe state.pointee.allocator.purgeSome() }

    /// Gives everything back to the kernel that nobody uses, at once.
    func purge() { unsafe state.pointee.allocator.purge() }

    /// What the pages that hold blocks come to.
    @inline(__always) var occupied: Int { unsafe state.pointee.allocator.occupied }

    /// What is lent, and what that occupies.
    var usage: HeapUsage { unsafe state.pointee.allocator.usage }

    /// The same by sizes of blocks; takes time in proportion to the pages.
    func report() -> SlabReport { unsafe state.pointee.allocator.report() }

    func checkInvariants() { unsafe state.pointee.allocator.checkInvariants() }

    /// How many bytes of `block` may be used: at least what was asked for.
    @inline(__always) static func capacity(of block: UnsafeMutableRawPointer) -> Int {
        unsafe SlabAllocator.capacity(of: block)
    }

    // MARK: Moving

    /// Begins to choose pages that are to become empty.
    func beginEvacuation(ofAll: Bool = false) { unsafe state.pointee.allocator.beginEvacuation(ofAll: ofAll) }

    /// Goes on choosing; true when the pages are chosen.
    func chooseForEvacuation() -> Bool { unsafe state.pointee.allocator.chooseForEvacuation() }

    /// The block that `word` names by its address, and by other bits says more about, is copied to another place if its
    /// page is to become empty; the word that names it then. There may be no block: 0.
    @inline(__always) func moved(_ word: UInt64) -> UInt64 {
        let address = word & Heap.addressBits
        guard let block = unsafe UnsafeMutableRawPointer(bitPattern: UInt(address)) else { return word }
        unsafe state.pointee.allocator.evacuation.visited &+= 1
        guard _slowPath(unsafe PageRecord.of(block).pointee.isEvacuated) else { return word }
        let moved = unsafe state.pointee.allocator.evacuate(block)
        return UInt64(UInt(bitPattern: moved)) | word & ~Heap.addressBits
    }

    /// The same for a block in a page of which much is free, so that the page becomes empty sooner. Not while pages are
    /// being emptied anyway.
    func movedFromSparsePage(_ word: UInt64) -> UInt64 {
        let address = word & Heap.addressBits
        guard let block = unsafe UnsafeMutableRawPointer(bitPattern: UInt(address)),
            unsafe state.pointee.allocator.evacuation.isResting, unsafe state.pointee.allocator.isInSparsePage(block)
        else { return word }
        let size = unsafe Heap.capacity(of: block), moved = unsafe allocate(size)
        unsafe moved.copyMemory(from: block, byteCount: size)
        unsafe deallocate(block)
        return UInt64(UInt(bitPattern: moved)) | word & ~Heap.addressBits
    }

    /// Whether `moved` would move it.
    @inline(__always) func shallMove(_ word: UInt64) -> Bool {
        guard let block = unsafe UnsafeMutableRawPointer(bitPattern: UInt(word & Heap.addressBits)) else {
            return false
        }
        return unsafe PageRecord.of(block).pointee.isEvacuated
    }

    /// Pages that are to become empty and are not yet, with the sizes of their blocks; for tests.
    var pagesLeft: [(size: Int, live: Int)] { unsafe state.pointee.allocator.pagesLeft }

    /// Pages that did not become empty are used again; true when that is done for all.
    func endEvacuation() -> Bool { unsafe state.pointee.allocator.endEvacuation() }

    /// How many pages have been chosen.
    var evacuatedPages: Int { unsafe state.pointee.allocator.evacuation.pages }

    /// Blocks that were moved, and those that might have been and stayed, ever.
    var evacuationCounts: (moved: Int, stayed: Int) {
        let (visited, moved) = unsafe (
            state.pointee.allocator.evacuation.visited, state.pointee.allocator.evacuation.moved
        )
        return (moved, visited &- moved)
    }

    func forgetEvacuationCounts() { unsafe state.pointee.allocator.evacuation.forgetCounts() }

    /// Of a word that names a block: blocks are multiples of 8, and addresses have 47 bits.
    static let addressBits: UInt64 = 0x7FFF_FFFF_FFF8

    // MARK: Values that are being saved

    /// A value may be changing that is being saved: whoever changes a large one looks into the ledger.
    @inline(__always) var isSaving: Bool { unsafe state.pointee.isSaving }

    /// Lends a ledger until `takeBack`; there is one at a time.
    func lend(_ ledger: inout ChangeLedger) {
        precondition(!isSaving)
        unsafe swap(&state.pointee.ledger, &ledger)
        unsafe state.pointee.isSaving = true
    }

    func takeBack(_ ledger: inout ChangeLedger) {
        precondition(isSaving)
        unsafe swap(&state.pointee.ledger, &ledger)
        unsafe state.pointee.isSaving = false
    }

    /// Lets `body` use the ledger if it is that of the container which names itself by `owner`.
    @inline(__always) func withLedger(of owner: UInt64, _ body: (inout ChangeLedger) -> Void) {
        if isSaving, unsafe state.pointee.ledger.owner == owner { unsafe body(&state.pointee.ledger) }
    }

    /// Lets `body` use the ledger that is lent, whosever it is.
    func withLedger(_ body: (inout ChangeLedger) -> Void) {
        if isSaving { unsafe body(&state.pointee.ledger) }
    }

    /// A random word; the same seed gives the same sequence.
    @inline(__always) func random() -> UInt64 { unsafe state.pointee.random.next() }

    /// A random number in `0 ..< bound`; `bound` is positive.
    @inline(__always) func random(below bound: Int) -> Int {
        precondition(bound > 0)
        return Int(truncatingIfNeeded: random().multipliedFullWidth(by: UInt64(bound)).high)
    }
}
