// What EXPIRE, PEXPIRE, EXPIREAT and PEXPIREAT have in common: conditions on the deadline that is there, and the way
// a new one is set; and what TTL and its kin answer.

/// Under which circumstances a key gets its new deadline.
enum DeadlineCondition: Int, CommandOption {
    case nx, xx, gt, lt

    static var grammar: Argument {
        .oneOf("condition", [.nx, .xx, .gt, .lt].map { (condition: Self) in .token(condition) }).since("7.0.0")
    }
}

extension Options<DeadlineCondition> {
    /// A key without a deadline counts as one that never ends.
    func allow(_ moment: Int64, insteadOf current: Deadline) -> Bool {
        let end = current.moment
        if contains(.nx), end != nil { return false }
        if contains(.xx), end == nil { return false }
        if contains(.gt) { guard let end, moment > end else { return false } }
        if contains(.lt), let end, moment >= end { return false }
        return true
    }
}

extension CommandContext {
    /// Answers one of the EXPIRE commands: the number counts units from `start` on.
    mutating func expire(
        _ arguments: Arguments, _ unit: Deadline.Unit, from start: Int64, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let condition = try deadlineCondition(arguments)
        let (span, overflows) = try arguments.integer(2).multipliedReportingOverflow(by: unit.rawValue)
        let (moment, endOverflows) = span.addingReportingOverflow(start)
        guard !overflows, !endOverflows else { throw .invalidExpireTime }
        let key = arguments.key(1)
        guard let current = keyspace.deadline(of: key), condition.isEmpty || condition.allow(moment, insteadOf: current)
        else { return reply.integer(0) }
        let isPast = moment <= keyspace.horizon
        guard try keyspace.setDeadline(of: key, to: moment) else { return reply.integer(0) }
        propagateDeadline(arguments, moment, isPast: isPast, isNamed: start == 0 && unit == .milliseconds)
        reply.integer(1)
    }

    /// The log names the moment; one that was named as such is logged as it came.
    private mutating func propagateDeadline(_ arguments: Arguments, _ moment: Int64, isPast: Bool, isNamed: Bool) {
        if isPast {
            propagateRemoval(of: arguments[1], for: .expiry)
        } else if !isNamed {
            propagate(arguments.count) { log in
                log.append(word: "PEXPIREAT")
                log.append(word: arguments[1])
                log.append(word: moment)
                for index in 3..<arguments.count { log.append(word: arguments[index]) }
            }
        }
    }

    /// Any other word is refused by its name, before the conditions are held against each other.
    @inline(__always)
    private mutating func deadlineCondition(_ arguments: Arguments) throws(CommandError) -> Options<DeadlineCondition> {
        arguments.count == 3 ? Options(given: 0, start: 3) : try readDeadlineCondition(arguments)
    }

    @inline(never)
    private mutating func readDeadlineCondition(_ arguments: Arguments) throws(CommandError) -> Options<
        DeadlineCondition
    > {
        var given: UInt32 = 0
        for index in 3..<arguments.count {
            guard let token = arguments.plan.value.token(named: FoldedName(arguments[index])) else {
                // As C prints it: up to the first zero byte.
                throw error("ERR Unsupported option \(arguments[index].quotableText)")
            }
            given |= token.bit
        }
        let condition = Options<DeadlineCondition>(given: given, start: 3)
        if condition.contains(.nx), given & (given - 1) != 0 {
            throw .because("ERR NX and XX, GT or LT options at the same time are not compatible")
        }
        if condition.contains(.gt), condition.contains(.lt) {
            throw .because("ERR GT and LT options at the same time are not compatible")
        }
        return condition
    }

    /// Answers what is left of a key's life: -2 without a key, -1 without a deadline.
    @inline(__always)
    mutating func answerDeadline(of key: Key, _ reply: inout ReplyWriter, _ answer: (Int64) -> Int64) {
        switch keyspace.deadline(of: key, counting: true) {
        case .at(let moment): reply.integer(Int(answer(max(0, moment))))
        case nil: reply.integer(-2)
        default: reply.integer(-1)
        }
    }
}

extension Deadline {
    /// Milliseconds until a moment; none if it has passed.
    static func remaining(until moment: Int64, from now: Int64) -> Int64 {
        max(0, moment.subtractingReportingOverflow(now).partialValue)
    }
}

extension Int64 {
    /// Of milliseconds: the nearest number of seconds.
    var roundedToSeconds: Int64 { self / 1000 + (self % 1000 >= 500 ? 1 : 0) }
}
