// Strings: bytes in the arena, and the table of those that are interned. A string is interned when it becomes a key;
// so strings that are only built, joined and sent never are. The hash is Lua 5.1's, for the order of tables depends on
// it.

/// A string.
struct StringObject: PoolObject {
    var bytes: Block<UInt8>
    var hash: UInt32 = 0
    /// The only interned one of its contents: such strings are equal if their handles are.
    var isInterned = false
    /// `hash` is known.
    var isHashed = false
    /// It was used as a key while another string of its contents is interned: `hash` is the handle of that one.
    var isTwin = false

    @inline(__always) init(bytes: Block<UInt8>) { self.bytes = bytes }

    static var vacant: StringObject { StringObject(bytes: .empty) }
    func mark(_ heap: inout Heap) {}
    mutating func visitBlocks(_ heap: inout Heap) { heap.visit(&bytes) }

    /// 5.1's as Redis has it: every byte counts, from the end, where stock Lua leaves bytes of long strings out.
    static func hash(_ start: UnsafePointer<UInt8>, _ count: Int) -> UInt32 {
        var hash = UInt32(truncatingIfNeeded: count)
        var left = count
        while left > 0 {
            left &-= 1
            let byte = unsafe UInt32(start[left])
            hash ^= (hash &<< 5) &+ (hash &>> 2) &+ byte
        }
        return hash
    }
}

/// The interned strings by hash: open addressing, at most half full. What scripts added is taken out at their end, from
/// the last to the first, so that no gaps arise.
@safe struct InternTable: ~Copyable {
    /// Handle + 1, or 0.
    private var slots: UnsafeMutablePointer<UInt32>
    private(set) var capacity = 1 << 10
    private(set) var count = 0
    /// Slots that were filled since the last `keep`.
    private var journal = Stack<UInt32>()
    /// The journal is no longer true.
    private var isRearranged = false

    init() {
        unsafe slots = .allocate(capacity: 1 << 10)
        unsafe slots.initialize(repeating: 0, count: 1 << 10)
    }

    deinit { unsafe slots.deallocate() }

    /// The handle of the interned string with these bytes.
    func find(_ start: UnsafePointer<UInt8>, _ length: Int, hash: UInt32, in strings: borrowing Pool<StringObject>)
        -> UInt32?
    {
        var slot = Int(InternTable.scatter(hash)) & (capacity &- 1)
        while true {
            let entry = unsafe slots[slot]
            if entry == 0 { return nil }
            let handle = entry &- 1
            if strings[handle].hash == hash, strings[handle].bytes.count == length,
                unsafe InternTable.areEqual(strings[handle].bytes.start, start, length)
            {
                return handle
            }
            slot = (slot &+ 1) & (capacity &- 1)
        }
    }

    /// Neighbouring hashes should not lie in neighbouring slots.
    @inline(__always) private static func scatter(_ hash: UInt32) -> UInt32 { (hash &* 0x9E37_79B1) &>> 7 ^ hash }

    @inline(__always) static func areEqual(
        _ one: UnsafePointer<UInt8>, _ other: UnsafePointer<UInt8>, _ count: Int
    ) -> Bool {
        unsafe compareBytes(one, other, count) == 0
    }

    /// Adds a string that is not there.
    mutating func insert(_ handle: UInt32, hash: UInt32, in strings: borrowing Pool<StringObject>) {
        if count &* 2 >= capacity { grow(strings) }
        place(handle, hash)
        if !isRearranged { journal.append(lastSlot) }
        count &+= 1
    }

    private var lastSlot: UInt32 = 0

    @inline(__always) private mutating func place(_ handle: UInt32, _ hash: UInt32) {
        var slot = Int(InternTable.scatter(hash)) & (capacity &- 1)
        while unsafe slots[slot] != 0 { slot = (slot &+ 1) & (capacity &- 1) }
        unsafe slots[slot] = handle &+ 1
        lastSlot = UInt32(truncatingIfNeeded: slot)
    }

    @inline(never) private mutating func grow(_ strings: borrowing Pool<StringObject>) {
        let old = unsafe slots
        let oldCapacity = capacity
        capacity *= 2
        unsafe slots = .allocate(capacity: capacity)
        unsafe slots.initialize(repeating: 0, count: capacity)
        for slot in 0..<oldCapacity {
            let entry = unsafe old[slot]
            if entry != 0 { place(entry - 1, strings[entry - 1].hash) }
        }
        unsafe old.deallocate()
        isRearranged = true
        journal.removeAll()
    }

