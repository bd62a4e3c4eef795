// Which libraries there are, and how their functions come into their tables.

/// The functions of one library, in the order of their numbers; a case is named as the function is in Lua.
protocol LibraryFunction: CaseIterable, RawRepresentable where RawValue == UInt8 {}

extension Machine {
    /// All libraries, into a new table of global variables.
    public mutating func openLibraries() throws(Raised) {
        globals = try makeTable(elements: 0, fields: 64)
    }

    /// A new table as a global variable: `string`, `table`, …
    mutating func makeLibrary(_ name: StaticString) throws(Raised) -> Value {
        let table = try makeTable(elements: 0, fields: 32)
        try rawSet(globals, field: name, table)
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
