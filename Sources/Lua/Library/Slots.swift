// 5.1 gives a native function 8,000 slots of the stack; the bundled libraries take some for each level of nested data
// and for each result, and so end at certain depths and counts. Here levels take no slots, but they are counted all the
// same.

extension Machine {
    /// What 5.1 calls LUAI_MAXCSTACK.
    static let slotsOfNative = 8000
    /// What a value costs of the steps of one turn (`spend`).
    static let stepsOfValue = 4

    /// That a native function of 5.1 could have so many slots in use: "stack overflow (message)".
    @inline(__always) mutating func checkSlots(_ count: Int, _ message: StaticString) throws(Raised) {
        if count > Machine.slotsOfNative { throw error("stack overflow (\(message))") }
    }

    /// An error without a position, as the machine itself raises it out of a native function.
    mutating func plainError(_ message: StaticString) throws(Raised) -> Raised {
        error(value: try makeString(message))
    }
}
