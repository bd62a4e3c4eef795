// A hash: fields and their values. Small ones are packed pairs in the order in which the fields came; large
// ones a table of fields in hash order. A hash that became large stays so. Fields that end are in another file,
// `HashValue+Deadlines.swift`; here it is only seen to that those whose time has come are not shown.
// Ownership rule: the word's owner owns the blocks; nothing here frees them but `free` and a change of form.

/// A field with its value.
struct HashElement: ~Escapable {
    let field: StringValue
    let value: StringValue

    @_lifetime(copy field, copy value)
    @inline(__always) init(_ field: StringValue, _ value: StringValue) {
        self.field = field
        self.value = value
    }
}

/// The value of a hash key.
struct HashValue: ContainerValue, ~Escapable {
    enum Form {
        case packed(PackedPairs)
        case table(HashTable<HashField>)
    }

    var word: UInt64
    let heap: Heap

    @_lifetime(immortal)
    @inline(__always) init(word: UInt64, heap: Heap) {
        self.word = word
        self.heap = heap
    }

    @_lifetime(immortal)
    static func empty(in heap: Heap) -> HashValue { HashValue(word: PackedPairs(in: heap).word, heap: heap) }

    /// The lowest bit of the word tells a table from pairs; the next one, that the word leads to deadlines first.
    @inline(__always) var form: Form {
        if _fastPath(word & 3 == 0) { return .packed(PackedPairs(word: word)) }
        let word = _fastPath(word & 2 == 0) ? word : deadlines.fields
        return word & 1 == 0 ? .packed(PackedPairs(word: word)) : .table(HashTable(word: word & ~1, heap: heap))
    }

    /// Some fields end.
    @inline(__always) var isTimed: Bool { HashValue.isTimed(word) }
    @inline(__always) static func isTimed(_ word: UInt64) -> Bool { word & 2 != 0 }

    @inline(__always) var count: Int { _fastPath(!isTimed) ? countInMemory : countInMemory &- dueCount(heap.horizon) }

    /// How many fields there are with those whose time has come.
    @inline(__always) var countInMemory: Int {
        switch form {
        case .packed(let pairs): pairs.count
        case .table(let table): table.count
        }
    }

    /// Fields whose time has come go with their own event: until then the key stays.
    @inline(__always) var endsKey: Bool { countInMemory == 0 }

    var isPacked: Bool {
        switch form {
        case .packed: true
        case .table: false
        }
    }

    var encoding: StaticString {
        switch form {
        case .packed: isTimed ? "listpackex" : "listpack"
        case .table: "hashtable"
        }
    }

    var memoryUsage: Int {
        let fields =
            switch form {
            case .packed(let pairs): pairs.memoryUsage
            case .table(let table): table.memoryUsage
            }
        return _fastPath(!isTimed) ? fields : fields + deadlineMemory
    }

    var blockCount: Int {
        switch form {
        case .packed: isTimed ? 2 : 1
        case .table(let table): table.count
        }
    }

    // MARK: Fields

    /// The value of `field`, valid until the hash changes.
    @_lifetime(copy self)
    @inline(__always) func value(of field: Bytes) -> StringValue? {
        switch form {
        case .packed(let pairs):
            guard let position = pairs.find(PackedField(field)) else { return nil }
            if _slowPath(isTimed), isDue(pairs, position) { return nil }
            return pairs.value(at: position)
        case .table(let table):
            guard let place = table.find(field, heap.hash(field)) else { return nil }
            if _slowPath(isTimed), isDue(place.item) { return nil }
            return .bytes(place.item.value)
        }
    }

    @inline(__always) func contains(_ field: Bytes) -> Bool {
        switch form {
        case .packed(let pairs):
            guard let position = pairs.find(PackedField(field)) else { return false }
            return _fastPath(!isTimed) || !isDue(pairs, position)
        case .table(let table):
            guard let place = table.find(field, heap.hash(field)) else { return false }
            return _fastPath(!isTimed) || !isDue(place.item)
        }
    }

    /// Before several fields are set: takes the large form at once if they are too many, or one word of them too long.
    @_lifetime(self: copy self)
    @inline(__always) mutating func prepare(addingFields fields: Int, longestSize: Int) {
        guard case .packed(let pairs) = form else { return }
        if _slowPath(fields > heap.limits.hashEntries || longestSize > heap.limits.hashValueSize) {
            makeTable(pairs, expecting: fields)
        }
    }

