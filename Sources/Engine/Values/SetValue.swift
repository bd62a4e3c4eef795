// A set: members without order. Few integers are packed in ascending order; a few members of any kind are a packed list
// in the order in which they came; all others a table in hash order. A form once left is not taken again.
// Ownership rule: the word's owner owns the blocks; nothing here frees them but `free` and a change of form.

/// The value of a set key.
struct SetValue: ContainerValue, ~Escapable {
    enum Form {
        case integers(IntegerSet)
        case packed(PackedList)
        case table(HashTable<SetMember>)
    }

    private(set) var word: UInt64
    let heap: Heap

    @_lifetime(immortal)
    @inline(__always) init(word: UInt64, heap: Heap) {
        self.word = word
        self.heap = heap
    }

    @_lifetime(immortal)
    static func empty(in heap: Heap) -> SetValue { SetValue(.integers(IntegerSet(in: heap)), heap) }

    /// A set without members in its large form.
    @_lifetime(immortal)
    static func emptyTable(in heap: Heap, expecting members: Int) -> SetValue {
        SetValue(.table(HashTable(heap: heap, expecting: members)), heap)
    }

    /// A set without members that is to get so many at once.
    @_lifetime(immortal)
    static func emptyTable(in heap: Heap, reserving members: Int) -> SetValue {
        SetValue(.table(HashTable(heap: heap, reserving: members)), heap)
    }

    /// Asks for the memory in which a member will be looked for.
    @inline(__always) func prefetch(_ member: Bytes) {
        if case .table(let table) = form { table.prefetchBucket(heap.hash(member)) }
    }

    /// A set without members that is not to begin as one of integers.
    @_lifetime(immortal)
    static func emptyList(in heap: Heap) -> SetValue { SetValue(.packed(PackedList(in: heap)), heap) }

    @_lifetime(immortal)
    init(_ form: Form, _ heap: Heap) {
        self.init(word: SetValue.word(of: form), heap: heap)
    }

    /// The two lowest bits of the word tell the forms apart.
    @inline(__always) private static func word(of form: Form) -> UInt64 {
        switch form {
        case .packed(let list): list.word
        case .table(let table): table.word | 1
        case .integers(let integers): integers.word | 2
        }
    }

    @inline(__always) private(set) var form: Form {
        get {
            if word & 1 != 0 { return .table(HashTable(word: word & ~1, heap: heap)) }
            return word & 2 == 0 ? .packed(PackedList(word: word)) : .integers(IntegerSet(word: word & ~2))
        }
        @_lifetime(self: copy self) set { word = SetValue.word(of: newValue) }
    }

    @inline(__always) var count: Int {
        switch form {
        case .integers(let integers): integers.count
        case .packed(let list): list.count
        case .table(let table): table.count
        }
    }

    var encoding: StaticString {
        switch form {
        case .integers: "intset"
        case .packed: "listpack"
        case .table: "hashtable"
        }
    }

    var memoryUsage: Int {
        switch form {
        case .integers(let integers): integers.memoryUsage
        case .packed(let list): list.memoryUsage
        case .table(let table): table.memoryUsage
        }
    }

    var blockCount: Int {
        switch form {
        case .integers, .packed: 1
        case .table(let table): table.count
        }
    }

    // MARK: Members

    @inline(__always) func contains(_ member: Bytes) -> Bool {
        switch form {
        case .table(let table): return table.find(member, heap.hash(member)) != nil
        case .packed(let list): return list.find(member) != nil
        case .integers(let integers):
            guard let integer = member.integer else { return false }
            return integers.contains(integer)
        }
    }

    func contains(_ member: StringValue) -> Bool {
        if case .integer(let integer) = member, case .integers(let integers) = form {
            return integers.contains(integer)
        }
        return member.withBytes { contains($0) }
    }

