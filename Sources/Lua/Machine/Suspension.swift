// How a native function that has much to do shares a turn with others: it looks at the budget now and then, and when
// that is spent it keeps what it is at in the machine and answers `suspended`. The next turn goes on with it. Nothing
// is collected meanwhile, so what it keeps need not be marked; at an error, a kill or the end of the script it is lost.

/// What a native function keeps from turn to turn.
enum Suspension: ~Copyable {
    case none
    case encodingJSON(JSONEncoder)
    case decodingJSON(JSONDecoder.Progress)
    case packing(MessagePackEncoder)
    case unpacking(MessagePackUnpacking)
    case joining(TableJoin)
    case substituting(PlainSubstitution)

    var isNone: Bool {
        switch self {
        case .none: true
        default: false
        }
    }

    /// Bytes of what is built; they are not in the machine's account.
    var memoryUsed: Int {
        switch self {
        case .encodingJSON(let encoder): encoder.memoryUsed
        case .packing(let encoder): encoder.memoryUsed
        case .joining(let join): join.builder.capacity
        case .substituting(let substitution): substitution.builder.capacity
        default: 0
        }
    }
}

extension Machine {
    /// What a plain native function answers in place of the number of its results when it is to go on in the next turn.
    static let suspended = -1
    /// The stage of the frame of a plain native function that waits.
    static let suspendedStage = UInt8.max

    /// A plain native function keeps this, and answers what this answers.
    mutating func suspend(_ suspension: consuming Suspension) -> Int {
        self.suspension = suspension
        return Machine.suspended
    }

    /// What was kept; it is taken out.
    mutating func takeSuspension() -> Suspension {
        var taken = Suspension.none
        swap(&taken, &suspension)
        return taken
    }

    /// Goes on with the plain native function on top; how many results it pushed, or `suspended`.
    mutating func resumeNative(_ call: NativeCall) throws(Raised) -> Int {
        switch takeSuspension() {
        case .encodingJSON(let encoder): return try JSONLibrary.encode(encoder, &self)
        case .decodingJSON(let progress): return try JSONLibrary.decode(call, progress, &self)
        case .packing(let encoder): return try MessagePackLibrary.goOn(encoder, &self, call)
        case .unpacking(let unpacking): return try MessagePackLibrary.goOn(unpacking, &self, call)
        case .joining(let join): return try TableLibrary.goOn(join, &self, call)
        default: throw error("no such function")
        }
    }
}
