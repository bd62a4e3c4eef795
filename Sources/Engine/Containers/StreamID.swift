// The number of a stream's entry: a moment in milliseconds, and a sequence within it. Both are whole words, and every
// value of them may come from a client.

/// An entry's number; greater ones come later.
struct StreamID: BitwiseCopyable, Hashable {
    var milliseconds: UInt64
    var sequence: UInt64

    @inline(__always) init(_ milliseconds: UInt64, _ sequence: UInt64) {
        self.milliseconds = milliseconds
        self.sequence = sequence
    }

    /// `0-0`, which no entry ever has.
    @inline(__always) static var zero: StreamID { StreamID(0, 0) }
    @inline(__always) static var largest: StreamID { StreamID(.max, .max) }
    @inline(__always) var isZero: Bool { milliseconds | sequence == 0 }

    /// The next number; nil behind the largest.
    @inline(__always) var successor: StreamID? {
        if _fastPath(sequence < .max) { return StreamID(milliseconds, sequence &+ 1) }
        return milliseconds < .max ? StreamID(milliseconds &+ 1, 0) : nil
    }

    /// The number before; nil before `0-0`.
    @inline(__always) var predecessor: StreamID? {
        if _fastPath(sequence > 0) { return StreamID(milliseconds, sequence &- 1) }
        return milliseconds > 0 ? StreamID(milliseconds &- 1, .max) : nil
    }
}

extension StreamID: Comparable {
    @inline(__always) static func < (left: StreamID, right: StreamID) -> Bool {
        left.milliseconds != right.milliseconds
            ? left.milliseconds < right.milliseconds : left.sequence < right.sequence
    }

    @inline(__always) static func == (left: StreamID, right: StreamID) -> Bool {
        left.milliseconds == right.milliseconds && left.sequence == right.sequence
    }
}
