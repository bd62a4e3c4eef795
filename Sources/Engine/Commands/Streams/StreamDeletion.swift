// What XDELEX and XACKDEL read from their words, and how an entry goes that consumer groups may still refer to.

extension ReferencePolicy {
    /// The policy that a word names.
    init?(_ word: Bytes) {
        switch FoldedName(word) {
        case FoldedName("keepref"): self = .keep
        case FoldedName("delref"): self = .delete
        case FoldedName("acked"): self = .respect
        default: return nil
        }
    }

    static var grammar: Argument {
        .oneOf("condition", [.word("KEEPREF"), .word("DELREF"), .word("ACKED")])
    }
}

/// The options of XDELEX and XACKDEL, in any order.
struct StreamDeletion {
    private(set) var policy = ReferencePolicy.keep
    /// Where the numbers of the entries are.
    private(set) var ids = 0..<0

    static var grammar: [Argument] {
        [
            ReferencePolicy.grammar,
            .block("ids", [.integer("numids"), .string("id").repeated]).announced(by: "IDS"),
        ]
    }

    init(_ arguments: Arguments, from first: Int) throws(CommandError) {
        var index = first, hasPolicy = false
        while index < arguments.count {
            if !hasPolicy, let named = ReferencePolicy(arguments[index]) {
                (policy, hasPolicy) = (named, true)
            } else if ids.isEmpty, index + 1 < arguments.count, arguments.isWord(index, "ids") {
                guard let count = arguments[index + 1].integer, count > 0 else {
                    throw .because("ERR Number of IDs must be a positive integer")
                }
                guard count <= arguments.count - index - 2 else {
                    throw .because("ERR The `numids` parameter must match the number of arguments")
                }
                ids = index + 2..<index + 2 + Int(count)
                index = ids.upperBound - 1
            } else {
                throw .syntax
            }
            index += 1
        }
        guard !ids.isEmpty else { throw .because("ERR IDS option is required") }
        for index in ids { _ = try arguments.streamID(index) }
    }

    /// What the reply says of one entry.
    enum Outcome: Int { case deleted = 1, missing = -1, kept = 2 }
}

extension StreamValue {
    /// Deletes an entry as the policy has it. References may go even where there is no entry any more; `changes` counts
    /// them and the entry.
    func delete(_ id: StreamID, _ policy: ReferencePolicy, changes: inout Int) -> StreamDeletion.Outcome {
        if policy == .respect, contains(id), isReferenced(id) { return .kept }
        if policy == .delete { changes += forgetReferences(to: id) }
        let isFirst = id == firstID
        guard delete(id) else { return .missing }
        changes += 1
        if id > largestDeletedID { largestDeletedID = id }
        if isFirst || length == 0 { updateFirstID() }
        return .deleted
    }
}
