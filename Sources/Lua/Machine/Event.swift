// The events that a metatable can answer to.

/// An event, in the order of the names that the heap keeps for them.
enum Event: UInt8, CaseIterable {
    case index, newIndex, call, add, subtract, multiply, divide, modulo, power, negate, length, equal, less,
        lessOrEqual, concatenate, gc, mode

    /// The field of the metatable.
    var name: StaticString {
        switch self {
        case .index: "__index"
        case .newIndex: "__newindex"
        case .call: "__call"
        case .add: "__add"
        case .subtract: "__sub"
        case .multiply: "__mul"
        case .divide: "__div"
        case .modulo: "__mod"
        case .power: "__pow"
        case .negate: "__unm"
        case .length: "__len"
        case .equal: "__eq"
        case .less: "__lt"
        case .lessOrEqual: "__le"
        case .concatenate: "__concat"
        case .gc: "__gc"
        case .mode: "__mode"
        }
    }
}
