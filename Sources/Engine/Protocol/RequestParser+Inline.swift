// Requests without RESP: the words of one line.

extension RequestParser {
    /// Words on one line, as a person types them: in quotes, if they like.
    @inline(never) mutating func inlineRequest(_ input: Bytes, _ offset: inout Int) -> ParsedRequest {
        if unquoted.count > 0 { return .full }
        var end = offset
        // Redis looks for the line's end with C's eyes: a NUL ends the search.
        while end < input.count, input[end] != UInt8(ascii: "\n"), input[end] != 0 { end += 1 }
        guard end < input.count, input[end] != 0 else {
            let isTooLong = input.count - offset > RequestParser.longestLine
            partial = (0, 0, 0)
            return isTooLong
                ? .malformed(.because("Protocol error: too big inline request"))
                : .incomplete(sizeNeeded: input.count - offset + 1)
        }
        let next = end + 1
        if end > offset, input[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        let most = (end - offset) / 2 + 1
        if used + most > capacity {
            if used > 0 { return .full }
            grow(most)
        }
        unquoted.reserve(end - offset)
        let list = unsafe slots + used
        var count = 0
        var line = InlineLine(input.prefix(end).dropping(first: offset))
        while line.skipBlanks() {
            guard let (first, size, isUnquoted) = line.word(&unquoted) else {
                unquoted.reset()
                return .malformed(.because("Protocol error: unbalanced quotes in request"))
            }
            let base = unsafe isUnquoted ? UnsafeRawPointer(unquoted.start) : input.start + offset
            unsafe (list + count).initialize(to: ArgumentList.Slot(start: base + first, count: size))
            count += 1
        }
        used += count
        offset = next
        return unsafe .request(ArgumentList(slots: list, count: count))
    }
}
