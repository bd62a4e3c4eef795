// A Lua value in eight bytes: a double, or a tag and a 32-bit payload in the space of its NaNs ("NaN boxing").
//
//     0000… to FFF8 0000 0000 0000   a number; the only NaNs are 7FF8 0000… and FFF8 0000…
//     FFF9                           nil
//     FFFA   0 or 1                  false, true
//     FFFB   handle                  a string
//     FFFC   handle                  a table
//     FFFD   handle                  a function written in Lua, with its upvalues
//     FFFE   number 16, table 32     a function of a library or of the host, and its table (handle + 1)
//     FFFF   subkind 16, handle 32   a thread, a light handle of the host
//
// Handles are indices into typed pools, which check them: a wrong one shows another object of the same type at worst.

/// Any value of Lua. Equality of the bits is not equality of Lua's: see `Machine.rawEqual`.
public struct Value: BitwiseCopyable, Sendable {
    @usableFromInline let bits: UInt64

    @inlinable @inline(__always) init(bits: UInt64) { self.bits = bits }
    @inline(__always) init(tag: Tag, payload: UInt32) { bits = UInt64(tag.rawValue) &<< 48 | UInt64(payload) }
    @inline(__always) init(subkind: Subkind, payload: UInt32) {
        bits = UInt64(Tag.other.rawValue) &<< 48 | UInt64(subkind.rawValue) &<< 32 | UInt64(payload)
    }

    /// What the upper 16 bits say.
    enum Tag: UInt16 {
        case `nil` = 0xFFF9, boolean, string, table, closure, native, other
    }

    /// What `Tag.other` is.
    enum Subkind: UInt16 { case thread, light }

    public static let `nil` = Value(bits: 0xFFF9_0000_0000_0000)
    public static let `false` = Value(bits: 0xFFFA_0000_0000_0000)
    public static let `true` = Value(bits: 0xFFFA_0000_0000_0001)
    static let firstBoxed: UInt64 = 0xFFF9_0000_0000_0000

    /// A NaN of any kind becomes the one that is allowed.
    @inline(__always) public init(_ number: Double) {
        bits = number.bitPattern < Value.firstBoxed ? number.bitPattern : 0xFFF8_0000_0000_0000
    }
    /// For results of arithmetic on numbers that are values already, which cannot be another NaN.
    @inline(__always) init(unboxed number: Double) { bits = number.bitPattern }
    @inline(__always) public init(_ boolean: Bool) { bits = 0xFFFA_0000_0000_0000 | (boolean ? 1 : 0) }
    /// A light handle, as `cjson.null` is one: equal to those of the same number.
    @inline(__always) public init(light number: UInt32) { self.init(subkind: .light, payload: number) }
    public init(_ function: NativeFunction) {
        bits = UInt64(Tag.native.rawValue) &<< 48 | UInt64(function.rawValue) &<< 32
    }
    /// A native function with a table that holds its state: each has its own identity, as closures have.
    init(_ function: NativeFunction, bound table: Value) {
        bits = Value(function).bits | UInt64(table.isTable ? table.payload &+ 1 : 0)
    }

    @inline(__always) public var isNumber: Bool { bits < Value.firstBoxed }
    @inline(__always) public var isNil: Bool { bits == Value.nil.bits }
    @inline(__always) public var isBoolean: Bool { bits &>> 48 == 0xFFFA }
    @inline(__always) public var isString: Bool { bits &>> 48 == 0xFFFB }
    @inline(__always) public var isTable: Bool { bits &>> 48 == 0xFFFC }
    @inline(__always) public var isClosure: Bool { bits &>> 48 == 0xFFFD }
    @inline(__always) public var isNative: Bool { bits &>> 48 == 0xFFFE }
    @inline(__always) public var isFunction: Bool { isClosure || isNative }
    @inline(__always) public var isThread: Bool { bits &>> 32 == 0xFFFF_0000 }
    @inline(__always) public var isLight: Bool { bits &>> 32 == 0xFFFF_0001 }
    /// Whether a collection must follow it: everything but numbers, nil, booleans and light handles.
    @inline(__always) var isCollectable: Bool { bits >= 0xFFFB_0000_0000_0000 && !isLight }
    /// All but nil and false.
    @inline(__always) public var isTrue: Bool { bits != Value.nil.bits && bits != Value.false.bits }

    /// What it means as a number; only if `isNumber`.
    @inline(__always) public var number: Double { Double(bitPattern: bits) }
    @inline(__always) public var boolean: Bool { bits == Value.true.bits }
    /// The handle or the number behind the tag.
    @inline(__always) var payload: UInt32 { UInt32(truncatingIfNeeded: bits) }
    @inline(__always) public var native: NativeFunction? {
        isNative ? NativeFunction(rawValue: UInt16(truncatingIfNeeded: bits &>> 32)) : nil
    }
    /// The table of a native function that has one, or nil.
    @inline(__always) var bound: Value {
        isNative && payload != 0 ? Value(tag: .table, payload: payload &- 1) : .nil
    }
    /// The same bits: identity for all but numbers (0 and -0, NaN) and strings that are not interned.
    @inline(__always) func isIdentical(to other: Value) -> Bool { bits == other.bits }

    /// As `type` names it.
    public var typeName: StaticString {
        if isNumber { return "number" }
        switch Tag(rawValue: UInt16(truncatingIfNeeded: bits &>> 48)) {
        case .nil: return "nil"
        case .boolean: return "boolean"
        case .string: return "string"
        case .table: return "table"
        case .closure, .native: return "function"
        default: return isThread ? "thread" : "userdata"
        }
    }
}