    /// Takes the large form, before so many fields come at once; the hash has none yet.
    @_lifetime(self: copy self)
    mutating func becomeLarge(reserving fields: Int) {
        guard word & 3 == 0, case .packed(let pairs) = form, pairs.count == 0 else { return }
        pairs.free(to: heap)
        word = HashTable<HashField>(heap: heap, reserving: fields).word | 1
    }

    /// Asks for the memory in which a field will be looked for.
    @inline(__always) func prefetch(_ field: Bytes) {
        if case .table(let table) = form { table.prefetchBucket(heap.hash(field)) }
    }

    /// Gives `field` a value, and no deadline; true if the field is new.
    @_lifetime(self: copy self)
    @inline(__always) @discardableResult mutating func set(_ field: Bytes, to value: Bytes) -> Bool {
        prepare(addingFields: 1, longestSize: max(field.count, value.count))
        if _slowPath(isTimed) { return set(field, to: value, keepingDeadline: false) }
        guard case .packed(var pairs) = form else { return setInTable(field, value) }
        let packed = PackedField(field)
        if let position = pairs.find(packed) {
            pairs.replace(at: position, packed, with: value, in: heap)
            word = pairs.word
            return false
        }
        append(field, packed, value, to: pairs)
        return true
    }

    /// Adds a field that the caller knows to be absent: a packed hash is not searched.
    @_lifetime(self: copy self)
    mutating func append(absent field: Bytes, _ value: Bytes) {
        prepare(addingFields: 1, longestSize: max(field.count, value.count))
        guard word & 3 == 0, case .packed(let pairs) = form else { return _ = set(field, to: value) }
        append(field, PackedField(field), value, to: pairs)
    }

    @_lifetime(self: copy self)
    @inline(__always) private mutating func append(
        _ field: Bytes, _ packed: PackedField, _ value: Bytes, to pairs: PackedPairs
    ) {
        var pairs = pairs
        guard pairs.hasRoom(for: field.count &+ value.count) else {
            makeTable(pairs, expecting: 1)
            return _ = setInTable(field, value)
        }
        pairs.append(packed, value, in: heap)
        word = pairs.word
        if _slowPath(pairs.count > heap.limits.hashEntries) { makeTable(pairs, expecting: 1) }
    }

    @_lifetime(self: copy self)
    @discardableResult mutating func set(_ field: Bytes, to value: Int64) -> Bool {
        value.withDecimalText { set(field, to: $0) }
    }

    /// Gives `field` a value, and leaves it its deadline.
    @_lifetime(self: copy self)
    mutating func edit(_ field: Bytes, to value: Bytes) {
        if _slowPath(isTimed) { set(field, to: value, keepingDeadline: true) } else { set(field, to: value) }
    }

    @_lifetime(self: copy self)
    mutating func edit(_ field: Bytes, to value: Int64) { value.withDecimalText { edit(field, to: $0) } }

    /// Takes `field` out; false if it was not there.
    @_lifetime(self: copy self)
    mutating func remove(_ field: Bytes) -> Bool {
        if _slowPath(isTimed) { return removeTimed(field) }
        switch form {
        case .packed(var pairs):
            guard let position = pairs.find(PackedField(field)) else { return false }
            pairs.remove(at: position, in: heap)
            word = pairs.word
            return true
        case .table(let table):
            let hash = heap.hash(field)
            guard let place = table.find(field, hash) else { return false }
            if _slowPath(heap.isSaving) { keep(place, hash, of: table) }
            table.remove(place, hash).free(to: heap)
            return true
        }
    }

    @inline(never) func setInTable(_ field: Bytes, _ value: Bytes) -> Bool {
        guard case .table(let table) = form else { preconditionFailure("a small hash") }
        let hash = heap.hash(field)
        guard let place = table.find(field, hash) else {
            let item = HashField(field, value, in: heap)
            table.insert(item, hash)
            if _slowPath(heap.isSaving) { noteNew(item, hash, in: table) }
            return true
        }
        if _slowPath(heap.isSaving) { keep(place, hash, of: table) }
        let item = place.item
        if !item.assign(value) {
            let capacity = item.capacity
            let replacement = HashField(item.member, value, in: heap)
            item.free(to: heap)
            table.replace(place, with: replacement, capacityBefore: capacity)
        }
        return false
    }