    /// Before several members are added: chooses the form that suits so many, of which this is the first.
    @_lifetime(self: copy self)
    mutating func prepare(adding members: Int, first: Bytes) {
        if count == 0, case .integers(let integers) = form {
            guard first.integer == nil || members > heap.limits.integerSetEntries else { return }
            integers.free(to: heap)
            form =
                members <= heap.limits.setEntries
                ? .packed(PackedList(in: heap)) : .table(HashTable(heap: heap, expecting: members))
            return
        }
        switch form {
        case .packed where members > heap.limits.setEntries: makeTable(expecting: members)
        case .integers where members > heap.limits.integerSetEntries: makeTable(expecting: members)
        default: break
        }
    }

    /// Takes `member` in; false if it was there.
    @_lifetime(self: copy self)
    @inline(__always) @discardableResult mutating func insert(_ member: Bytes) -> Bool {
        switch form {
        case .table(let table): return SetValue.insert(member, into: table)
        case .packed(let list): return insert(member, into: list)
        case .integers(let integers): return insert(member, into: integers)
        }
    }

    @_lifetime(self: copy self)
    @discardableResult mutating func insert(_ member: StringValue) -> Bool {
        if case .integer(let integer) = member, case .integers(let integers) = form {
            return insert(integer, into: integers)
        }
        switch member {
        case .bytes(let bytes): return insert(bytes)
        case .integer(let integer): return integer.withDecimalText { insert($0) }
        }
    }

    @inline(__always) private static func insert(_ member: Bytes, into table: HashTable<SetMember>) -> Bool {
        let hash = table.heap.hash(member)
        guard table.find(member, hash) == nil else { return false }
        let item = SetMember(member, in: table.heap)
        table.insert(item, hash)
        if _slowPath(table.heap.isSaving) { noteNew(item, hash, in: table) }
        return true
    }

    @_lifetime(self: copy self)
    private mutating func insert(_ member: Bytes, into list: PackedList) -> Bool {
        if list.find(member) != nil { return false }
        return append(member, to: list)
    }

    /// Adds a member that the caller knows to be absent: a packed set is not searched.
    @_lifetime(self: copy self)
    mutating func append(absent member: Bytes) {
        if case .packed(let list) = form { _ = append(member, to: list) } else { insert(member) }
    }

    @_lifetime(self: copy self)
    @inline(__always) private mutating func append(_ member: Bytes, to list: PackedList) -> Bool {
        let limits = heap.limits
        guard list.count < limits.setEntries, member.count <= limits.setValueSize, list.hasRoom(for: member.count &+ 16)
        else { return insertIntoNewTable(member) }
        var list = list
        list.append(member, in: heap)
        form = .packed(list)
        return true
    }

    @_lifetime(self: copy self)
    private mutating func insert(_ member: Bytes, into integers: IntegerSet) -> Bool {
        if let integer = member.integer { return insert(integer, into: integers) }
        let count = integers.count
        // The widest digits stand at one of the ends.
        let widest = count == 0 ? 0 : max(SetValue.digits(integers[0]), SetValue.digits(integers[count - 1]))
        guard count < heap.limits.setEntries, max(member.count, widest) <= heap.limits.setValueSize
        else { return insertIntoNewTable(member) }
        var list = PackedList(in: heap, size: count * 3 + member.count + 5)
        integers.forEach { list.insert(PackedElement($0), at: list.end, in: heap) }
        integers.free(to: heap)
        list.append(member, in: heap)
        form = .packed(list)
        return true
    }

    @_lifetime(self: copy self)
    private mutating func insert(_ integer: Int64, into integers: IntegerSet) -> Bool {
        var integers = integers
        let isNew = integers.insert(integer, in: heap)
        form = .integers(integers)
        if isNew, integers.count > min(heap.limits.integerSetEntries, IntegerSet.largestCount - 1) {
            makeTable(expecting: 1)
        }
        return isNew
    }

    private static func digits(_ integer: Int64) -> Int { integer.withDecimalText { $0.count } }

    @_lifetime(self: copy self)
    private mutating func insertIntoNewTable(_ member: Bytes) -> Bool {
        makeTable(expecting: 1)
        return insert(member)
    }

