// The registers of one HyperLogLog or of several together, one byte each: where the maximum of many is built, eight
// registers at a time, and where sparse becomes dense.

/// 16384 registers, of which each is the largest that it was told.
struct RegisterMaxima: ~Copyable {
    private var registers: Buffer

    init() {
        registers = Buffer(capacity: HyperLogLog.registerCount)
        registers.appendZeros(HyperLogLog.registerCount)
    }

    /// Brings a HyperLogLog in; false if its registers are not in order.
    mutating func merge(_ string: Bytes, _ form: HyperLogLog.Form) -> Bool {
        switch form {
        case .dense:
            mergeDense(string)
            return true
        case .sparse: return mergeSparse(string)
        }
    }

    private mutating func mergeDense(_ string: Bytes) {
        for group in 0..<HyperLogLog.registerCount / 8 {
            // Values have 6 bits: the highest bit of each byte tells which of two is larger.
            let highest: UInt64 = 0x8080_8080_8080_8080
            let known = registers.contents.word(at: group &* 8), other = string.denseRegisters(group)
            let isLarger = ((other | highest) &- known) & highest
            let mask = (isLarger &- isLarger &>> 7) | isLarger
            registers.setWord((other & mask) | (known & ~mask), at: group &* 8)
        }
    }

    private mutating func mergeSparse(_ string: Bytes) -> Bool {
        string.forEachSparseRun { first, run in
            for register in first..<first &+ run.length where registers[register] < run.value {
                registers[register] = run.value
            }
        }
    }

    subscript(register: Int) -> UInt8 { registers[register] }

    /// Eight registers in the order of their numbers, the first one lowest.
    func word(_ group: Int) -> UInt64 { registers.contents.word(at: group &* 8) }

    /// How many registers have which value.
    var histogram: RegisterHistogram {
        var histogram = RegisterHistogram()
        for group in 0..<HyperLogLog.registerCount / 8 { histogram.count(word(group)) }
        return histogram
    }
}

extension Bytes {
    /// Eight registers of the dense form, one byte each, the first one lowest.
    @inline(__always) func denseRegisters(_ group: Int) -> UInt64 {
        // Reading begins two bytes earlier, so that it never goes beyond the end.
        var word = self.word(at: HyperLogLog.headerSize &- 2 &+ 6 &* group) &>> 16
        word = (word & 0xFF_FFFF) | (word & 0xFFFF_FF00_0000) &<< 8
        word = (word & 0x0000_0FFF_0000_0FFF) | (word & 0x00FF_F000_00FF_F000) &<< 4
        return (word & 0x003F_003F_003F_003F) | (word & 0x0FC0_0FC0_0FC0_0FC0) &<< 2
    }

    /// How many registers have which value; nil if they are not in order.
    func registerHistogram(_ form: HyperLogLog.Form) -> RegisterHistogram? {
        var histogram = RegisterHistogram()
        switch form {
        case .dense:
            for group in 0..<HyperLogLog.registerCount / 8 { histogram.count(denseRegisters(group)) }
        case .sparse:
            var offset = HyperLogLog.headerSize, register = 0
            while offset < count, register <= HyperLogLog.registerCount {
                let run = registerRun(at: offset)
                histogram.count(run)
                register &+= run.length
                offset &+= run.size
            }
            if register != HyperLogLog.registerCount { return nil }
        }
        return histogram
    }
}
