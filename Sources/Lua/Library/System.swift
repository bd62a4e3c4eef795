// A small part of the library `os`, for hosts that want it: Redis 7.2 has none of it, but tests and benchmarks ask
// for time.

import Platform

/// clock and time.
enum SystemLibrary {
    enum Function: UInt8, LibraryFunction {
        case clock, time
    }

    static func open(_ machine: inout Machine) throws(Raised) {
        try machine.define(Function.self, of: .system, in: try machine.makeLibrary("os", fields: 16))
    }

    static func call(_ function: UInt8, _ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Int {
        switch Function(rawValue: function) {
        case .clock: machine.push(Value(ElementaryFunctions.processorSeconds))
        case .time: machine.push(Value(ElementaryFunctions.secondsSince1970))
        case nil: return 0
        }
        return 1
    }
}

extension Machine {
    /// `os.clock` and `os.time`, which `openLibraries` leaves out.
    public mutating func openSystemLibrary() throws(Raised) { try SystemLibrary.open(&self) }
}
