// Functions that are not written in Lua, by number: which library, and which of its functions. They are called through
// switches, so a call costs no retain, no allocation and no lookup.

/// A function of a library or of the host, as a value holds it.
public struct NativeFunction: BitwiseCopyable, Sendable, Equatable {
    public let rawValue: UInt16

    @inline(__always) public init(rawValue: UInt16) { self.rawValue = rawValue }
    @inline(__always) init(_ library: Library, _ index: UInt8) {
        rawValue = UInt16(library.rawValue) &<< 8 | UInt16(index)
    }
    /// A function of the host: when it is called, `Machine.run` returns with `.hostCall(index)`.
    @inline(__always) public init(host index: UInt8) { self.init(.host, index) }

    @inline(__always) var library: Library? { Library(rawValue: UInt8(rawValue &>> 8)) }
    @inline(__always) var index: UInt8 { UInt8(truncatingIfNeeded: rawValue) }

    /// Which switch knows it. The control functions (pcall, coroutines, sort …) may call Lua in turn: see
    /// `Continuation`.
    enum Library: UInt8 {
        case host, base, control, string, table, mathematics, system, bits, json, messagePack, structure
    }
}

/// The arguments of one call of a native function: a window of the running thread's stack.
///
/// The function reads them by `machine[argument: i, of: call]`, pushes its results with `machine.push` and returns how
/// many they are. At least `Machine.freeSlots` pushes are possible without `reserve`. No collection happens while it
/// runs.
public struct NativeCall: BitwiseCopyable {
    /// The stack's index of the first argument.
    let base: Int
    /// How many arguments were given.
    public let count: Int
}

/// That an error is on its way; its value is in `Machine.raised`.
public struct Raised: Error {}
