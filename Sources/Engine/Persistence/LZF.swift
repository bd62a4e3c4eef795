// The LZF compression of strings in snapshots: runs of literal bytes, and references to what has been before.
//
//     000LLLLL, then L + 1 bytes                                           literal
//     LLLooooo oooooooo          L + 2 bytes from o + 1 bytes before       L from 1 to 6
//     111ooooo LLLLLLLL oooooooo L + 9 bytes from o + 1 bytes before

/// What both directions agree upon.
enum LZF {
    static let longestLiteral = 32
    static let longestReference = 264
    static let farthestReference = 8192
    /// Three bytes of input give at most a whole reference.
    static let largestRatio = 88

    /// Appends what `input` stands for, which must be `size` bytes. False if it is not; nothing is reserved that the
    /// input could not fill.
    static func decompress(_ input: Bytes, size: Int, to output: inout Buffer) -> Bool {
        guard size >= 0, size / largestRatio <= input.count else { return false }
        let start = output.count
        output.reserve(size)
        var place = 0
        while place < input.count {
            let control = Int(input[place]), room = size &- (output.count &- start)
            place &+= 1
            if control < longestLiteral {
                let count = control &+ 1
                guard count <= input.count &- place, count <= room else { return false }
                output.append(input.dropping(first: place).prefix(count))
                place &+= count
                continue
            }
            var count = control &>> 5 &+ 2
            let head = count == 9 ? 2 : 1
            guard head <= input.count &- place else { return false }
            if head == 2 { count &+= Int(input[place]) }
            let distance = (control & 0x1F) &<< 8 &+ Int(input[place &+ head &- 1]) &+ 1
            place &+= head
            guard count <= room, distance <= output.count &- start else { return false }
            output.appendRepeat(of: distance, count: count)
        }
        return output.count &- start == size
    }
}

/// Compresses strings. It keeps its table from one to the next, since that costs more to clear than a short string.
struct LZFCompressor: ~Copyable {
    /// Where three bytes were seen last, by their hash: the position and `base`, or what an earlier string left.
    private var slots: [UInt32] = []
    private var bits: UInt32 = 0
    private var base: UInt32 = 0

    private static let mostBits: UInt32 = 14
    private static let largestInput = 1 << 31

    /// Appends `input` in compressed form; false, and nothing is appended, if that would not be four bytes shorter.
    mutating func compress(_ input: Bytes, to output: inout Buffer) -> Bool {
        guard input.count > 4, input.count < LZFCompressor.largestInput else { return false }
        makeReady(for: input.count)
        let mark = output.count, limit = mark &+ input.count &- 4
        var index = 0, literals = 0
        while index &+ 2 < input.count {
            let length = match(input, index, output: &output, literals)
            guard length > 0 else {
                index &+= 1
                continue
            }
            index &+= length
            literals = index
            if output.count > limit { break }
            // The last places within a reference may be referred to as well.
            if index &+ 2 < input.count {
                _ = exchange(input, index &- 2)
                _ = exchange(input, index &- 1)
            }
        }
        LZFCompressor.write(input, literals..<input.count, to: &output)
        base &+= UInt32(truncatingIfNeeded: input.count)
        guard output.count <= limit else {
            output.truncate(to: mark)
            return false
        }
        return true
    }

    /// Writes what is literal before `index`, and the reference that stands for what begins there; answers how long
    /// that is, or zero if it has not been before.
    @inline(__always)
    private mutating func match(_ input: Bytes, _ index: Int, output: inout Buffer, _ literals: Int) -> Int {
        guard let candidate = exchange(input, index), index &- candidate <= LZF.farthestReference,
            input[candidate] == input[index], input[candidate &+ 1] == input[index &+ 1],
            input[candidate &+ 2] == input[index &+ 2]
        else { return 0 }
        let longest = min(LZF.longestReference, input.count &- index)
        var length = 3
        while length < longest, input[candidate &+ length] == input[index &+ length] { length &+= 1 }
        LZFCompressor.write(input, literals..<index, to: &output)
        let distance = index &- candidate &- 1, code = length &- 2
        if code < 7 {
            output.append(byte: UInt8(truncatingIfNeeded: code &<< 5 | distance &>> 8))
        } else {
            output.append(byte: UInt8(truncatingIfNeeded: 7 &<< 5 | distance &>> 8))
            output.append(byte: UInt8(truncatingIfNeeded: code &- 7))
        }
        output.append(byte: UInt8(truncatingIfNeeded: distance))
        return length
    }

    /// Where the three bytes at `index` were seen last, which is at `index` from now on.
    @inline(__always) private mutating func exchange(_ input: Bytes, _ index: Int) -> Int? {
        let word = UInt32(input[index]) | UInt32(input[index &+ 1]) &<< 8 | UInt32(input[index &+ 2]) &<< 16
        let slot = Int((word &* 0x9E37_79B1) &>> (32 &- bits))
        let before = slots[slot]
        slots[slot] = base &+ UInt32(truncatingIfNeeded: index) &+ 1
        return before > base ? Int(before &- base) &- 1 : nil
    }

    private static func write(_ input: Bytes, _ range: Range<Int>, to output: inout Buffer) {
        var start = range.lowerBound
        while start < range.upperBound {
            let count = min(LZF.longestLiteral, range.upperBound &- start)
            output.append(byte: UInt8(truncatingIfNeeded: count &- 1))
            output.append(input.dropping(first: start).prefix(count))
            start &+= count
        }
    }

    /// A table that is large enough for the string, in which nothing is newer than `base`.
    private mutating func makeReady(for size: Int) {
        var wanted: UInt32 = 8
        while wanted < LZFCompressor.mostBits, 1 << Int(wanted) < size { wanted += 1 }
        guard wanted > bits || base > UInt32.max / 2 &- 1 else { return }
        bits = max(bits, wanted)
        base = 0
        slots = [UInt32](repeating: 0, count: 1 << Int(bits))
    }
}
