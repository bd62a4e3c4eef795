// Changing a HyperLogLog where it is: raising registers, and going from sparse to dense. What the registers mean is
// in `Values/HyperLogLog.swift`.

extension CommandError {
    static var notHyperLogLog: CommandError {
        .because("WRONGTYPE Key is not a valid HyperLogLog string value.")
    }
    static var corruptHyperLogLog: CommandError { .because("INVALIDOBJ Corrupted HLL object detected") }
}

extension Bytes {
    /// The form of a string that must be a HyperLogLog.
    @inline(__always) func requiredHyperLogLogForm() throws(CommandError) -> HyperLogLog.Form {
        guard let form = hyperLogLogForm else { throw .notHyperLogLog }
        return form
    }
}

extension StringEditor {
    /// Makes a key that is new an empty HyperLogLog; what is there already must be one.
    @_lifetime(self: copy self)
    mutating func beginHyperLogLog() throws(CommandError) -> HyperLogLog.Form {
        guard isNew else { return try bytes.requiredHyperLogLogForm() }
        makeEmptyHyperLogLog()
        return .sparse
    }

    /// The string becomes a HyperLogLog that has seen nothing.
    @_lifetime(self: copy self)
    mutating func makeEmptyHyperLogLog() {
        grow(to: HyperLogLog.headerSize, spare: 0)
        setWord(HyperLogLog.sparseStart, at: 0)
        setWord(0, at: HyperLogLog.cardinalityOffset)
        replace(at: HyperLogLog.headerSize, removing: 0, with: HyperLogLog.emptyRun, count: 2)
    }

    /// Makes a register at least `value`. False if it is that already.
    @_lifetime(self: copy self)
    @inline(__always)
    mutating func raise(
        _ register: Int, to value: UInt8, _ form: inout HyperLogLog.Form, longestSparse: Int
    ) throws(CommandError) -> Bool {
        if _fastPath(form == .dense) { return raiseDense(register, to: value) }
        var place = SparsePlace()
        return try raiseSparse(register, to: value, &form, longestSparse: longestSparse, from: &place)
    }

    /// Makes every register at least what it is among others.
    @_lifetime(self: copy self)
    mutating func raise(
        _ registers: borrowing RegisterMaxima, _ form: inout HyperLogLog.Form, longestSparse: Int
    ) throws(CommandError) {
        var place = SparsePlace()
        for register in 0..<HyperLogLog.registerCount where registers[register] > 0 {
            if form == .dense {
                _ = raiseDense(register, to: registers[register])
            } else {
                _ = try raiseSparse(
                    register, to: registers[register], &form, longestSparse: longestSparse, from: &place)
            }
        }
    }

    @_lifetime(self: copy self)
    @inline(__always)
    private mutating func raiseDense(_ register: Int, to value: UInt8) -> Bool {
        let offset = DenseRegister.offset(register), shift = DenseRegister.shift(register)
        let group = bytes.halfWord(at: offset)
        guard group &>> shift & 63 < UInt64(value) else { return false }
        setHalfWord(group & ~(63 &<< shift) | UInt64(value) &<< shift, at: offset)
        return true
    }

    @_lifetime(self: copy self)
    private mutating func raiseSparse(
        _ register: Int, to value: UInt8, _ form: inout HyperLogLog.Form, longestSparse: Int,
        from place: inout SparsePlace
    ) throws(CommandError) -> Bool {
        switch bytes.raising(register, to: value, longest: longestSparse, from: &place) {
        case .none: return false
        case .corrupt: throw .corruptHyperLogLog
        case .promotion:
            try makeDense()
            form = .dense
            return raiseDense(register, to: value)
        case .splice(let splice):
            replace(
                at: splice.offset, removing: splice.removed, with: splice.word, count: splice.count, spare: 300)
            joinRuns(from: place.offset)
            return true
        }
    }

    /// Joins equal neighbours among the next five runs.
    @_lifetime(self: copy self)
    private mutating func joinRuns(from start: Int) {
        var offset = start
        for _ in 0..<5 where offset < count {
            let run = bytes.registerRun(at: offset)
            if run.value > 0, let joined = bytes.joinedRun(at: offset) {
                replace(at: offset, removing: 2, with: UInt64(joined), count: 1)
            } else {
                offset += run.size
            }
        }
    }

    /// From sparse to dense; the cardinality stays as it is.
    @_lifetime(self: copy self)
    mutating func makeDense() throws(CommandError) {
        var registers = RegisterMaxima()
        guard registers.merge(bytes, .sparse) else { throw .corruptHyperLogLog }
        truncate(to: min(count, HyperLogLog.denseSize))
        grow(to: HyperLogLog.denseSize, spare: 0)
        self[HyperLogLog.formOffset] = HyperLogLog.Form.dense.rawValue
        writeDense(registers)
    }

    /// Writes all registers over those of a dense form.
    @_lifetime(self: copy self)
    mutating func writeDense(_ registers: borrowing RegisterMaxima) {
        for group in 0..<HyperLogLog.registerCount / 8 {
            var word = registers.word(group)
            word = (word & 0x003F_003F_003F_003F) | (word & 0x3F00_3F00_3F00_3F00) &>> 2
            word = (word & 0x0000_0FFF_0000_0FFF) | (word & 0x0FFF_0000_0FFF_0000) &>> 4
            word = (word & 0xFF_FFFF) | (word & 0x00FF_FFFF_0000_0000) &>> 8
            // The two bytes before them belong to the registers before.
            let offset = HyperLogLog.headerSize - 2 + 6 * group
            setWord(bytes.word(at: offset) & 0xFFFF | word &<< 16, at: offset)
        }
    }

    /// The cardinality has to be computed anew.
    @_lifetime(self: copy self)
    mutating func markCardinalityOutdated() {
        setWord(bytes.word(at: HyperLogLog.cardinalityOffset) | HyperLogLog.outdated, at: HyperLogLog.cardinalityOffset)
    }
}
