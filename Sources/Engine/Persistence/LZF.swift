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
        let mark = output.count, limit = mark &+ input.count &- 4, shift = 32 &- bits, base = base
        var slots = slots.mutableSpan
        var index = 0, literals = 0
        // Four bytes are looked at, of which three count.
        while index &+ 4 <= input.count {
            let word = UInt32(truncatingIfNeeded: input.halfWord(at: index)) & 0xFF_FFFF
            let candidate = LZFCompressor.exchange(word, index, base, shift, &slots)
            guard candidate >= 0, index &- candidate <= LZF.farthestReference,
                UInt32(truncatingIfNeeded: input.halfWord(at: candidate)) & 0xFF_FFFF == word
            else {
                // The longer nothing has been before, the less is looked at.
                index &+= 1 &+ (index &- literals) &>> 7
                continue
            }
            LZFCompressor.write(input, literals..<index, to: &output)
            let length = LZFCompressor.matchLength(input, candidate, index)
            LZFCompressor.write(length, index &- candidate &- 1, to: &output)
            index &+= length
            literals = index
            if output.count > limit { break }
            // The last places within a reference may be referred to as well.
            for place in index &- 2..<index where place &+ 4 <= input.count {
                let word = UInt32(truncatingIfNeeded: input.halfWord(at: place)) & 0xFF_FFFF
                _ = LZFCompressor.exchange(word, place, base, shift, &slots)
            }
        }
        LZFCompressor.write(input, literals..<input.count, to: &output)
        self.base = base &+ UInt32(truncatingIfNeeded: input.count)
        guard output.count <= limit else {
            output.truncate(to: mark)
            return false
        }
        return true
    }

    /// How far what is at `candidate` and at `index` is the same; three bytes are known to be.
    @inline(__always) private static func matchLength(_ input: Bytes, _ candidate: Int, _ index: Int) -> Int {
        let longest = min(LZF.longestReference, input.count &- index)
        var length = 3
        while length &+ 8 <= longest {
            let difference = input.word(at: candidate &+ length) ^ input.word(at: index &+ length)
            if difference != 0 { return length &+ UInt64(littleEndian: difference).trailingZeroBitCount &>> 3 }
            length &+= 8
        }
        while length < longest, input[candidate &+ length] == input[index &+ length] { length &+= 1 }
        return length
    }

    /// A reference to `length` bytes that end `distance` bytes and one before.
    @inline(__always) private static func write(_ length: Int, _ distance: Int, to output: inout Buffer) {
        let code = length &- 2
        if code < 7 {
            output.append(byte: UInt8(truncatingIfNeeded: code &<< 5 | distance &>> 8))
        } else {
            output.append(byte: UInt8(truncatingIfNeeded: 7 &<< 5 | distance &>> 8))
            output.append(byte: UInt8(truncatingIfNeeded: code &- 7))
        }
        output.append(byte: UInt8(truncatingIfNeeded: distance))
    }

    /// Where these three bytes were seen last, which is at `index` from now on; negative if they were not.
    @inline(__always)
    private static func exchange(
        _ word: UInt32, _ index: Int, _ base: UInt32, _ shift: UInt32, _ slots: inout MutableSpan<UInt32>
    ) -> Int {
        let slot = Int(truncatingIfNeeded: (word &* 0x9E37_79B1) &>> shift)
        let before = slots[slot]
        slots[slot] = base &+ UInt32(truncatingIfNeeded: index) &+ 1
        return before > base ? Int(before &- base) &- 1 : -1
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
