// How the host reads what scripts give it: as arithmetic and concatenation would.

extension Machine {
    /// A number, or what a string reads as; nil for anything else.
    public func numericValue(of value: Value) -> Double? { toNumber(value) }

    /// A string itself, or the text of a number; nil for anything else.
    public mutating func textValue(of value: Value) throws(Raised) -> Value {
        try toString(value) ?? .nil
    }
}
