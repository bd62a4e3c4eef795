// Strings and tables as natives and the host make, read and change them.

extension Machine {
    /// The value of the error that is on its way, or that ended the script.
    public var raised: Value {
        get { heap.raised }
        set { heap.raised = newValue }
    }

    /// Whether unreachable objects are collected before every instruction that may allocate: for tests.
    public var collectsAlways: Bool {
        get { heap.collectsAlways }
        set { heap.collectsAlways = newValue }
    }

    // MARK: strings

    /// "not enough memory"
    /// - Complexity: O(n)
    public mutating func makeString(_ bytes: RawSpan) throws(Raised) -> Value {
        let handle = try heap.makeString(count: bytes.byteCount)
        let target = heap.strings[handle].bytes
        unsafe bytes.withUnsafeBytes { (source) in
            if let start = source.baseAddress {
                unsafe UnsafeMutableRawPointer(target.start).copyMemory(from: start, byteCount: target.count)
            }
        }
        return Value(tag: .string, payload: handle)
    }

    mutating func makeString(_ text: borrowing Text) throws(Raised) -> Value { try heap.makeString(text) }

    mutating func makeString(_ bytes: [UInt8]) throws(Raised) -> Value {
        var builder = ByteBuilder(limit: bytes.count)
        builder.append(bytes)
        return try heap.makeString(builder.text)
    }

    /// Literals are interned: they are mostly keys, and what `type` returns.
    public mutating func makeString(_ literal: StaticString) throws(Raised) -> Value {
        try heap.makeInterned(literal)
    }

    /// What was built, or "not enough memory" if the builder ran over its limit.
    mutating func makeString(_ builder: consuming ByteBuilder) throws(Raised) -> Value {
        try heap.makeString(builder)
    }

    /// A builder that takes as many bytes as memory is left.
    func makeBuilder() -> ByteBuilder { ByteBuilder(limit: heap.room) }

    /// The bytes of a string. They stay where they are while a native function runs, for collections happen only
    /// between instructions; the view cannot be kept beyond it.
    @_lifetime(immortal)
    @inline(__always) func text(of string: Value) -> Text { heap.text(of: string) }

    /// For the host: good until the machine runs, ends or collects. The compiler does not see to that: hosts reach
    /// their machines through accessors, whose borrow ends with the expression, so a result that depended on one could
    /// not be used; copies of the bytes would cost more than most scripts do.
    @_lifetime(immortal)
    public func bytes(of string: Value) -> RawSpan {
        let bytes = heap.strings[string.payload].bytes
        let span = unsafe RawSpan(_unsafeStart: bytes.start, byteCount: bytes.count)
        return unsafe _overrideLifetime(span, copying: ())
    }

    @inline(__always) public mutating func rawEqual(_ one: Value, _ other: Value) -> Bool { heap.rawEqual(one, other) }

    // MARK: tables

    /// Room for elements and fields is made as 5.1's lua_createtable makes it. "not enough memory"
    public mutating func makeTable(elements: Int = 0, fields: Int = 0) throws(Raised) -> Value {
        try heap.makeTable(elements: elements, fields: fields)
    }

    public func rawGet(_ table: Value, _ key: Value) -> Value { heap.get(key, from: table.payload) }

    @inline(__always) public func rawGet(_ table: Value, index: Int) -> Value { heap.tables[table.payload][index] }

    public func rawGet(_ table: Value, field: StaticString) -> Value {
        guard let key = heap.findInterned(field) else { return .nil }
        return heap.get(key, from: table.payload)
    }

    /// "table index is nil", "table index is NaN", "Attempt to modify a readonly table", "not enough memory"
    public mutating func rawSet(_ table: Value, _ key: Value, _ value: Value) throws(Raised) {
        if heap.tables[table.payload].isReadOnly { throw heap.failure("Attempt to modify a readonly table") }
        try heap.set(key, value, in: table.payload)
    }

    public mutating func rawSet(_ table: Value, index: Int, _ value: Value) throws(Raised) {
        if heap.setElement(table.payload, index, value) { return }
        try rawSet(table, Value(unboxed: Double(index)), value)
    }

    public mutating func rawSet(_ table: Value, field: StaticString, _ value: Value) throws(Raised) {
        try rawSet(table, makeString(field), value)
    }

    /// Sets a field of a permanent table until the end of the script, even if the table is read-only.
    public mutating func setTemporary(_ table: Value, _ key: Value, _ value: Value) throws(Raised) {
        try heap.setTemporary(table.payload, key, value)
    }

    /// The border that 5.1's `#` finds.
    @inline(__always) public func length(of table: Value) -> Int { heap.tables[table.payload].border() }

    /// The pair behind `key` in 5.1's order (nil: the first), or nothing at the end. "invalid key to 'next'"
    public mutating func next(_ table: Value, after key: Value) throws(Raised) -> (key: Value, value: Value)? {
        let (isKnown, pair) = heap.next(table.payload, after: key)
        if !isKnown { throw raise(Array("invalid key to 'next'".utf8)) }
        return pair
    }

    /// A table or nil.
    public func metatable(of value: Value) -> Value {
        if value.isTable { return heap.metatableHandle(of: value) }
        return value.isString ? stringMetatable : .nil
    }

    public mutating func setMetatable(_ table: Value, _ metatable: Value) {
        heap.setMetatable(table.payload, metatable)
    }

    public func isReadOnly(_ table: Value) -> Bool { heap.tables[table.payload].isReadOnly }

    public mutating func setReadOnly(_ table: Value, _ readOnly: Bool) {
        heap.tables[table.payload].isReadOnly = readOnly
    }

    // MARK: memory

    /// Bytes of all objects, and of what a native function that waits has built.
    public var memoryUsed: Int { heap.used &+ suspension.memoryUsed }

    /// Bytes that the machine has from the system for its objects, in use or not.
    public var memoryReserved: Int { heap.account.reserved }

    /// The host holds a permanent object: it stays until `forget`. What was there before the first `keep`, and what
    /// `load` has given, needs it not; what scripts have made and `keep` has kept does, unless a global variable leads
    /// to it.
    public mutating func retain(_ value: Value) { heap.retain(value) }

    /// A permanent object may go at a later collection, if no other refers to it.
    public mutating func forget(_ value: Value) { heap.forget(value) }
}