    /// Takes out the strings of the script, before their handles become invalid.
    @inline(__always) mutating func drop(_ strings: borrowing Pool<StringObject>) {
        if isRearranged {
            rebuild(strings, permanentOnly: true)
        } else {
            count &-= journal.count
            while let slot = journal.popLast() { unsafe slots[Int(slot)] = 0 }
        }
    }

    /// Fills the table anew with the interned strings that are there, or with the permanent ones of them.
    mutating func rebuild(_ strings: borrowing Pool<StringObject>, permanentOnly: Bool) {
        let limit = UInt32(permanentOnly ? strings.watermark : strings.count)
        count = 0
        for handle in 0..<limit where strings[handle].isInterned { count += 1 }
        var size = 1 << 10
        while size < count * 2 { size *= 2 }
        if size != capacity, size >= count * 4 || size > capacity {
            unsafe slots.deallocate()
            unsafe slots = .allocate(capacity: size)
            capacity = size
        }
        unsafe slots.initialize(repeating: 0, count: capacity)
        count = 0
        for handle in 0..<limit where strings[handle].isInterned {
            if permanentOnly, !strings.isPermanent(handle) { continue }
            place(handle, strings[handle].hash)
            count += 1
        }
        journal.removeAll()
        isRearranged = !permanentOnly
    }

    /// What is there stays at the end of the script.
    mutating func keep() {
        journal.removeAll()
        isRearranged = false
    }
}

extension Heap {
    /// A string whose bytes are yet to be written, by `strings[handle].bytes`.
    @inline(__always) mutating func makeString(count: Int) throws(Raised) -> UInt32 {
        guard count < 1 << 31 else { throw outOfMemory() }
        let start = try unsafe allocate(count, permanent: isPermanent).assumingMemoryBound(to: UInt8.self)
        let object = unsafe StringObject(bytes: Block(unsafeStart: start, count: count))
        guard let handle = strings.insert(object, permanently: isPermanent, &account) else {
            free(object.bytes, permanent: isPermanent)
            throw outOfMemory()
        }
        return handle
    }

    @inline(__always) mutating func makeString(_ start: UnsafePointer<UInt8>, _ count: Int) throws(Raised) -> Value {
        let handle = try makeString(count: count)
        unsafe strings[handle].bytes.start.update(from: start, count: count)
        charge(bytes: count)
        return Value(tag: .string, payload: handle)
    }

    mutating func makeString(_ text: borrowing Text) throws(Raised) -> Value {
        let handle = try makeString(count: text.count)
        let bytes = strings[handle].bytes
        unsafe text.withPointer { (start) in
            unsafe UnsafeMutableRawPointer(bytes.start).copyMemory(from: start, byteCount: bytes.count)
        }
        charge(bytes: bytes.count)
        return Value(tag: .string, payload: handle)
    }

    /// What was built, or "not enough memory" if the builder ran over its limit. Much of it becomes the string where it
    /// lies, so that it never takes its memory twice.
    mutating func makeString(_ builder: consuming ByteBuilder) throws(Raised) -> Value {
        let count = builder.count
        if builder.isOverrun || count >= 1 << 31 { throw outOfMemory() }
        if isPermanent || count <= Arena.largestWaiting { return try makeString(builder.text) }
        guard let start = unsafe scriptArena.adopt(builder, &account) else { throw outOfMemory() }
        charge(bytes: count)
        let bytes = unsafe Block(unsafeStart: start.assumingMemoryBound(to: UInt8.self), count: count)
        guard let handle = strings.insert(StringObject(bytes: bytes), permanently: false, &account) else {
            free(bytes, permanent: false)
            throw outOfMemory()
        }
        return Value(tag: .string, payload: handle)
    }

    /// The strings in a row of values, one behind the other; `length` is the sum of theirs. "not enough memory"
    mutating func join(_ values: Block<Value>, _ first: Int, _ count: Int, length: Int) throws(Raised) -> Value {
        let handle = try makeString(count: length)
        let target = strings[handle].bytes
        var end = 0
        for index in first..<first + count {
            let part = strings[values[index].payload].bytes
            precondition(part.count <= length - end)
            unsafe (target.start + end).update(from: part.start, count: part.count)
            end &+= part.count
        }
        precondition(end == length)
        charge(bytes: length)
        return Value(tag: .string, payload: handle)
    }

    @inline(__always) func stringLength(_ string: Value) -> Int { strings[string.payload].bytes.count }

