// Objects of one type, named by 32-bit handles: indices that are checked at every access. A wrong handle shows another
// object of the same type, or an empty slot, or traps; never foreign memory.
//
//     0 … watermark     permanent objects, and slots that some of them left
//     … count           objects of the running script, and slots that some of them left
//
// Where permanent objects have left many slots, the script borrows them; at its end they are empty again.
//
// Ownership rule: the pool owns its slots; the blocks of an object are its owner's (`Heap`'s) to free.

/// What a pool can hold.
protocol PoolObject: BitwiseCopyable {
    /// What an empty slot holds: an object without blocks, so that a stale handle does no harm.
    static var vacant: Self { get }
    /// Marks all that it refers to.
    func mark(_ heap: inout Heap)
    /// Gives each of its blocks to `heap.visit(&block)`.
    mutating func visitBlocks(_ heap: inout Heap)
}

/// Objects of one type.
@safe struct Pool<Object: PoolObject>: ~Copyable {
    private var slots: UnsafeMutablePointer<Object>
    private var states: UnsafeMutablePointer<State>
    /// Slots that are, or have been, in use.
    private(set) var count = 0
    private var capacity: Int
    /// Slots of the permanent objects.
    private(set) var watermark = 0
    /// Slots of the objects that were there when the first script began; they are never freed.
    private(set) var foundation = 0
    private var permanentVacancies = Stack<UInt32>()
    private var vacancies = Stack<UInt32>()
    /// Slots below the watermark in which the script has put, or had put, objects.
    private var borrowed = Stack<UInt32>()
    /// So many empty slots below the watermark are worth borrowing.
    private var prefersBorrowing = false
    /// As in `Machine`: makes this a type that is passed by its address.
    private let addressOnly: (any Sendable)? = nil

    /// What is in a slot.
    enum State: UInt8 { case vacant, present, marked, borrowed, borrowedMarked }

    private static var firstCapacity: Int { 64 }
    private static var slotSize: Int { MemoryLayout<Object>.stride + 1 }

    init() {
        capacity = Pool.firstCapacity
        unsafe slots = .allocate(capacity: Pool.firstCapacity)
        unsafe states = .allocate(capacity: Pool.firstCapacity)
    }

    deinit {
        unsafe slots.deallocate()
        unsafe states.deallocate()
    }

    /// Bytes taken from the system.
    var held: Int { capacity * Pool.slotSize }
    /// Bytes of the slots in use.
    var used: Int { (count - vacancies.count - permanentVacancies.count) * Pool.slotSize }
    /// How many objects there are.
    var population: Int { count - vacancies.count - permanentVacancies.count }

    @inline(__always) subscript(handle: UInt32) -> Object {
        unsafeAddress {
            precondition(Int(handle) < count)
            return unsafe UnsafePointer(slots + Int(handle))
        }
        unsafeMutableAddress {
            precondition(Int(handle) < count)
            return unsafe slots + Int(handle)
        }
    }

    /// For notes that an object makes about itself while it is only read.
    @inline(__always) func place(of handle: UInt32) -> UnsafeMutablePointer<Object> {
        precondition(Int(handle) < count)
        return unsafe slots + Int(handle)
    }

    @inline(__always) func isPermanent(_ handle: UInt32) -> Bool {
        Int(handle) < watermark && (borrowed.isEmpty || !isBorrowed(handle))
    }

    private func isBorrowed(_ handle: UInt32) -> Bool {
        let state = unsafe states[Int(handle)]
        return state == .borrowed || state == .borrowedMarked
    }

    /// Whether the script has, or had, objects.
    var hasScriptObjects: Bool { count > watermark || !borrowed.isEmpty }

    /// Whether there is an object of the script in the slot.
    func isOfScript(_ handle: UInt32) -> Bool { isPresent(handle) && !isPermanent(handle) }

    func state(of handle: UInt32) -> State {
        Int(handle) < count ? unsafe states[Int(handle)] : .vacant
    }

    // MARK: making

    /// Puts an object into a slot; nothing if the account is at its limit.
    @inline(__always) mutating func insert(
        _ object: Object, permanently: Bool, _ account: inout Account
    ) -> UInt32? {
        if permanently || prefersBorrowing { return insertSlowly(object, permanently, &account) }
        var index = count
        if let vacancy = vacancies.popLast() {
            index = Int(vacancy)
            account.spare &-= Pool.slotSize
        } else if count == capacity {
            return insertSlowly(object, permanently, &account)
        } else {
            count = index &+ 1
        }
        unsafe slots[index] = object
        unsafe states[index] = index < watermark ? .borrowed : .present
        return UInt32(truncatingIfNeeded: index)
    }

