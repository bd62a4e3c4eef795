// Where the pattern matcher keeps what parentheses hold: one row for a machine, so that a match costs no allocation
// and no copy. Nothing in it outlives a native function's step.

/// What a pair of parentheses holds: where it begins, and its length or a mark.
struct Capture: BitwiseCopyable {
    var start = 0
    var length = 0

    /// `()`: the position is what counts.
    static let position = -1
}

/// Room for 32 captures, as many as 5.1 allows.
@safe struct Captures: ~Copyable {
    static let limit = 32
    private let start: UnsafeMutablePointer<Capture>

    init() {
        unsafe start = .allocate(capacity: Captures.limit)
        unsafe start.initialize(repeating: Capture(), count: Captures.limit)
    }

    deinit { unsafe start.deallocate() }

    /// A view for one matcher, which does not outlive the machine.
    var row: CaptureRow { unsafe CaptureRow(unsafeStart: start) }
}

/// The captures of a running match.
@safe struct CaptureRow: BitwiseCopyable {
    private let start: UnsafeMutablePointer<Capture>

    init(unsafeStart start: UnsafeMutablePointer<Capture>) { unsafe self.start = start }

    @inline(__always) subscript(index: Int) -> Capture {
        get {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: Captures.limit))
            return unsafe start[index]
        }
        nonmutating set {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: Captures.limit))
            unsafe start[index] = newValue
        }
    }
}
