// What the subcommands of XGROUP share: their options, and the group that must be there.

/// The options of XGROUP CREATE and SETID.
struct GroupOptions {
    var createsStream = false
    var entriesRead = StreamValue.unknownCount
    /// As many entries as there have been are the most that can have been read.
    let isBounded: Bool
    /// Redis counts the words once more, behind all other checks.
    var hasFittingCount = true

    /// How many entries of the stream the group has read.
    func entriesRead(of stream: StreamValue) -> Int64 {
        isBounded ? min(entriesRead, Int64(clamping: stream.entriesAdded)) : entriesRead
    }

    /// The number that the group begins at; nil for `$`, the last one of the stream.
    func id(in arguments: Arguments) throws(CommandError) -> StreamID? {
        if arguments[4].isCharacter("$") { return nil }
        guard arguments.isWord(1, "setid") else { return try arguments.streamID(4) }
        guard let text = StreamIDText(arguments[4], missingSequence: 0, isPlain: false) else { throw .invalidStreamID }
        return text.id
    }
}

extension CommandContext {
    /// Reads the words behind the number, and looks for the key as far as that decides what comes first.
    mutating func groupOptions(_ arguments: Arguments, mayCreate: Bool) throws(CommandError) -> GroupOptions {
        var options = GroupOptions(isBounded: settings.reportedVersion.boundsEntriesRead), index = 5
        while index < arguments.count {
            if mayCreate, arguments.isWord(index, "mkstream") {
                options.createsStream = true
            } else if arguments.isWord(index, "entriesread"), index + 1 < arguments.count {
                options.entriesRead = try arguments.integer(index + 1)
                if options.entriesRead < 0, options.entriesRead != StreamValue.unknownCount {
                    throw .because("ERR value for ENTRIESREAD must be positive or -1")
                }
                index += 1
            } else {
                throw subcommandSyntax(arguments)
            }
            index += 1
        }
        options.hasFittingCount = mayCreate ? arguments.count <= 8 : arguments.count == 5 || arguments.count == 7
        guard mayCreate else { return options }
        let isThere = try keyspace.peek(at: arguments.key(2), as: StreamValue.self) != nil
        guard isThere || options.createsStream else { throw XGROUP.missingKey }
        guard options.hasFittingCount else { throw subcommandSyntax(arguments) }
        return options
    }

    /// Lets `body` change the group that the call names, and say how many changes it made.
    mutating func withGroup(
        _ arguments: Arguments, _ body: (StreamGroup, Heap, Int64) -> Int
    ) throws(CommandError) -> Int {
        let now = now
        var isFound = false
        let changes = try keyspace.amend(arguments.key(2), as: StreamValue.self, reading: false) { stream in
            guard let group = stream.group(arguments[3]) else { return 0 }
            isFound = true
            return body(group, stream.heap, now)
        }
        guard let changes else { throw XGROUP.missingKey }
        guard isFound else { throw noGroup(named: arguments[3], of: arguments[2]) }
        return changes
    }
}
