// Stretches of a sorted set: between two scores, or between two members where all scores are equal.

/// The scores from `least` to `most`, each of which may itself be left out.
struct ScoreRange {
    var least: Double
    var most: Double
    var leavesOutLeast = false
    var leavesOutMost = false

    @inline(__always) func isBelow(_ score: Double) -> Bool { leavesOutLeast ? score <= least : score < least }
    @inline(__always) func reaches(_ score: Double) -> Bool { leavesOutMost ? score < most : score <= most }
}

/// One end of a range of members.
enum MemberBound: ~Escapable {
    /// Before all members.
    case least
    /// Behind all members.
    case most
    case including(Bytes)
    case excluding(Bytes)
}

/// The members between two bounds.
struct MemberRange: ~Escapable {
    let lower: MemberBound
    let upper: MemberBound

    @_lifetime(copy lower, copy upper)
    init(_ lower: MemberBound, _ upper: MemberBound) {
        self.lower = lower
        self.upper = upper
    }

    /// The member comes before the range.
    func isBelow(_ member: StringValue) -> Bool {
        switch lower {
        case .least: false
        case .most: true
        case .including(let bytes): member.compare(bytes) < 0
        case .excluding(let bytes): member.compare(bytes) <= 0
        }
    }

    /// The member comes before the end of the range.
    func reaches(_ member: StringValue) -> Bool {
        switch upper {
        case .least: false
        case .most: true
        case .including(let bytes): member.compare(bytes) <= 0
        case .excluding(let bytes): member.compare(bytes) < 0
        }
    }
}

extension StringValue {
    /// Below zero if the value's bytes come before `other`, above if behind, zero if equal.
    @inline(__always) func compare(_ other: Bytes) -> Int {
        switch self {
        case .bytes(let bytes): bytes.compare(other)
        case .integer(let integer): integer.withDecimalText { $0.compare(other) }
        }
    }
}
