// What there is of a request whose rest has not arrived, for those who look at a client from outside: CLIENT LIST shows
// arguments that are complete apart from what is still to be read, as Redis keeps them.

/// The sizes of the parts of an unfinished request.
struct UnfinishedRequest {
    /// Bytes of complete arguments.
    private(set) var arguments = 0
    /// Bytes that have not been made arguments.
    private(set) var unread = 0

    /// From this size on Redis reads an argument for itself, without what announces it.
    private static let largeArgument = 32 << 10

    init(_ input: Bytes) {
        unread = input.count
        guard input.first == UInt8(ascii: "*"), let (_, start) = UnfinishedRequest.number(input, at: 1) else { return }
        var place = start
        while place < input.count, let (length, begin) = UnfinishedRequest.number(input, at: place + 1), length >= 0 {
            let (end, overflows) = begin.addingReportingOverflow(length)
            if overflows || end > input.count - 2 {
                if length >= UnfinishedRequest.largeArgument { place = begin }
                break
            }
            arguments += length
            place = end + 2
        }
        unread = input.count - place
    }

    /// The number that the line at `start` says, and where the next line begins.
    private static func number(_ input: Bytes, at start: Int) -> (number: Int, next: Int)? {
        var end = start
        while end < input.count, end - start < 20, input[end] != 13 { end += 1 }
        guard end + 1 < input.count, input[end] == 13 else { return nil }
        guard let number = input.prefix(end).dropping(first: start).integer else { return nil }
        return (Int(number), end + 2)
    }
}
