// All objects of a machine: typed pools of them, the memory that they own, the strings that are interned.
//
// Objects are permanent (the libraries, loaded functions, their constants) or belong to the running script. At its end
// `end` drops the latter all at once, unless a permanent object was made to point at one: every change of a permanent
// object goes through `remember`, and then what is reachable from there is kept (`Collector.swift`).

/// The memory of a machine.
struct Heap: ~Copyable {
    var account: Account
    /// What is left of the machine's budget: what takes long here counts too.
    var budgetLeft = 0
    /// As in `Machine`: makes this a type that is passed by its address, not copied for methods that only read.
    private let addressOnly: (any Sendable)? = nil
    var permanentArena = Arena()
    var scriptArena = Arena()
    var strings = Pool<StringObject>()
    var tables = Pool<TableObject>()
    var closures = Pool<Closure>()
    var upvalues = Pool<Upvalue>()
    var codes = Pool<FunctionCode>()
    var threads = Pool<ThreadState>()
    var interned = InternTable()
    /// The value of the error that is on its way.
    var raised = Value.nil
    /// The objects of the libraries and the host are there: scripts may begin.
    var isFounded = false
    /// What is made now is permanent.
    var isPermanent = true
    /// How often the script has run out of memory.
    var shortages = 0
    /// A collection at every pause, for tests.
    var collectsAlways = false
    /// Permanent objects that were changed while the script ran, and may point at its objects.
    var remembered = Stack<Value>()
    var rememberedUpvalues = Stack<UInt32>()
    /// Permanent objects that the host holds.
    var retained = Stack<Value>()
    /// Fields of permanent tables that are cleared at the end of the script.
    var temporaries = Stack<TemporaryField>()
    /// Marked objects whose references have not been marked.
    var unvisited = Stack<Value>()
    /// Where `next` was last: the next call mostly goes on there.
    var walk = (table: UInt32.max, position: 0)
    /// Marked tables that do not hold all that they refer to.
    var weakTables = Stack<UInt32>()
    /// What `visit` does with a block.
    var purpose = BlockPurpose.release(permanent: false)
    /// The running collection looks at permanent objects too.
    var isFull = false
    /// An interned string was freed.
    var hasLostInterned = false
    /// Strings that every machine needs: of events, then "not enough memory".
    var names = Block<Value>.empty
    /// Permanent bytes after the last full collection.
    var permanentFloor = 0

    /// Without names nothing may be made in it yet.
    init(limit: Int, hasNames: Bool = true) {
        account = Account(limit: min(max(limit, 1 << 20), 1 << 48))
        let pools = strings.held + tables.held + closures.held + upvalues.held + codes.held + threads.held
        _ = account.take(2 * Arena.firstChunk + pools)
        if hasNames { makeNames() }
    }

    mutating func makeNames() {
        guard let names = try? makeBlock(Event.allCases.count + 1, repeating: Value.nil, permanent: true) else {
            return
        }
        for event in Event.allCases { names[Int(event.rawValue)] = (try? makeInterned(event.name)) ?? .nil }
        names[names.count - 1] = (try? makeInterned("not enough memory")) ?? .nil
        self.names = names
    }

    /// Whether the machine should call `collect` before the next instruction.
    @inline(__always) var wantsCollection: Bool { account.isCollectionDue || collectsAlways }

    /// Whether a full collection between scripts would pay: the permanent objects take twice what they took after the
    /// last. Their slots, which are not counted here, take up to three times as much.
    var wantsFullCollection: Bool { permanentArena.used > permanentFloor &* 2 + (1 << 18) }

    /// Bytes of all objects.
    var used: Int {
        let objects = strings.used + tables.used + closures.used + upvalues.used
        return objects + codes.used + threads.used + permanentArena.used + scriptArena.used
    }

    /// Bytes that a string may have that is built outside: memory that waits to be used again would go for it.
    var room: Int { min(account.left &+ scriptArena.waitingBytes, account.limit, Int(Int32.max)) }

    // MARK: time

    /// So many bytes were gone through at the pace of memory: copied, compared, cleared.
    @inline(__always) mutating func charge(bytes: Int) { budgetLeft &-= bytes &>> 10 }

    /// So many bytes, elements or objects were looked at one by one.
    @inline(__always) mutating func charge(items: Int) { budgetLeft &-= items &>> 6 }

    // MARK: memory of objects

    /// Memory for an object that is permanent or not.
    @inline(__always) mutating func allocate(_ size: Int, permanent: Bool) throws(Raised) -> UnsafeMutableRawPointer {
        let block =
            unsafe permanent ? permanentArena.allocate(size, &account) : scriptArena.allocate(size, &account)
        guard let block = unsafe block else { throw outOfMemory() }
        return unsafe block
    }

    /// A row of elements for an object that is about to be made.
    mutating func makeBlock<Element: BitwiseCopyable>(
        _ count: Int, repeating element: Element
    ) throws(Raised) -> Block<Element> {
        try makeBlock(count, repeating: element, permanent: isPermanent)
    }

    mutating func makeBlock<Element: BitwiseCopyable>(
        _ count: Int, repeating element: Element, permanent: Bool
    ) throws(Raised) -> Block<Element> {
        let (size, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
        guard count >= 0, !overflow else { throw outOfMemory() }
        let start = try unsafe allocate(size, permanent: permanent).assumingMemoryBound(to: Element.self)
        unsafe start.update(repeating: element, count: count)
        charge(bytes: size)
        return unsafe Block(unsafeStart: start, count: count)
    }

    /// Frees the block of a living object.
    mutating func free<Element: BitwiseCopyable>(_ block: Block<Element>, permanent: Bool) {
        if permanent {
            unsafe permanentArena.free(block.start, size: block.size, &account)
        } else {
            unsafe scriptArena.free(block.start, size: block.size, &account)
        }
    }

    /// Ends what runs: the error is "not enough memory".
    @inline(never) mutating func outOfMemory() -> Raised {
        account.isCollectionDue = true
        shortages += 1
        raised = names.count > 0 ? names[names.count - 1] : .nil
        return Raised()
    }

    /// An error with this message, without a position.
    @inline(never) mutating func failure(_ message: StaticString) -> Raised {
        if let value = try? makeString(Text(message)) { raised = value }
        return Raised()
    }
}

/// What is to be done with the blocks of an object.
enum BlockPurpose {
    case release(permanent: Bool)
    case keep
}

/// A field that does not outlive the script.
struct TemporaryField: BitwiseCopyable {
    let table: UInt32
    let key: Value
    let value: Value
}
