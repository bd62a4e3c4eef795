// The functions of the libraries that call Lua in turn: the numbers 32 to 63 of the library `.control`.

/// Which they are, and the switch.
enum LibraryControl {
    enum Function: UInt8, LibraryFunction {
        case tostring = 32
        case load, gsub, sort, foreach, foreachi
    }

    static func step(
        _ function: UInt8, stage: UInt8, _ machine: inout Machine, _ call: NativeCall
    ) throws(Raised) -> Continuation {
        switch Function(rawValue: function) {
        case .tostring: return try BaseLibrary.toText(stage, &machine, call)
        case .load: return try BaseLibrary.load(stage, &machine, call)
        case .gsub: return try Substitution.step(stage, &machine, call)
        case .sort: return try Sorting.step(stage, &machine, call)
        case .foreach: return try TableLibrary.forEachPair(stage, &machine, call)
        case .foreachi: return try TableLibrary.forEachElement(stage, &machine, call)
        case nil: return .finish(results: 0)
        }
    }
}

extension Machine {
    /// Puts a control function into a table.
    mutating func define(_ function: LibraryControl.Function, in table: Value) throws(Raised) {
        let name = try makeString(Array(String(describing: function).utf8))
        try rawSet(table, name, Value(NativeFunction(.control, function.rawValue)))
    }
}
