// The arguments of native functions, checked and converted as the auxiliary library of 5.1 does it, with its messages.
// Indices count from 0; the messages count from 1.

extension Machine {
    /// A number, or a string that reads as one. "number expected, got nil"
    @inline(__always)
    public mutating func number(argument index: Int, of call: NativeCall) throws(Raised) -> Double {
        let value = self[argument: index, of: call]
        if value.isNumber { return value.number }
        guard let number = toNumber(value) else { throw typeError(index, of: call, expected: "number") }
        return number
    }

    /// A number cut to 64 bits as the processor does it: what does not fit is the smallest number.
    @inline(__always)
    public mutating func integer(argument index: Int, of call: NativeCall) throws(Raised) -> Int {
        Machine.integer(try number(argument: index, of: call))
    }

    /// A number cut to 64 bits and then to 32, where 5.1 keeps an `int`.
    @inline(__always)
    public mutating func shortInteger(argument index: Int, of call: NativeCall) throws(Raised) -> Int {
        Int(Int32(truncatingIfNeeded: try integer(argument: index, of: call)))
    }

    /// A string, or a number's text. The view is good while the native function runs.
    @_lifetime(immortal)
    @inline(__always)
    mutating func text(argument index: Int, of call: NativeCall) throws(Raised) -> Text {
        text(of: try string(argument: index, of: call))
    }

    /// A string, or a number's text as a new string. "string expected, got no value"
    @inline(__always)
    public mutating func string(argument index: Int, of call: NativeCall) throws(Raised) -> Value {
        let value = self[argument: index, of: call]
        if value.isString { return value }
        guard let string = try toString(value) else { throw typeError(index, of: call, expected: "string") }
        return string
    }

    /// "table expected, got nil"
    @inline(__always)
    public mutating func table(argument index: Int, of call: NativeCall) throws(Raised) -> Value {
        let value = self[argument: index, of: call]
        guard value.isTable else { throw typeError(index, of: call, expected: "table") }
        return value
    }

    /// "function expected, got nil"
    mutating func function(argument index: Int, of call: NativeCall) throws(Raised) -> Value {
        let value = self[argument: index, of: call]
        guard value.isFunction else { throw typeError(index, of: call, expected: "function") }
        return value
    }

    /// Anything, nil included, but given. "value expected"
    public mutating func value(argument index: Int, of call: NativeCall) throws(Raised) -> Value {
        guard index < call.count else { throw argumentError(index, "value expected") }
        return self[argument: index, of: call]
    }

    // ---- what may be left out: nil and no value mean the default

    @inline(__always)
    public mutating func number(
        argument index: Int, of call: NativeCall, default number: @autoclosure () -> Double
    ) throws(Raised) -> Double {
        if self[argument: index, of: call].isNil { return number() }
        return try self.number(argument: index, of: call)
    }

    @inline(__always)
    public mutating func integer(
        argument index: Int, of call: NativeCall, default integer: @autoclosure () -> Int
    ) throws(Raised) -> Int {
        if self[argument: index, of: call].isNil { return integer() }
        return try self.integer(argument: index, of: call)
    }

    @inline(__always)
    public mutating func shortInteger(
        argument index: Int, of call: NativeCall, default integer: @autoclosure () -> Int
    ) throws(Raised) -> Int {
        if self[argument: index, of: call].isNil { return integer() }
        return try shortInteger(argument: index, of: call)
    }

    @_lifetime(immortal)
    mutating func text(
        argument index: Int, of call: NativeCall, default literal: StaticString
    ) throws(Raised) -> Text {
        if self[argument: index, of: call].isNil { return Text(literal) }
        return try text(argument: index, of: call)
    }

    /// As a C conversion from double to 64 bits on this processor: towards zero; NaN and what is too large give the
    /// smallest number.
    @inline(__always)
    public static func integer(_ number: Double) -> Int {
        guard number > -9_223_372_036_854_775_808 && number < 9_223_372_036_854_775_808 else { return Int.min }
        return Int(number)
    }
}
