// Which libraries there are, and how their functions come into their tables.

/// The functions of one library, in the order of their numbers; a case is named as the function is in Lua.
protocol LibraryFunction: CaseIterable, RawRepresentable where RawValue == UInt8 {}

extension Machine {
    /// All libraries that Redis has, into a new table of global variables.
    public mutating func openLibraries() throws(Raised) {
        globals = try makeTable(elements: 0, fields: 64)
        try BaseLibrary.open(&self)
        try ControlLibrary.open(&self)
        try StringLibrary.open(&self)
        try TableLibrary.open(&self)
        try MathematicsLibrary.open(&self)
        try BitsLibrary.open(&self)
        try JSONLibrary.open(&self)
        try MessagePackLibrary.open(&self)
        try StructureLibrary.open(&self)
    }

    /// A new table as a global variable: `string`, `table`, … Scripts can walk it: so it has room for as many fields as
    /// stock Lua's has when it is made, and the names come into it in the same order, before what they stand for.
    mutating func makeLibrary(
        _ name: StaticString, fields: Int, names: [StaticString] = []
    ) throws(Raised) -> Value {
        let table = try makeTable(elements: 0, fields: fields)
        try rawSet(globals, field: name, table)
        for name in names { try rawSet(table, field: name, .false) }
        return table
    }

    /// Puts all functions of a library into a table, under the names of their cases.
    mutating func define<Function: LibraryFunction>(
        _ functions: Function.Type, of library: NativeFunction.Library, in table: Value
    ) throws(Raised) {
        for function in Function.allCases {
            let name = try makeString(Array(String(describing: function).utf8))
            try rawSet(table, name, Value(NativeFunction(library, function.rawValue)))
        }
    }
}