    /// Takes `member` out; false if it was not there.
    @_lifetime(self: copy self)
    @discardableResult mutating func remove(_ member: Bytes) -> Bool {
        switch form {
        case .table(let table):
            let hash = heap.hash(member)
            guard let place = table.find(member, hash) else { return false }
            if _slowPath(heap.isSaving) { SetValue.keep(place, hash, of: table) }
            table.remove(place, hash).free(to: heap)
            return true
        case .packed(var list):
            guard let position = list.find(member) else { return false }
            list.remove(at: position, in: heap)
            form = .packed(list)
            return true
        case .integers(var integers):
            guard let integer = member.integer, integers.remove(integer, in: heap) else { return false }
            form = .integers(integers)
            return true
        }
    }

    @_lifetime(self: copy self)
    @discardableResult mutating func remove(_ member: StringValue) -> Bool {
        switch member {
        case .bytes(let bytes): return remove(bytes)
        case .integer(let integer): return integer.withDecimalText { remove($0) }
        }
    }

    // MARK: Changes of form

    @_lifetime(self: copy self)
    @inline(never) private mutating func makeTable(expecting members: Int) {
        let table = HashTable<SetMember>(heap: heap, expecting: count + members)
        forEach { member in
            member.withBytes { table.insert(SetMember($0, in: heap), heap.hash($0)) }
        }
        release()
        form = .table(table)
    }

    /// A set whose members are all integers, and not too many, becomes a packed set of them.
    @_lifetime(self: copy self)
    mutating func makeIntegersIfPossible() {
        if case .integers = form { return }
        guard count <= min(heap.limits.integerSetEntries, IntegerSet.largestCount - 1) else { return }
        var isPossible = true
        forEach { if isPossible, $0.integer == nil { isPossible = false } }
        guard isPossible else { return }
        // In order they go in at the end, where nothing has to move.
        var sorted: [Int64] = []
        sorted.reserveCapacity(count)
        forEach { if let integer = $0.integer { sorted.append(integer) } }
        sorted.sort()
        var integers = IntegerSet(in: heap)
        for integer in sorted { _ = integers.insert(integer, in: heap) }
        release()
        form = .integers(integers)
    }

    /// The block of the form has moved.
    @_lifetime(self: copy self)
    @inline(__always) mutating func adopt(_ moved: Form) { word = SetValue.word(of: moved) }

    /// Another form takes the place of this one, which is freed.
    @_lifetime(self: copy self)
    mutating func become(_ newForm: Form) {
        release()
        form = newForm
    }

    /// Frees all blocks at once, unless they are still to be saved.
    private func release() {
        if _slowPath(heap.isSaving), isLeftToSaving { return }
        var value = SetValue(word: word, heap: heap)
        var budget = Int.max
        _ = value.free(budget: &budget)
    }

    // MARK: The value as a whole

    @_lifetime(immortal)
    func copied() -> SetValue {
        switch form {
        case .integers(let integers): return SetValue(.integers(integers.copied(in: heap)), heap)
        case .packed(let list): return SetValue(.packed(list.copied(in: heap)), heap)
        case .table(let table):
            let copy = HashTable<SetMember>(heap: heap, expecting: table.count)
            table.forEach { copy.insert(SetMember($0.member, in: heap), heap.hash($0.member)) }
            return SetValue(.table(copy), heap)
        }
    }

    @_lifetime(self: copy self)
    mutating func free(budget: inout Int) -> Bool {
        switch form {
        case .table(let table): return table.free(budget: &budget)
        case .packed(let list): list.free(to: heap)
        case .integers(let integers): integers.free(to: heap)
        }
        budget &-= 1
        return true
    }

    func checkInvariants() {
        switch form {
        case .integers(let integers): integers.checkInvariants()
        case .packed(let list): precondition(list.checkInvariants())
        case .table(let table): table.checkInvariants()
        }
    }
}
