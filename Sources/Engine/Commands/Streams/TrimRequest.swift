// What XADD and XTRIM read before the rest: how much of the stream shall be left. Redis reads these words in a loop of
// its own, whose order of complaints is part of its answers.

/// The options of XADD and XTRIM.
struct TrimRequest {
    var trim: StreamTrim?
    var isApproximate = false
    /// What becomes of references to what goes; nil if no word says so.
    private(set) var givenPolicy: ReferencePolicy?
    var policy: ReferencePolicy { givenPolicy ?? .keep }
    /// Of what trimming may take away; 0 for no limit.
    var limit: Int64 = 0
    /// Where the threshold stands.
    var thresholdIndex = 0
    /// Where the word LIMIT stands; 0 if it does not.
    private var limitIndex = 0
    /// XADD: only if the stream is there.
    var leavesMissing = false
    /// XADD: where the number of the new entry stands, and what it is; nil for `*`.
    var idIndex = 0
    var id: StreamIDText?

    /// Reads from the second argument on, as far as the number of XADD, or all words of XTRIM. What comes from a log
    /// `isObeyed`: it says exactly what is to go, and older versions of Redis leave the limit beside it.
    init(_ arguments: Arguments, adding: Bool, _ limits: EncodingLimits, isObeyed: Bool) throws(CommandError) {
        var index = 2
        while index < arguments.count {
            let word = arguments[index], hasMore = index &+ 1 < arguments.count
            if adding, word.count == 1, word[0] == UInt8(ascii: "*") { break }
            // A number begins with a digit, which no option does.
            let mayBeOption = word.first.map { $0 > UInt8(ascii: "9") } ?? false
            if mayBeOption, hasMore, arguments.isWord(index, "maxlen") {
                try readThreshold(arguments, &index, isLength: true)
            } else if mayBeOption, hasMore, arguments.isWord(index, "minid") {
                try readThreshold(arguments, &index, isLength: false)
            } else if mayBeOption, hasMore, arguments.isWord(index, "limit") {
                limit = try arguments.integer(index + 1)
                if limit < 0 { throw .because("ERR The LIMIT argument must be >= 0.") }
                limitIndex = index
                index += 1
            } else if mayBeOption, adding, arguments.isWord(index, "nomkstream") {
                leavesMissing = true
            } else if mayBeOption, givenPolicy == nil, let named = ReferencePolicy(word) {
                givenPolicy = named
            } else if adding {
                id = StreamIDText(word, missingSequence: 0, isPlain: true, mayBeOpen: true)
                if id == nil { throw .invalidStreamID }
                break
            } else {
                throw .syntax
            }
            index &+= 1
        }
        idIndex = index
        if trim != nil || limitIndex > 0 || !adding { try check(adding: adding, limits, isObeyed: isObeyed) }
    }

    private mutating func readThreshold(
        _ arguments: Arguments, _ index: inout Int, isLength: Bool
    ) throws(CommandError) {
        if trim != nil {
            throw .because("ERR syntax error, MAXLEN and MINID options at the same time are not compatible")
        }
        isApproximate = false
        let next = arguments[index + 1]
        if index + 2 < arguments.count, next.count == 1 {
            isApproximate = next[0] == UInt8(ascii: "~")
            if isApproximate || next[0] == UInt8(ascii: "=") { index += 1 }
        }
        if isLength {
            let length = try arguments.integer(index + 1)
            if length < 0 { throw .because("ERR The MAXLEN argument must be >= 0.") }
            trim = .length(UInt64(length))
        } else {
            trim = .from(try arguments.streamID(index + 1))
        }
        index += 1
        thresholdIndex = index
    }

    private mutating func check(adding: Bool, _ limits: EncodingLimits, isObeyed: Bool) throws(CommandError) {
        if limit != 0, trim == nil {
            throw .because("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy")
        }
        if !adding, trim == nil {
            throw .because("ERR syntax error, XTRIM must be called with a trimming strategy")
        }
        if isObeyed {
            limit = 0
            return
        }
        if limitIndex > 0, !isApproximate {
            throw .because("ERR syntax error, LIMIT cannot be used without the special ~ option")
        }
        if limitIndex == 0, isApproximate {
            // About a hundred nodes, so that no call takes long.
            let entries = Int64(limits.streamNodeEntries).multipliedReportingOverflow(by: 100)
            let wanted = entries.overflow ? 0 : entries.partialValue
            limit = wanted <= 0 ? 10_000 : min(wanted, 1_000_000)
        }
    }

    /// How many of the words of the call the log gets.
    func wordCount(of arguments: Arguments) -> Int { arguments.count - (limitIndex > 0 ? 2 : 0) }

    /// Writes the call for the log: `=` instead of `~` with its limit, and a threshold that says what has become of the
    /// stream; the number of the new entry if it was made up.
    func write(
        _ arguments: Arguments, to log: inout CommandLog, length: Int, firstID: StreamID, newID: StreamID? = nil
    ) {
        // Where entries stay before others that have gone, the first number does not say which have.
        let byLength = policy == .respect
        for index in 0..<arguments.count where limitIndex == 0 || !(limitIndex...limitIndex + 1).contains(index) {
            if isApproximate, byLength, index == thresholdIndex - 2 {
                log.append(word: "MAXLEN")
            } else if isApproximate, index == thresholdIndex - 1 {
                log.append(word: "=")
            } else if isApproximate, index == thresholdIndex {
                if case .from = trim, !byLength {
                    log.append(word: firstID)
                } else {
                    log.append(word: Int64(length))
                }
            } else if let newID, index == idIndex {
                log.append(word: newID)
            } else {
                log.append(word: arguments[index])
            }
        }
    }
}
