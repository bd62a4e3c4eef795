// The names of the stream of changes: whoever has it up to a position, by a name that is known here, can go on from
// there. A server that takes over from another one knows the old name as well, as far as it has that one's stream.

/// Of which stream the changes here are a part.
struct ReplicationHistory {
    private(set) var identifier = Observation.randomIdentifier()
    /// What the stream was called before, up to `secondOffset`; zeros for none.
    private(set) var secondIdentifier = ReplicationHistory.noIdentifier
    /// The first byte of the stream that is not of that name any more, counted from one; -1 for none.
    private(set) var secondOffset = -1

    static let identifierSize = 40
    static let noIdentifier = String(repeating: "0", count: identifierSize)

    /// Whether another server, or a file, may say so of its stream. Positions are added to: this half of all numbers
    /// will never be reached.
    static func isCredible(_ identifier: some StringProtocol, at position: Int) -> Bool {
        identifier.utf8.count == identifierSize && 0..<Int.max / 2 ~= position
    }

    /// Another stream begins.
    mutating func renew() { identifier = Observation.randomIdentifier() }

    /// Nobody can go on with the name from before.
    mutating func forgetSecond() { (secondIdentifier, secondOffset) = (ReplicationHistory.noIdentifier, -1) }

    /// The stream goes on from `position` under another name.
    mutating func shift(at position: Int, to name: String = Observation.randomIdentifier()) {
        (secondIdentifier, secondOffset) = (identifier, position &+ 1)
        identifier = name
    }

    /// It is the stream of another server.
    mutating func adopt(_ identifier: String) {
        self.identifier = identifier
        forgetSecond()
    }

    /// It goes on where a server stopped that called it so.
    mutating func resume(_ identifier: String, at position: Int) {
        (secondIdentifier, secondOffset) = (identifier, position &+ 1)
    }

    /// Why somebody cannot go on.
    enum Mismatch {
        case identifier
        case offset
    }

    /// Whether who has the stream by this name may go on with the byte `offset`, counted from one.
    func mismatch(of name: String, offset: Int) -> Mismatch? {
        let name = name.lowercased()
        if name == identifier.lowercased() { return nil }
        if name != secondIdentifier.lowercased() { return .identifier }
        return offset > secondOffset ? .offset : nil
    }
}
