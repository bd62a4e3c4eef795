// The sparse form of a HyperLogLog: runs of equal registers, one after the other.
//
//     00nnnnnn               n + 1 registers are zero
//     01nnnnnn nnnnnnnn      the same for longer runs
//     1vvvvvnn               n + 1 registers are v + 1
//
// What is to change in the bytes is worked out here, and done by whoever owns them. Which runs are split and which
// joined follows Redis to the byte. The bytes come from outside: nothing here trusts them.

/// Registers of the same value.
struct RegisterRun {
    let value: UInt8
    let length: Int
    /// How many bytes say so; the last one may be missing, and is zero then.
    let size: Int

    static let longestZero = 64, longestValue = 4, largestValue: UInt8 = 32
}

/// A run and its first register: where a search may begin.
struct SparsePlace {
    var offset = HyperLogLog.headerSize
    var register = 0
}

/// Bytes that take the place of others.
struct RegisterSplice {
    let offset: Int
    let removed: Int
    /// The new bytes, the first one lowest.
    private(set) var word: UInt64 = 0
    private(set) var count = 0

    fileprivate init(at offset: Int, removing removed: Int) {
        (self.offset, self.removed) = (offset, removed)
    }

    private mutating func append(_ byte: Int) {
        word |= UInt64(truncatingIfNeeded: byte & 0xFF) &<< UInt64(truncatingIfNeeded: 8 &* count)
        count &+= 1
    }

    fileprivate mutating func append(_ value: UInt8, length: Int) {
        guard length > 0 else { return }
        if value > 0 {
            append(Int(RegisterSplice.run(value, length)))
        } else if length > RegisterRun.longestZero {
            append((length &- 1) &>> 8 | 0x40)
            append(length &- 1)
        } else {
            append(length &- 1)
        }
    }

    /// The last new byte is dropped: it would stand beyond the end.
    fileprivate mutating func dropLast() { count &-= 1 }

    fileprivate static func run(_ value: UInt8, _ length: Int) -> UInt8 {
        0x80 | (value &- 1) &<< 2 | UInt8(truncatingIfNeeded: length &- 1)
    }
}

/// What raising a register takes.
enum SparseChange {
    /// It is as high already.
    case none
    case splice(RegisterSplice)
    /// The sparse form cannot hold it.
    case promotion
    case corrupt
}

extension Bytes {
    @inline(__always) func registerRun(at offset: Int) -> RegisterRun {
        let first = self[offset]
        if first & 0x80 != 0 {
            return RegisterRun(value: first &>> 2 & 0x1F &+ 1, length: Int(first & 3) &+ 1, size: 1)
        }
        if first & 0x40 == 0 { return RegisterRun(value: 0, length: Int(first) &+ 1, size: 1) }
        let low = offset &+ 1 < count ? Int(self[offset &+ 1]) : 0
        return RegisterRun(value: 0, length: (Int(first & 0x3F) &<< 8 | low) &+ 1, size: 2)
    }

    /// Shows `body` every run that is not zero, with its first register. False if the runs do not cover the registers
    /// once; `body` has seen none beyond them.
    func forEachSparseRun(_ body: (Int, RegisterRun) -> Void) -> Bool {
        var offset = HyperLogLog.headerSize, register = 0
        while offset < count, register <= HyperLogLog.registerCount {
            let run = registerRun(at: offset)
            if run.value > 0 {
                if register &+ run.length > HyperLogLog.registerCount { break }
                body(register, run)
            }
            register &+= run.length
            offset &+= run.size
        }
        return register == HyperLogLog.registerCount
    }

    /// What is to be done so that a register is `value` at least, in a string that may come to have `longest` bytes.
    /// The register is looked for from `place` on, which moves to the run before its own: there runs may come to lie
    /// side by side that can be one, and there the search for a higher register may begin.
    func raising(_ register: Int, to value: UInt8, longest: Int, from place: inout SparsePlace) -> SparseChange {
        if value > RegisterRun.largestValue { return .promotion }
        var (offset, first) = (place.offset, place.register)
        guard offset < count else { return .corrupt }
        var run = registerRun(at: offset)
        if register < first &+ run.length, offset > HyperLogLog.headerSize {
            // The run before this one is not known.
            place = SparsePlace()
            return raising(register, to: value, longest: longest, from: &place)
        }
        while register >= first &+ run.length {
            place = SparsePlace(offset: offset, register: first)
            offset &+= run.size
            first &+= run.length
            guard offset < count else { return .corrupt }
            run = registerRun(at: offset)
        }
        if run.value >= value { return .none }
        let isCut = offset &+ run.size > count
        var splice = RegisterSplice(at: offset, removing: isCut ? 1 : run.size)
        splice.append(run.value, length: register &- first)
        splice.append(value, length: 1)
        splice.append(run.value, length: first &+ run.length &- 1 &- register)
        let growth = splice.count &- run.size
        if growth > 0, count &+ growth > longest { return .promotion }
        if isCut { splice.dropLast() }
        return .splice(splice)
    }

    /// The run that can take the place of those at `offset` and behind it, if both have the same value and fit in one.
    func joinedRun(at offset: Int) -> UInt8? {
        let run = registerRun(at: offset)
        guard offset &+ 1 < count, self[offset &+ 1] & 0x80 != 0 else { return nil }
        let next = registerRun(at: offset &+ 1)
        guard run.value == next.value, run.length &+ next.length <= RegisterRun.longestValue else { return nil }
        return RegisterSplice.run(run.value, run.length &+ next.length)
    }
}
