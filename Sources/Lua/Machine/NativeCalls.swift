// Which library a native function belongs to. Library functions that call Lua are in `ControlCalls`.

extension Machine {
    /// Runs a native function that does not call Lua; how many results it pushed.
    @inline(__always)
    mutating func callPlain(_ native: NativeFunction, _ call: NativeCall) throws(Raised) -> Int {
        switch native.library {
        case .base: try BaseLibrary.call(native.index, &self, call)
        case .string: try StringLibrary.call(native.index, &self, call)
        case .table: try TableLibrary.call(native.index, &self, call)
        case .mathematics: try MathematicsLibrary.call(native.index, &self, call)
        case .system: try SystemLibrary.call(native.index, &self, call)
        case .bits: try BitsLibrary.call(native.index, &self, call)
        case .json: try JSONLibrary.call(native.index, &self, call)
        case .messagePack: try MessagePackLibrary.call(native.index, &self, call)
        case .structure: try StructureLibrary.call(native.index, &self, call)
        default: throw error("no such function")
        }
    }
}

extension Machine {
    /// Whether it is `next` of the base library, which a generic loop need not call.
    @inline(__always)
    func isNext(_ value: Value) -> Bool {
        value.isIdentical(to: Value(NativeFunction(.base, BaseLibrary.Function.next.rawValue)))
    }
}
