// How the stream commands name entries, and what they share in looking for streams and groups.

extension CommandError {
    static var invalidStreamID: CommandError { .because("ERR Invalid stream ID specified as stream command argument") }
}

extension Arguments {
    /// The number of an entry; one that lacks its sequence has 0.
    @inline(__always) func streamID(_ index: Int) throws(CommandError) -> StreamID {
        guard let text = StreamIDText(self[index], missingSequence: 0, isPlain: true) else { throw .invalidStreamID }
        return text.id
    }

    /// The first number of a range.
    func rangeStart(_ index: Int) throws(CommandError) -> StreamID {
        let (id, isExcluded) = try bound(index, missingSequence: 0)
        if !isExcluded { return id }
        guard let next = id.successor else { throw .because("ERR invalid start ID for the interval") }
        return next
    }

    /// The last number of a range.
    func rangeEnd(_ index: Int) throws(CommandError) -> StreamID {
        let (id, isExcluded) = try bound(index, missingSequence: .max)
        if !isExcluded { return id }
        guard let previous = id.predecessor else { throw .because("ERR invalid end ID for the interval") }
        return previous
    }

    private func bound(_ index: Int, missingSequence: UInt64) throws(CommandError) -> (StreamID, isExcluded: Bool) {
        let word = self[index]
        let isExcluded = word.count > 1 && word[0] == UInt8(ascii: "(")
        let text = StreamIDText(
            isExcluded ? word.dropping(first: 1) : word, missingSequence: missingSequence, isPlain: isExcluded)
        guard let text else { throw .invalidStreamID }
        return (text.id, isExcluded)
    }
}

extension CommandContext {
    /// `NOGROUP`, in the words of most commands.
    mutating func noGroup(_ key: Bytes, _ group: Bytes, _ more: String = "") -> CommandError {
        error("NOGROUP No such key '\(key.quotableText)' or consumer group '\(group.quotableText)'\(more)")
    }

    /// `NOGROUP`, in the words of XGROUP and XINFO.
    mutating func noGroup(named group: Bytes, of key: Bytes) -> CommandError {
        error("NOGROUP No such consumer group '\(group.quotableText)' for key name '\(key.quotableText)'")
    }
}

/// The fields of a new entry are words of the call.
struct EntryArguments: StreamFields, ~Escapable {
    private let arguments: Arguments
    private let start: Int

    @_lifetime(copy arguments)
    @inline(__always) init(_ arguments: Arguments, from start: Int) {
        self.arguments = arguments
        self.start = start
    }

    @inline(__always) var pairs: Int { (arguments.count &- start) &>> 1 }

    @_lifetime(copy self)
    @inline(__always) func field(_ index: Int) -> Bytes { arguments[start &+ 2 &* index] }

    @_lifetime(copy self)
    @inline(__always) func value(_ index: Int) -> Bytes { arguments[start &+ 2 &* index &+ 1] }
}
