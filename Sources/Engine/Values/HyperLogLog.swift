// A HyperLogLog: an estimate of how many different elements there were, in a plain string, byte for byte as Redis has
// it, so that values move between servers. 16384 registers of 6 bits each keep the longest run of zeros that the hash
// of an element had.
//
//     0…3   HYLL     4   form: 0 dense, 1 sparse     5…7   zero     8…15   the cardinality as last computed;
//                                                                         its highest bit says that it is out of date
//     16…   dense: register 0 in the lowest 6 bits, and so on; sparse: runs (`SparseRegisters.swift`)

/// The layout of the string.
enum HyperLogLog {
    static let registerCount = 16384
    static let headerSize = 16
    static let denseSize = headerSize + registerCount * 6 / 8
    /// Where the form stands, and where the cardinality.
    static let formOffset = 4, cardinalityOffset = 8
    /// The highest bit of the cardinality.
    static let outdated: UInt64 = 1 << 63
    /// The magic word and the sparse form, as the first 8 bytes.
    static let sparseStart: UInt64 = 0x01_4C_4C_59_48
    /// All registers are zero: a run of 16384.
    static let emptyRun: UInt64 = 0xFF7F
    /// No sequence of runs that covers the registers once is longer.
    static let longestSparse = headerSize + 2 * registerCount

    /// How the registers are written.
    enum Form: UInt8 { case dense, sparse }
}

extension Bytes {
    /// What kind of HyperLogLog this seems to be; nil if it is none.
    var hyperLogLogForm: HyperLogLog.Form? {
        guard count >= HyperLogLog.headerSize, halfWord(at: 0) == HyperLogLog.sparseStart & 0xFFFF_FFFF else {
            return nil
        }
        switch HyperLogLog.Form(rawValue: self[HyperLogLog.formOffset]) {
        case .dense: return count == HyperLogLog.denseSize ? .dense : nil
        case .sparse: return .sparse
        case nil: return nil
        }
    }

    /// The cardinality that was computed last, unless registers have changed since.
    var cachedCardinality: Int64? {
        let cardinality = word(at: HyperLogLog.cardinalityOffset)
        return cardinality & HyperLogLog.outdated == 0 ? Int64(bitPattern: cardinality) : nil
    }

    /// One register of the dense form. Four registers share three bytes; reading begins a byte earlier so that it
    /// never goes beyond the end.
    @inline(__always) func denseRegister(_ index: Int) -> UInt8 {
        let group = halfWord(at: DenseRegister.offset(index))
        return UInt8(truncatingIfNeeded: group &>> DenseRegister.shift(index)) & 63
    }
}

/// Where a register of the dense form stands: in 4 bytes at an offset, so many bits up.
enum DenseRegister {
    @inline(__always) static func offset(_ index: Int) -> Int { HyperLogLog.headerSize &- 1 &+ 3 &* (index &>> 2) }
    @inline(__always) static func shift(_ index: Int) -> UInt64 {
        8 &+ 6 &* UInt64(truncatingIfNeeded: index & 3)
    }
}

/// What an element says: which register, and what that must be at least.
struct HyperLogLogElement {
    let register: Int
    let rank: UInt8

    @inline(__always) init(_ element: Bytes) {
        let hash = HyperLogLogElement.hash(element)
        register = Int(truncatingIfNeeded: hash & UInt64(HyperLogLog.registerCount - 1))
        // The first one from bit 14 on; bit 64 counts as one.
        rank = UInt8(truncatingIfNeeded: (hash &>> 14 | 1 &<< 50).trailingZeroBitCount &+ 1)
    }

    /// MurmurHash64A with the seed that Redis gave it.
    @inline(__always) private static func hash(_ element: Bytes) -> UInt64 {
        let factor: UInt64 = 0xC6A4_A793_5BD1_E995
        var hash = 0xADC8_3B19 ^ UInt64(truncatingIfNeeded: element.count) &* factor
        var offset = 0
        while offset &+ 8 <= element.count {
            var word = element.word(at: offset) &* factor
            word ^= word &>> 47
            hash = (hash ^ (word &* factor)) &* factor
            offset &+= 8
        }
        if offset < element.count {
            var rest: UInt64 = 0
            var shift: UInt64 = 0
            while offset < element.count {
                rest |= UInt64(element[offset]) &<< shift
                offset &+= 1
                shift &+= 8
            }
            hash = (hash ^ rest) &* factor
        }
        hash ^= hash &>> 47
        hash = hash &* factor
        return hash ^ hash &>> 47
    }
}
