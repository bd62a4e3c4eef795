// What all values with elements have in common. The entry of a key keeps one word for such a value; a value type
// opens the word, works on the blocks that it names, and may leave another word behind.
// Ownership rule: whoever keeps the word owns the value, and frees it exactly once.

/// A list, hash, set, sorted set or stream: small and packed, or large and indexed.
protocol ContainerValue: ~Escapable {
    /// Opens a value that exists; the caller vouches that it outlives this view.
    @_lifetime(immortal) init(word: UInt64, heap: Heap)

    /// What the entry keeps: the value's own blocks, and which form they have.
    var word: UInt64 { get }

    /// How many elements it has: fields, members, items.
    var count: Int { get }

    /// The same with what is over and not yet removed, which changes by removal alone and not by time.
    var countInMemory: Int { get }

    /// Whether a key goes that holds the value as it is: it is empty, and of a kind that is never empty.
    var endsKey: Bool { get }

    /// The name that `OBJECT ENCODING` answers.
    var encoding: StaticString { get }

    /// Bytes of heap that the value occupies.
    var memoryUsage: Int { get }

    /// How many blocks it has, or about: what freeing it costs. Large numbers need not be right.
    var blockCount: Int { get }

    /// A value without elements, in its smallest form.
    @_lifetime(immortal) static func empty(in heap: Heap) -> Self

    /// A copy of its own, with equal elements.
    @_lifetime(immortal) func copied() -> Self

    /// Goes on with moving the blocks to where the heap wants them, until `budget` is used up: about one for each. The
    /// word that the value has then; it is the same otherwise. Not while somebody else holds the word.
    func moved(from place: inout MovingPlace, budget: inout Int) -> UInt64

    /// Gives the blocks back, in steps: each takes from `budget` what it has freed. True when nothing is left;
    /// until then the word stays valid for further calls, and for nothing else.
    @_lifetime(self: copy self)
    mutating func free(budget: inout Int) -> Bool
}

extension ContainerValue where Self: ~Escapable {
    @inline(__always) var endsKey: Bool { count == 0 }
    @inline(__always) var countInMemory: Int { count }
}
