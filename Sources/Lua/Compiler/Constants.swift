// The constants of a function: each is kept once, found by a search while there are few, by hash when there are many.
//
// Numbers are told apart as keys of a table are: 0 and -0 are one constant, the one that came first, as in 5.1.

extension Compilation {
    mutating func constant(_ number: Double) -> Int {
        if function.constants.count <= Compilation.searchedConstants {
            for index in function.constants.indices {
                if case .number(number) = function.constants[index] { return index }
            }
        }
        return constantByHash(.number(number))
    }

    mutating func constant(_ string: Slice) -> Int {
        if function.constants.count <= Compilation.searchedConstants {
            for index in function.constants.indices {
                if case .string(let other) = function.constants[index], isSame(string, other) { return index }
            }
        }
        return constantByHash(.string(string))
    }

    /// The constant for a value known without running.
    mutating func constant(of expression: Expression) -> Int {
        switch expression.kind {
        case .number: constant(expression.number)
        case .string: expression.info
        case .true: constantByHash(.boolean(true))
        case .false: constantByHash(.boolean(false))
        default: constantByHash(.nil)
        }
    }

    private static var searchedConstants: Int { 12 }

    private mutating func append(_ constant: FunctionState.Constant) -> Int {
        function.constants.append(constant)
        return function.constants.count - 1
    }

    private mutating func constantByHash(_ constant: FunctionState.Constant) -> Int {
        if function.constants.count < Compilation.searchedConstants {
            for index in function.constants.indices where isSame(constant, function.constants[index]) { return index }
            return append(constant)
        }
        if function.constantPlaces.count < function.constants.count * 2 { growConstantPlaces() }
        let mask = function.constantPlaces.count - 1
        let hash = hash(of: constant)
        var place = hash & mask
        while function.constantPlaces[place] >= 0 {
            let index = Int(function.constantPlaces[place])
            if function.constantHashes[index] == hash, isSame(constant, function.constants[index]) { return index }
            place = (place + 1) & mask
        }
        function.constantPlaces[place] = Int32(truncatingIfNeeded: function.constants.count)
        function.constantHashes.append(hash)
        return append(constant)
    }

    private mutating func growConstantPlaces() {
        var size = 64
        while size < function.constants.count * 4 { size *= 2 }
        function.constantPlaces = [Int32](repeating: -1, count: size)
        for index in function.constants.indices {
            if index == function.constantHashes.count {
                function.constantHashes.append(hash(of: function.constants[index]))
            }
            var place = function.constantHashes[index] & (size - 1)
            while function.constantPlaces[place] >= 0 { place = (place + 1) & (size - 1) }
            function.constantPlaces[place] = Int32(truncatingIfNeeded: index)
        }
    }

    /// Seeded per process, so nobody can choose constants that collide.
    private func hash(of constant: FunctionState.Constant) -> Int {
        var hasher = Hasher()
        switch constant {
        case .number(let number): hasher.combine(number)
        case .string(let slice):
            hasher.combine(slice.prefix)
            hasher.combine(slice.count)
            var index = 8
            while index < Int(slice.count) {
                var word: UInt64 = 0
                for offset in 0..<min(8, Int(slice.count) - index) {
                    word |= UInt64(byte(of: slice, at: index + offset)) &<< UInt64(offset &* 8)
                }
                hasher.combine(word)
                index += 8
            }
        case .nil: hasher.combine(0 as UInt8)
        case .boolean(let truth): hasher.combine(truth)
        }
        return hasher.finalize()
    }

    private func isSame(_ one: FunctionState.Constant, _ other: FunctionState.Constant) -> Bool {
        switch (one, other) {
        case (.number(let one), .number(let other)): one == other
        case (.string(let one), .string(let other)): isSame(one, other)
        case (.nil, .nil): true
        case (.boolean(let one), .boolean(let other)): one == other
        default: false
        }
    }

    @inline(__always) private func byte(of slice: Slice, at index: Int) -> UInt8 {
        slice.start >= 0 ? lexer.source[Int(slice.start) &+ index] : lexer.pool[Int(~slice.start) &+ index]
    }

    /// Whether two slices hold the same bytes.
    @inline(__always) func isSame(_ one: Slice, _ other: Slice) -> Bool {
        guard one.prefix == other.prefix, one.count == other.count else { return false }
        return one.count <= 8 || one.start == other.start || hasSameTail(one, other)
    }

    private func hasSameTail(_ one: Slice, _ other: Slice) -> Bool {
        for index in 8..<Int(one.count) where byte(of: one, at: index) != byte(of: other, at: index) { return false }
        return true
    }
}