    @_lifetime(immortal)
    @inline(__always) func text(of string: Value) -> Text {
        let bytes = strings[string.payload].bytes
        return unsafe Text(unsafeStart: bytes.start, count: bytes.count)
    }

    /// The interned string of the same bytes: what must be used to look for keys.
    @inline(__always) mutating func intern(_ string: Value) -> Value {
        strings[string.payload].isInterned ? string : internSlowly(string)
    }

    @inline(never) private mutating func internSlowly(_ string: Value) -> Value {
        let handle = string.payload
        if strings[handle].isTwin { return Value(tag: .string, payload: strings[handle].hash) }
        let hash = hashOfString(handle)
        let bytes = strings[handle].bytes
        if let known = unsafe interned.find(bytes.start, bytes.count, hash: hash, in: strings) {
            if strings.isPermanent(known) || !strings.isPermanent(handle) {
                strings[handle].isTwin = true
                strings[handle].hash = known
            }
            return Value(tag: .string, payload: known)
        }
        strings[handle].isInterned = true
        interned.insert(handle, hash: hash, in: strings)
        return string
    }

    private mutating func hashOfString(_ handle: UInt32) -> UInt32 {
        if strings[handle].isHashed { return strings[handle].hash }
        let bytes = strings[handle].bytes
        let hash = unsafe StringObject.hash(bytes.start, bytes.count)
        charge(items: bytes.count &<< 1)
        strings[handle].hash = hash
        strings[handle].isHashed = true
        return hash
    }

    /// The interned string of the same bytes if there is one; it makes none.
    @inline(__always) func findInterned(_ string: Value) -> Value? {
        if strings[string.payload].isInterned { return string }
        if strings[string.payload].isTwin { return Value(tag: .string, payload: strings[string.payload].hash) }
        let bytes = strings[string.payload].bytes
        return unsafe findInterned(bytes.start, bytes.count)
    }

    func findInterned(_ start: UnsafePointer<UInt8>, _ count: Int) -> Value? {
        let hash = unsafe StringObject.hash(start, count)
        guard let handle = unsafe interned.find(start, count, hash: hash, in: strings) else { return nil }
        return Value(tag: .string, payload: handle)
    }

    func findInterned(_ literal: StaticString) -> Value? {
        unsafe findInterned(literal.utf8Start, literal.utf8CodeUnitCount)
    }

    /// An interned string.
    mutating func makeInterned(_ literal: StaticString) throws(Raised) -> Value {
        if let known = findInterned(literal) { return known }
        return intern(try makeString(Text(literal)))
    }

    /// The interned string of a text. One that is known, as the keys of many objects are, costs no memory.
    mutating func makeInterned(_ text: borrowing Text) throws(Raised) -> Value {
        let count = text.count
        var known: Value?
        unsafe text.withPointer { (start) in
            known = unsafe findInterned(start.assumingMemoryBound(to: UInt8.self), count)
        }
        if let known { return known }
        return intern(try makeString(text))
    }

    /// An interned string.
    mutating func makeInterned(_ bytes: [UInt8]) throws(Raised) -> Value {
        var builder = ByteBuilder(limit: bytes.count)
        builder.append(bytes)
        var known: Value?
        unsafe builder.text.withPointer { (start) in
            known = unsafe findInterned(start.assumingMemoryBound(to: UInt8.self), bytes.count)
        }
        if let known { return known }
        return intern(try makeString(builder.text))
    }

    // MARK: comparing

    /// As `==` without metamethods.
    @inline(__always) mutating func rawEqual(_ one: Value, _ other: Value) -> Bool {
        if one.isNumber && other.isNumber { return one.number == other.number }
        if one.bits == other.bits { return true }
        return one.isString && other.isString && equalStrings(one, other)
    }

    @inline(never) private mutating func equalStrings(_ one: Value, _ other: Value) -> Bool {
        if strings[one.payload].isInterned && strings[other.payload].isInterned { return false }
        let first = strings[one.payload].bytes
        let second = strings[other.payload].bytes
        charge(bytes: min(first.count, second.count))
        return unsafe first.count == second.count && InternTable.areEqual(first.start, second.start, first.count)
    }

    /// Less than 0, 0 or greater, byte by byte as in the C locale.
    mutating func compare(_ one: Value, _ other: Value) -> Int {
        let first = strings[one.payload].bytes
        let second = strings[other.payload].bytes
        charge(bytes: min(first.count, second.count))
        let order = unsafe compareBytes(first.start, second.start, min(first.count, second.count))
        return order != 0 ? order : first.count - second.count
    }
}
