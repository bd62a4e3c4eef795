// Events of hashes that say which fields they are about, where `notify-keyspace-events` asks for it (S, T, I, V).

extension CommandContext {
    /// The event that the running command has just brought about is about the fields at these places of its words.
    @inline(__always)
    mutating func nameFields(
        _ arguments: Arguments, _ indices: @autoclosure () -> some Sequence<Int>, of event: KeyspaceEvent
    ) {
        guard _slowPath(keyspace.feed.namesFields) else { return }
        for index in indices() { keyspace.feed.nameField(arguments[index], of: event, at: arguments[1]) }
    }
}

/// The places of fields that a command has touched, noted only where somebody is to hear of them.
struct TouchedFields {
    private(set) var indices: [Int] = []
    private let areNoted: Bool

    init(_ feed: borrowing ChangeFeed) { areNoted = feed.namesFields }

    @inline(__always) mutating func append(_ index: Int) {
        if _slowPath(areNoted) { indices.append(index) }
    }
}