    @inline(never) private mutating func insertSlowly(
        _ object: Object, _ permanently: Bool, _ account: inout Account
    ) -> UInt32? {
        var reused = permanently ? permanentVacancies.popLast() : vacancies.popLast()
        if !permanently, reused == nil, prefersBorrowing {
            reused = permanentVacancies.popLast()
            if let reused { borrowed.append(reused) }
            prefersBorrowing = !permanentVacancies.isEmpty
        }
        if reused != nil { account.spare -= Pool.slotSize }
        if reused == nil, count == capacity, !grow(&account) { return nil }
        let index = reused ?? UInt32(truncatingIfNeeded: count)
        if reused == nil { count += 1 }
        if permanently, Int(index) >= watermark {
            // Permanent objects are made only when the script has none.
            precondition(Int(index) == watermark)
            watermark = count
        }
        unsafe slots[Int(index)] = object
        unsafe states[Int(index)] = !permanently && Int(index) < watermark ? .borrowed : .present
        return index
    }

    private mutating func grow(_ account: inout Account) -> Bool {
        let larger = capacity * 2
        guard larger < 1 << 31, account.take((larger - capacity) * Pool.slotSize) else { return false }
        resize(to: larger)
        return true
    }

    private mutating func resize(to size: Int) {
        let newSlots = UnsafeMutablePointer<Object>.allocate(capacity: size)
        unsafe newSlots.update(from: slots, count: count)
        let newStates = UnsafeMutablePointer<State>.allocate(capacity: size)
        unsafe newStates.update(from: states, count: count)
        unsafe slots.deallocate()
        unsafe states.deallocate()
        unsafe slots = newSlots
        unsafe states = newStates
        capacity = size
    }

    // MARK: dropping and keeping

    /// Forgets all objects of the script; their blocks have been dropped with its arena.
    @inline(__always) mutating func drop(_ account: inout Account) {
        count = watermark
        if !borrowed.isEmpty || !vacancies.isEmpty || capacity > max(1 << 12, count * 4) { dropSlowly(&account) }
    }

    @inline(never) private mutating func dropSlowly(_ account: inout Account) {
        account.spare -= vacancies.count * Pool.slotSize
        vacancies.removeAll()
        account.spare += borrowed.count * Pool.slotSize
        while let handle = borrowed.popLast() {
            unsafe slots[Int(handle)] = .vacant
            unsafe states[Int(handle)] = .vacant
            permanentVacancies.append(handle)
        }
        noteVacancies()
        var size = Pool.firstCapacity
        while size < count * 2 { size *= 2 }
        if size < capacity {
            account.giveBack((capacity - size) * Pool.slotSize)
            resize(to: size)
        }
    }

    private mutating func noteVacancies() { prefersBorrowing = permanentVacancies.count > 64 }

    /// All that is there becomes permanent.
    mutating func keep(_ account: inout Account) {
        while let handle = borrowed.popLast() {
            if unsafe states[Int(handle)] == .borrowed { unsafe states[Int(handle)] = .present }
        }
        while count > watermark, unsafe states[count - 1] == .vacant { count -= 1 }
        while let handle = vacancies.popLast() {
            if Int(handle) < count {
                permanentVacancies.append(handle)
            } else {
                account.spare -= Pool.slotSize
            }
        }
        watermark = count
        noteVacancies()
    }

    /// What is there now is never freed.
    mutating func setFoundation() { foundation = count }

    // MARK: collecting

    /// From which slot on `mark` marks.
    private var floor = 0

    mutating func beginMarking(full: Bool) { floor = full ? 0 : watermark }

    /// The slots that a collection looks through.
    func swept(full: Bool) -> Range<UInt32> {
        UInt32(full || !borrowed.isEmpty ? 0 : watermark)..<UInt32(count)
    }

    @inline(__always) func isPresent(_ handle: UInt32) -> Bool {
        unsafe Int(handle) < count && states[Int(handle)] != .vacant
    }

    /// Marks an object that is there and was not marked: then it says true.
    @inline(__always) mutating func mark(_ handle: UInt32) -> Bool {
        guard Int(handle) < count else { return false }
        let state = unsafe states[Int(handle)]
        if state == .present, Int(handle) >= floor {
            unsafe states[Int(handle)] = .marked
            return true
        }
        if state == .borrowed {
            unsafe states[Int(handle)] = .borrowedMarked
            return true
        }
        return false
    }

    /// Whether the object stays after this collection.
    func isMarked(_ handle: UInt32) -> Bool {
        guard Int(handle) < count else { return false }
        switch unsafe states[Int(handle)] {
        case .vacant, .borrowed: return false
        case .present: return Int(handle) < floor
        case .marked, .borrowedMarked: return true
        }
    }

    /// Whether the object is to go; takes the mark away from one that stays.
    @inline(__always) mutating func isGarbage(_ handle: UInt32) -> Bool {
        switch unsafe states[Int(handle)] {
        case .vacant: return false
        case .present: return Int(handle) >= floor
        case .borrowed: return true
        case .marked: unsafe states[Int(handle)] = .present
        case .borrowedMarked: unsafe states[Int(handle)] = .borrowed
        }
        return false
    }

    /// Empties a slot; the blocks of its object have been freed.
    mutating func remove(_ handle: UInt32, _ account: inout Account) {
        let index = Int(handle)
        precondition(isPresent(handle))
        let isLent = isBorrowed(handle)
        unsafe slots[index] = .vacant
        unsafe states[index] = .vacant
        if isLent || index >= watermark { vacancies.append(handle) } else { permanentVacancies.append(handle) }
        account.spare += Pool.slotSize
    }
}
