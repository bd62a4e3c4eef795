// JSON to values. Arrays and objects within others wait in an array, so depth costs no stack, and nothing is made
// before its text was read.

/// Reads one value.
struct JSONDecoder: ~Copyable, ~Escapable {
    private var reader: JSONReader
    /// How far it has come; whoever goes on in another turn begins with it.
    private(set) var progress: Progress
    private var token: JSONReader.Token
    private let isBegun: Bool

    /// All but the text.
    struct Progress {
        fileprivate let allowsInvalidNumbers: Bool
        fileprivate let deepest: Int
        fileprivate var frames: [Frame] = []
        fileprivate var token: JSONReader.Token?
        /// What 5.1 has on its stack.
        fileprivate var slots = 1
        /// The first byte that is not read yet.
        fileprivate var position = 0

        @inline(__always) init(_ settings: JSONSettings) {
            allowsInvalidNumbers = settings.decodesInvalidNumbers
            deepest = settings.deepestDecoded
        }
    }

    /// A table that is being filled.
    fileprivate struct Frame {
        let table: Value
        /// The index of the next element; 0 in an object.
        var index: Int
        /// The key whose value comes next.
        var key = Value.nil
    }

    @_lifetime(copy text)
    @inline(__always)
    init(_ text: Text, _ progress: consuming Progress) {
        reader = JSONReader(text, from: progress.position, allowsInvalidNumbers: progress.allowsInvalidNumbers)
        token = progress.token ?? JSONReader.Token(.end, at: 0)
        isBegun = progress.token != nil
        self.progress = progress
    }

    /// The value that the text is; nothing if the budget is spent: then it is to be gone on with from `progress`.
    mutating func decode(_ machine: inout Machine) throws(Raised) -> Value? {
        if !isBegun { try advance(&machine) }
        while true {
            if machine.budgetLeft <= 0 {
                progress.position = reader.position
                progress.token = token
                return nil
            }
            try machine.spend(Machine.stepsOfValue)
            var value: Value
            switch token.kind {
            case .string, .number, .boolean: value = token.value
            case .null: value = JSONLibrary.null
            case .objectStart:
                reader.expectsKey = true
                value = try open(slots: 3, &machine)
                reader.expectsKey = false
                if token.kind != .objectEnd {
                    progress.frames.append(Frame(table: value, index: 0))
                    progress.slots &+= 2
                    try readKey(&machine)
                    continue
                }
            case .arrayStart:
                value = try open(slots: 2, &machine)
                if token.kind != .arrayEnd {
                    progress.frames.append(Frame(table: value, index: 1))
                    progress.slots &+= 1
                    continue
                }
            default: throw unexpected("value", &machine)
            }
            if try isComplete(&value, &machine) {
                try advance(&machine)
                if token.kind != .end { throw unexpected("the end", &machine) }
                return value
            }
        }
    }

    private mutating func advance(_ machine: inout Machine) throws(Raised) { token = try reader.next(&machine) }

    /// A new table, and the token behind its beginning.
    private mutating func open(slots more: Int, _ machine: inout Machine) throws(Raised) -> Value {
        let depth = progress.frames.count &+ 1
        if depth > progress.deepest || progress.slots &+ more > Machine.slotsOfNative {
            let position = Int32(truncatingIfNeeded: reader.position)
            throw machine.error("Found too many nested data structures (\(depth)) at character \(position)")
        }
        let table = try machine.makeTable()
        try advance(&machine)
        return table
    }

    /// A key and its colon; then the token is the first of the value.
    private mutating func readKey(_ machine: inout Machine) throws(Raised) {
        if token.kind != .string { throw unexpected("object key string", &machine) }
        progress.frames[progress.frames.count &- 1].key = token.value
        try advance(&machine)
        if token.kind != .colon { throw unexpected("colon", &machine) }
        try advance(&machine)
    }

    /// Puts a value where it belongs. A table that ends behind it is a value in turn; true if there is no other around
    /// it.
    private mutating func isComplete(_ value: inout Value, _ machine: inout Machine) throws(Raised) -> Bool {
        while let last = progress.frames.indices.last {
            let isArray = progress.frames[last].index > 0
            if isArray {
                try machine.rawSet(progress.frames[last].table, index: progress.frames[last].index, value)
                progress.frames[last].index &+= 1
            } else {
                try machine.rawSet(progress.frames[last].table, progress.frames[last].key, value)
            }
            try advance(&machine)
            if token.kind == .comma {
                reader.expectsKey = !isArray
                try advance(&machine)
                reader.expectsKey = false
                if !isArray { try readKey(&machine) }
                return false
            }
            if token.kind != (isArray ? .arrayEnd : .objectEnd) {
                throw unexpected(isArray ? "comma or array end" : "comma or object end", &machine)
            }
            value = progress.frames[last].table
            progress.slots &-= isArray ? 1 : 2
            progress.frames.removeLast()
        }
        return true
    }

    private func unexpected(_ expected: StaticString, _ machine: inout Machine) -> Raised {
        machine.error(
            "Expected \(expected) but found \(reader.description(of: token))"
                + " at character \(Int32(truncatingIfNeeded: token.index &+ 1))")
    }
}
