// Sets of bytes, for what a pattern's item matches: made once for a run of bytes, asked for each of them.

/// A bit for each byte.
struct ByteSet {
    private var words: [4 of UInt64] = [0, 0, 0, 0]

    init() {}

    /// Of the first 128 bytes.
    private init(_ low: UInt64, _ high: UInt64) { words = [low, high, 0, 0] }

    @inline(__always) func contains(_ byte: UInt8) -> Bool {
        words[Int(byte &>> 6)] &>> UInt64(byte & 63) & 1 != 0
    }

    mutating func insert(_ byte: UInt8) { words[Int(byte &>> 6)] |= 1 &<< UInt64(byte & 63) }

    /// All from one to another; none if the other comes before it.
    mutating func insert(_ first: UInt8, through last: UInt8) {
        for index in 0..<4 {
            let from = max(Int(first) - index * 64, 0)
            let to = min(Int(last) - index * 64, 63)
            if from <= to { words[index] |= UInt64.max << UInt64(from) & UInt64.max >> UInt64(63 - to) }
        }
    }

    mutating func insert(_ other: ByteSet) { for index in 0..<4 { words[index] |= other.words[index] } }

    mutating func invert() { for index in 0..<4 { words[index] = ~words[index] } }

    /// `%class` of patterns, as `UInt8.belongs(to:)` has it.
    init(ofClass letter: UInt8) {
        switch letter | 0x20 {
        case UInt8(ascii: "a"): self.init(0, 0x07FF_FFFE_07FF_FFFE)
        case UInt8(ascii: "c"): self.init(0x0000_0000_FFFF_FFFF, 0x8000_0000_0000_0000)
        case UInt8(ascii: "d"): self.init(0x03FF_0000_0000_0000, 0)
        case UInt8(ascii: "l"): self.init(0, 0x07FF_FFFE_0000_0000)
        case UInt8(ascii: "p"): self.init(0xFC00_FFFE_0000_0000, 0x7800_0001_F800_0001)
        case UInt8(ascii: "s"): self.init(0x0000_0001_0000_3E00, 0)
        case UInt8(ascii: "u"): self.init(0, 0x0000_0000_07FF_FFFE)
        case UInt8(ascii: "w"): self.init(0x03FF_0000_0000_0000, 0x07FF_FFFE_07FF_FFFE)
        case UInt8(ascii: "x"): self.init(0x03FF_0000_0000_0000, 0x0000_007E_0000_007E)
        case UInt8(ascii: "z"): self.init(1, 0)
        default:
            self.init()
            insert(letter)
            return
        }
        if !letter.isLetter {
            self.init()
            insert(letter)
        } else if letter.isUppercase {
            invert()
        }
    }
}