    @_lifetime(self: copy self)
    @inline(never) mutating func makeTable(_ pairs: PackedPairs, expecting fields: Int) {
        if isTimed { return makeTimedTable(pairs, expecting: fields) }
        let table = HashTable<HashField>(heap: heap, expecting: pairs.count + fields)
        pairs.forEach { field, value in
            field.withBytes { field in
                value.withBytes { table.insert(HashField(field, $0, in: heap), heap.hash(field)) }
            }
        }
        pairs.free(to: heap)
        word = table.word | 1
    }

    // MARK: The value as a whole

    @_lifetime(immortal)
    func copied() -> HashValue {
        if isTimed { return copiedTimed() }
        switch form {
        case .packed(let pairs): return HashValue(word: pairs.copied(in: heap).word, heap: heap)
        case .table(let table):
            let copy = HashTable<HashField>(heap: heap, expecting: table.count)
            table.forEach { copy.insert(HashField($0.member, $0.value, in: heap), heap.hash($0.member)) }
            return HashValue(word: copy.word | 1, heap: heap)
        }
    }

    @_lifetime(self: copy self)
    mutating func free(budget: inout Int) -> Bool {
        if isTimed { guard freeDeadlines(budget: &budget) else { return false } }
        switch form {
        case .packed(let pairs):
            pairs.free(to: heap)
            budget &-= 1
            return true
        case .table(let table): return table.free(budget: &budget)
        }
    }

    func checkInvariants() {
        if isTimed { checkDeadlines() }
        switch form {
        case .packed(let pairs): precondition(pairs.checkInvariants())
        case .table(let table): table.checkInvariants()
        }
    }
}

extension HashValue {
    // MARK: Going through

    /// Every field with its value, once.
    @inline(__always) func forEach(_ body: (HashElement) -> Void) {
        if _slowPath(isTimed) { return forEachLive(body) }
        switch form {
        case .packed(let pairs): pairs.forEach { body(HashElement($0, $1)) }
        case .table(let table):
            table.forEach { body(HashElement(.bytes($0.member), .bytes($0.value))) }
        }
    }

    /// A part of what `forEach` shows, in its order: from `place` on, which begins as 0, until about `limit` fields
    /// have been shown. Moves `place` behind them and answers how many they were; a small hash shows all at once. The
    /// hash must stay as it is from the first part to the last. What ends before `horizon` is not shown.
    @inline(__always)
    func forEach(from place: inout Int, limit: Int, horizon: Int64, _ body: (HashElement) -> Void) -> Int {
        if _slowPath(isTimed) { return forEachTimed(from: &place, limit: limit, horizon: horizon, body) }
        guard case .table(let table) = form else {
            forEach(body)
            return count
        }
        return table.forEach(from: &place, limit: limit) { body(HashElement(.bytes($0.member), .bytes($0.value))) }
    }

    /// About `count` fields from `cursor` on, and the cursor of the rest; a small hash shows all at once.
    func scan(_ cursor: UInt64, count: Int, _ body: (HashElement) -> Void) -> UInt64 {
        guard case .table(let table) = form else {
            forEach(body)
            return 0
        }
        let horizon = isTimed ? heap.horizon : .min
        return table.scan(cursor, count: count) { item in
            if horizon > .min, item.isTimed, item.deadline < horizon { return }
            body(HashElement(.bytes(item.member), .bytes(item.value)))
        }
    }

    /// A field by chance; the hash must not be empty.
    @_lifetime(copy self)
    func randomElement() -> HashElement {
        if _slowPath(isTimed), deadlines.earliest < heap.horizon { return randomLiveElement() }
        switch form {
        case .packed(let pairs):
            let position = pairs.position(of: heap.random(below: pairs.count))
            return HashElement(pairs.field(at: position), pairs.value(at: position))
        case .table(let table):
            guard let item = table.randomItem() else { preconditionFailure("a hash without fields") }
            return HashElement(.bytes(item.member), .bytes(item.value))
        }
    }

    /// `count` different fields by chance; all of them if there are fewer.
    func sample(_ count: Int, _ body: (HashElement) -> Void) {
        if _slowPath(isTimed), deadlines.earliest < heap.horizon { return sampleLive(count, body) }
        switch form {
        case .packed(let pairs):
            var left = pairs.count, wanted = min(count, left)
            forEach { element in
                // Each of those left is wanted with the same chance.
                if wanted > 0, heap.random(below: left) < wanted {
                    body(element)
                    wanted -= 1
                }
                left -= 1
            }
        case .table(let table):
            table.sample(count) { body(HashElement(.bytes($0.member), .bytes($0.value))) }
        }
    }
}
