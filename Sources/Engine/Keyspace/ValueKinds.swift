// The kinds of values, and what must be done for each of them. This is the checklist for a new type: give it a kind
// here, and every `switch` below that does not compile any more needs a line.

/// What a key holds, as clients see it.
enum ValueKind: Equatable {
    case string, list, hash, set, sortedSet, stream, module

    init(_ kind: Entry.Kind) {
        switch kind {
        case .string, .integer32, .integer64, .largeString: self = .string
        case .list: self = .list
        case .hash: self = .hash
        case .set: self = .set
        case .sortedSet: self = .sortedSet
        case .stream: self = .stream
        case .module: self = .module
        }
    }

    /// What TYPE answers.
    var name: StaticString {
        switch self {
        case .string: "string"
        case .list: "list"
        case .hash: "hash"
        case .set: "set"
        case .sortedSet: "zset"
        case .stream: "stream"
        case .module: "module"
        }
    }
}

/// A container that keys can hold.
protocol KeyspaceValue: ContainerValue, ~Escapable {
    static var kind: Entry.Kind { get }
}

extension HashValue: KeyspaceValue { static var kind: Entry.Kind { .hash } }
extension SetValue: KeyspaceValue { static var kind: Entry.Kind { .set } }
extension ListValue: KeyspaceValue { static var kind: Entry.Kind { .list } }
extension SortedSetValue: KeyspaceValue { static var kind: Entry.Kind { .sortedSet } }
extension StreamValue: KeyspaceValue { static var kind: Entry.Kind { .stream } }

/// The value of an entry that has blocks of its own.
struct StoredValue {
    let kind: Entry.Kind
    var word: UInt64

    /// Gives the value's blocks back, in steps; true when nothing is left.
    mutating func free(budget: inout Int, to heap: Heap) -> Bool {
        switch kind {
        case .string, .integer32, .integer64: return true
        case .largeString:
            LargeString(word: word).release(to: heap)
            budget -= 1
            return true
        case .hash: return free(HashValue.self, &budget, heap)
        case .set: return free(SetValue.self, &budget, heap)
        case .list: return free(ListValue.self, &budget, heap)
        case .sortedSet: return free(SortedSetValue.self, &budget, heap)
        case .stream: return free(StreamValue.self, &budget, heap)
        case .module: preconditionFailure("no such type in this build")
        }
    }

    private mutating func free<Value: KeyspaceValue & ~Escapable>(_: Value.Type, _ budget: inout Int, _ heap: Heap)
        -> Bool
    {
        var value = Value(word: word, heap: heap)
        defer { word = value.word }
        return value.free(budget: &budget)
    }

    /// Goes on with moving the value's blocks to where the heap wants them.
    mutating func move(from place: inout MovingPlace, budget: inout Int, in heap: Heap) {
        switch kind {
        case .string, .integer32, .integer64: place.end()
        case .largeString:
            if !LargeString(word: word).isShared { word = heap.moved(word) }
            place.end()
        case .hash: word = HashValue(word: word, heap: heap).moved(from: &place, budget: &budget)
        case .set: word = SetValue(word: word, heap: heap).moved(from: &place, budget: &budget)
        case .list: word = ListValue(word: word, heap: heap).moved(from: &place, budget: &budget)
        case .sortedSet: word = SortedSetValue(word: word, heap: heap).moved(from: &place, budget: &budget)
        case .stream: word = StreamValue(word: word, heap: heap).moved(from: &place, budget: &budget)
        case .module: preconditionFailure("no such type in this build")
        }
    }

    /// The word of an equal value with blocks of its own.
    func copied(in heap: Heap) -> UInt64 {
        switch kind {
        case .string, .integer32, .integer64: word
        case .largeString: LargeString(LargeString(word: word).bytes, in: heap).word
        case .hash: HashValue(word: word, heap: heap).copied().word
        case .set: SetValue(word: word, heap: heap).copied().word
        case .list: ListValue(word: word, heap: heap).copied().word
        case .sortedSet: SortedSetValue(word: word, heap: heap).copied().word
        case .stream: StreamValue(word: word, heap: heap).copied().word
        case .module: preconditionFailure("no such type in this build")
        }
    }

    /// What OBJECT ENCODING answers.
    func encoding(in heap: Heap) -> StaticString {
        switch kind {
        case .string: "embstr"
        case .integer32, .integer64: "int"
        case .largeString: "raw"
        case .hash: HashValue(word: word, heap: heap).encoding
        case .set: SetValue(word: word, heap: heap).encoding
        case .list: ListValue(word: word, heap: heap).encoding
        case .sortedSet: SortedSetValue(word: word, heap: heap).encoding
        case .stream: StreamValue(word: word, heap: heap).encoding
        case .module: preconditionFailure("no such type in this build")
        }
    }

    /// Bytes of heap in the value's own blocks.
    func memoryUsage(in heap: Heap) -> Int {
        switch kind {
        case .string, .integer32, .integer64: 0
        case .largeString: LargeString(word: word).memoryUsage
        case .hash: HashValue(word: word, heap: heap).memoryUsage
        case .set: SetValue(word: word, heap: heap).memoryUsage
        case .list: ListValue(word: word, heap: heap).memoryUsage
        case .sortedSet: SortedSetValue(word: word, heap: heap).memoryUsage
        case .stream: StreamValue(word: word, heap: heap).memoryUsage
        case .module: preconditionFailure("no such type in this build")
        }
    }
}
