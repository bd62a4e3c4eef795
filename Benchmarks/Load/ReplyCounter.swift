// Counts replies in a stream of bytes without looking at their contents: lines are read for their kind and length, bulk
// strings are skipped. State lives between reads, so a reply may be cut anywhere.

/// How far one connection has read.
struct ReplyCounter {
    private var bytesToSkip = 0
    /// The elements that open arrays still want, outermost first.
    private var wanted: [Int] = []
    /// What is being read is a message of RESP3, which answers nothing.
    private var isMessage = false
    private var isInLine = false
    private var kind: UInt8 = 0
    private var length = 0
    private var isNegative = false
    private(set) var errors = 0
    private(set) var firstError = ""
    private var errorText: [UInt8] = []

    /// How many whole replies end in these bytes.
    @inline(__always) mutating func count(_ start: UnsafePointer<UInt8>, _ byteCount: Int) -> Int {
        var place = 0
        var complete = 0
        while place < byteCount {
            if bytesToSkip > 0 {
                let step = min(bytesToSkip, byteCount - place)
                bytesToSkip -= step
                place += step
                if bytesToSkip == 0 { finish(&complete) }
                continue
            }
            if !isInLine {
                kind = start[place]
                length = 0
                isNegative = false
                isInLine = true
                place += 1
                continue
            }
            let byte = start[place]
            place += 1
            if byte == 10 {
                endLine(&complete)
            } else if byte >= 48, byte <= 57 {
                if kind != 43, kind != 45 { length = length &* 10 &+ Int(byte &- 48) }
            } else if byte == 45, length == 0 {
                isNegative = true
            }
            if kind == 45, errorText.count < 120, byte >= 32 { errorText.append(byte) }
        }
        return complete
    }

    @inline(__always) private mutating func endLine(_ complete: inout Int) {
        isInLine = false
        switch kind {
        case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "!"):
            if isNegative { finish(&complete) } else { bytesToSkip = length + 2 }
        case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"):
            if kind == UInt8(ascii: ">"), wanted.isEmpty { isMessage = true }
            if isNegative || length == 0 { finish(&complete) } else { wanted.append(length) }
        case UInt8(ascii: "%"):
            if length == 0 { finish(&complete) } else { wanted.append(2 * length) }
        case UInt8(ascii: "-"):
            errors += 1
            if firstError.isEmpty { firstError = String(decoding: errorText, as: UTF8.self) }
            errorText = []
            finish(&complete)
        default: finish(&complete)
        }
    }

    /// An element is complete, and with it perhaps the arrays around it.
    @inline(__always) private mutating func finish(_ complete: inout Int) {
        while let last = wanted.last {
            if last > 1 {
                wanted[wanted.count - 1] = last - 1
                return
            }
            wanted.removeLast()
        }
        if isMessage { isMessage = false } else { complete += 1 }
    }
}
