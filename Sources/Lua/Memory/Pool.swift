// Objects of one type, named by 32-bit handles: indices that are checked at every access. A wrong handle shows another
// object of the same type, or an empty slot, or traps; never foreign memory.
//
//     0 … watermark     permanent objects, and slots that some of them left
//     … count           objects of the running script, and slots that some of them left
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

    /// What is in a slot.
    enum State: UInt8 { case vacant, present, marked }

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

    @inline(__always) func isPermanent(_ handle: UInt32) -> Bool { Int(handle) < watermark }

    func state(of handle: UInt32) -> State {
        Int(handle) < count ? unsafe states[Int(handle)] : .vacant
    }

    // MARK: making

    /// Puts an object into a slot; nothing if the account is at its limit.
    @inline(__always) mutating func insert(
        _ object: Object, permanently: Bool, _ account: inout Account
    ) -> UInt32? {
        if permanently { return insertSlowly(object, permanently, &account) }
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
        unsafe states[index] = .present
        return UInt32(truncatingIfNeeded: index)
    }

    @inline(never) private mutating func insertSlowly(
        _ object: Object, _ permanently: Bool, _ account: inout Account
    ) -> UInt32? {
        let reused = permanently ? permanentVacancies.popLast() : vacancies.popLast()
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
        unsafe states[Int(index)] = .present
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
        if !vacancies.isEmpty || capacity > max(1 << 12, count * 4) { dropSlowly(&account) }
    }

    @inline(never) private mutating func dropSlowly(_ account: inout Account) {
        account.spare -= vacancies.count * Pool.slotSize
        vacancies.removeAll()
        var size = Pool.firstCapacity
        while size < count * 2 { size *= 2 }
        if size < capacity {
            account.giveBack((capacity - size) * Pool.slotSize)
            resize(to: size)
        }
    }

    /// All that is there becomes permanent.
    mutating func keep(_ account: inout Account) {
        while count > watermark, unsafe states[count - 1] == .vacant { count -= 1 }
        while let handle = vacancies.popLast() {
            if Int(handle) < count {
                permanentVacancies.append(handle)
            } else {
                account.spare -= Pool.slotSize
            }
        }
        watermark = count
    }

    /// What is there now is never freed.
    mutating func setFoundation() { foundation = count }

    // MARK: collecting

    /// From which slot on `mark` marks.
    private var floor = 0

    mutating func beginMarking(full: Bool) { floor = full ? 0 : watermark }

    /// The slots that a collection looks through.
    func swept(full: Bool) -> Range<UInt32> { UInt32(full ? 0 : watermark)..<UInt32(count) }

    @inline(__always) func isPresent(_ handle: UInt32) -> Bool {
        unsafe Int(handle) < count && states[Int(handle)] != .vacant
    }

    /// Marks an object that is there and was not marked: then it says true.
    @inline(__always) mutating func mark(_ handle: UInt32) -> Bool {
        guard Int(handle) < count, Int(handle) >= floor else { return false }
        guard unsafe states[Int(handle)] == .present else { return false }
        unsafe states[Int(handle)] = .marked
        return true
    }

    /// Whether the object stays after this collection.
    func isMarked(_ handle: UInt32) -> Bool {
        if Int(handle) < floor { return true }
        return unsafe Int(handle) < count && states[Int(handle)] == .marked
    }

    /// Takes the mark away; says whether there was one.
    @inline(__always) mutating func unmark(_ handle: UInt32) -> Bool {
        guard unsafe states[Int(handle)] == .marked else { return false }
        unsafe states[Int(handle)] = .present
        return true
    }

    /// Empties a slot; the blocks of its object have been freed.
    mutating func remove(_ handle: UInt32, _ account: inout Account) {
        let index = Int(handle)
        precondition(isPresent(handle))
        unsafe slots[index] = .vacant
        unsafe states[index] = .vacant
        if index < watermark { permanentVacancies.append(handle) } else { vacancies.append(handle) }
        account.spare += Pool.slotSize
    }
}
