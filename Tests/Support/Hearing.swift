// What a client has heard: bytes of any size go in, whole replies come out, as lines or as values.
// Replies are only cut where RESP2 or RESP3 ends them; a transcript may then read one line by line.

/// The bytes that one client received and the transcript has not looked at yet.
public struct Hearing {
    private var bytes: [UInt8] = []
    private var lines: ArraySlice<String> = []
    public var isClosed = false

    public init() {}

    public mutating func append(_ more: some Sequence<UInt8>) { bytes += more }

    /// The next line, or nil as long as no whole reply is there.
    public mutating func nextLine() -> String? {
        if lines.isEmpty { openReply() }
        if let line = lines.popFirst() { return line }
        return isClosed && bytes.isEmpty ? "(closed)" : nil
    }

    /// Leaves the rest of the reply that is being read, or all of the next one. False when there is none yet.
    public mutating func skipReply() -> Bool {
        if lines.isEmpty { openReply() }
        defer { lines = [] }
        return !lines.isEmpty
    }

    /// The next reply as a value; nil as long as it is not complete.
    public mutating func nextReply() -> Reply? {
        guard let end = Reply.end(in: bytes, from: 0) else { return nil }
        defer { bytes.removeFirst(end) }
        return Reply(bytes[..<end])
    }

    /// Takes what nobody asked for.
    public mutating func takeUnheard() -> [String] {
        var unheard: [String] = []
        while let line = nextLine(), line != "(closed)" { unheard.append(line) }
        return unheard
    }

    private mutating func openReply() {
        guard let end = Reply.end(in: bytes, from: 0) else { return }
        lines = Hearing.lines(of: bytes[..<end])[...]
        bytes.removeFirst(end)
    }

    private static func lines(of reply: ArraySlice<UInt8>) -> [String] {
        var lines: [String] = []
        var start = reply.startIndex
        var place = start
        while place + 1 < reply.endIndex {
            if reply[place] == 13, reply[place + 1] == 10 {
                lines.append(Words.show(reply[start..<place]))
                place += 2
                start = place
            } else {
                place += 1
            }
        }
        return lines
    }
}
