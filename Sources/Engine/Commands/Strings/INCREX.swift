// INCREX key [BYFLOAT increment | BYINT increment] [LBOUND bound] [UBOUND bound] [SATURATE] [EX seconds |
// PX milliseconds | EXAT time | PXAT time | PERSIST] [ENX]

internal import Platform

enum INCREX: Command {
    static let declaration = Declaration(
        "increx", .string, since: "8.8.0", complexity: "O(1)",
        summary:
            "Increments the numeric value of a key within bounds and sets its expiration time. Uses 0 as initial "
            + "value if the key doesn't exist.",
        flags: [.write, .denyOOM, .fast], propagates: .rewritten,
        grammar: [
            .key("key", .readAndUpdate),
            .oneOf(
                "increment",
                [
                    .token(Option.byFloat, .double("increment"), excludes: [.byFloat]),
                    .token(Option.byInt, .integer("increment"), excludes: [.byInt]),
                ]),
            .token(Option.lBound, .string("lowerbound"), excludes: [.lBound]),
            .token(Option.uBound, .string("upperbound"), excludes: [.uBound]),
            .token(Option.saturate, excludes: [.saturate]),
            .oneOf(
                "expiration",
                [
                    .token(Option.ex, .integer("seconds"), excludes: [.ex]),
                    .token(Option.px, .integer("milliseconds"), excludes: [.px]),
                    .token(Option.exAt, .unixTime("unix-time-seconds"), excludes: [.exAt]),
                    .token(Option.pxAt, .unixTime("unix-time-milliseconds"), excludes: [.pxAt]),
                    .token(Option.persist, excludes: [.persist]),
                ]),
            .token(Option.enx, excludes: [.enx, .persist]),
        ])

    enum Option: Int, ExpirationOption {
        case byFloat, byInt, lBound, uBound, saturate, ex, px, exAt, pxAt, persist, enx

        static let times = Option.ex.bit | Option.px.bit | Option.exAt.bit | Option.pxAt.bit
    }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let options = try arguments.options(Option.self)
        if options.contains(.enx), options.given & Option.times == 0 {
            throw .because("ERR ENX flag requires an expiration")
        }
        if options.contains(.byFloat) {
            try context.increase(BoundedFloat(arguments, options), arguments, options, &reply)
        } else {
            try context.increase(BoundedInteger(arguments, options), arguments, options, &reply)
        }
    }
}

// MARK: Numbers within bounds

/// How INCREX reckons: with integers or with fractions.
private protocol BoundedSum {
    associatedtype Number: Comparable

    var increment: Number { get }
    var bounds: ClosedRange<Number> { get }
    static var zero: Number { get }

    static func number(of value: borrowing StringValue) throws(CommandError) -> Number
    /// Nothing if no number can be that large.
    static func sum(_ left: Number, _ right: Number) -> Number?
    /// What has been added, if a number can say it.
    static func difference(_ new: Number, _ old: Number) throws(CommandError) -> Number
    static func store(_ number: Number, at key: Key, _ context: inout CommandContext) throws(CommandError)
    static func write(_ number: Number, to reply: inout ReplyWriter)
    static func write(_ number: Number, to log: inout CommandLog)
}

/// INCREX with integers.
private struct BoundedInteger: BoundedSum {
    var increment: Int64 = 1
    let bounds: ClosedRange<Int64>

    static let zero: Int64 = 0

    init(_ arguments: Arguments, _ options: Options<INCREX.Option>) throws(CommandError) {
        if let index = arguments.index(after: .byInt, in: options) {
            increment = try BoundedInteger.read(
                arguments[index], else: "ERR Increment is not an integer or out of range")
        }
        var (lower, upper) = (Int64.min, Int64.max)
        if let index = arguments.index(after: .lBound, in: options) {
            lower = try BoundedInteger.read(arguments[index], else: "ERR LBOUND is not an integer or out of range")
        }
        if let index = arguments.index(after: .uBound, in: options) {
            upper = try BoundedInteger.read(arguments[index], else: "ERR UBOUND is not an integer or out of range")
        }
        guard lower <= upper else { throw .because("ERR LBOUND can't be greater than UBOUND") }
        bounds = lower...upper
    }

    private static func read(_ word: Bytes, else text: StaticString) throws(CommandError) -> Int64 {
        guard let number = word.integer else { throw .because(text) }
        return number
    }

    static func number(of value: borrowing StringValue) throws(CommandError) -> Int64 {
        guard let number = value.integer else { throw .notAnInteger }
        return number
    }

    static func sum(_ left: Int64, _ right: Int64) -> Int64? {
        let (sum, overflows) = left.addingReportingOverflow(right)
        return overflows ? nil : sum
    }

    static func difference(_ new: Int64, _ old: Int64) throws(CommandError) -> Int64 {
        let (difference, overflows) = new.subtractingReportingOverflow(old)
        guard !overflows else { throw .because("ERR applied increment would overflow") }
        return difference
    }

    static func store(_ number: Int64, at key: Key, _ context: inout CommandContext) throws(CommandError) {
        try context.keyspace.update(key, as: Int64.self, event: .incrby) { value throws(CommandError) in
            value = number
        }
    }

    static func write(_ number: Int64, to reply: inout ReplyWriter) { reply.integer(Int(number)) }
    static func write(_ number: Int64, to log: inout CommandLog) { log.append(word: number) }
}

/// INCREX with fractions, in the machine's widest kind of number.
private struct BoundedFloat: BoundedSum {
    let increment: ExtendedFloat
    let bounds: ClosedRange<ExtendedFloat>

    static let zero: ExtendedFloat = 0

    init(_ arguments: Arguments, _ options: Options<INCREX.Option>) throws(CommandError) {
        guard let index = arguments.index(after: .byFloat, in: options), let number = arguments[index].extendedFloat
        else { throw .because("ERR Increment is not a valid float") }
        guard number.isFinite else { throw .because("ERR BYFLOAT increment cannot be Infinity") }
        increment = number
        let most = ExtendedFloat.greatestFiniteMagnitude
        var (lower, upper) = (-most, most)
        if let index = arguments.index(after: .lBound, in: options) {
            lower = try BoundedFloat.read(arguments[index], else: "ERR LBOUND is not a valid float")
        }
        if let index = arguments.index(after: .uBound, in: options) {
            upper = try BoundedFloat.read(arguments[index], else: "ERR UBOUND is not a valid float")
        }
        guard lower <= upper else { throw .because("ERR LBOUND can't be greater than UBOUND") }
        bounds = min(max(lower, -most), most)...min(max(upper, -most), most)
    }

    private static func read(_ word: Bytes, else text: StaticString) throws(CommandError) -> ExtendedFloat {
        guard let number = word.extendedFloat else { throw .because(text) }
        return number
    }

    static func number(of value: borrowing StringValue) throws(CommandError) -> ExtendedFloat {
        guard let number = value.extendedFloat else { throw .notAFloat }
        guard number.isFinite else { throw .because("ERR value cannot be Infinity") }
        return number
    }

    static func sum(_ left: ExtendedFloat, _ right: ExtendedFloat) -> ExtendedFloat? {
        let sum = left + right
        return sum.isFinite ? sum : nil
    }

    static func difference(_ new: ExtendedFloat, _ old: ExtendedFloat) throws(CommandError) -> ExtendedFloat {
        let difference = new - old
        guard difference.isFinite else { throw .because("ERR applied increment would be Infinity") }
        return difference
    }

    static func store(_ number: ExtendedFloat, at key: Key, _ context: inout CommandContext) throws(CommandError) {
        var text = Buffer()
        text.append(array: ExtendedFloatText.digits(of: number))
        try context.keyspace.replace(
            key, with: text.contents, deadline: .unchanged, form: .isText, event: .incrbyfloat)
    }

    static func write(_ number: ExtendedFloat, to reply: inout ReplyWriter) {
        var text = Buffer()
        text.append(array: ExtendedFloatText.digits(of: number))
        reply.decimal(text.contents)
    }

    static func write(_ number: ExtendedFloat, to log: inout CommandLog) {
        log.append(array: ExtendedFloatText.digits(of: number))
    }
}

// MARK: The change

extension CommandContext {
    /// Adds within the bounds, and sees to the end of the key.
    fileprivate mutating func increase<Sum: BoundedSum>(
        _ sum: Sum, _ arguments: Arguments, _ options: Options<INCREX.Option>, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let deadline = try arguments.deadline(options, from: now)
        let key = arguments.key(1)
        var old = Sum.zero
        if let value = try keyspace.stringToChange(at: key) { old = try Sum.number(of: value) }
        var new = old, applied = sum.increment
        if let result = Sum.sum(old, sum.increment), sum.bounds.contains(result) {
            new = result
        } else if options.contains(.saturate) {
            let isLow = Sum.sum(old, sum.increment).map { $0 < sum.bounds.lowerBound } ?? (sum.increment < Sum.zero)
            new = isLow ? sum.bounds.lowerBound : sum.bounds.upperBound
            applied = try Sum.difference(new, old)
        } else {
            return reply.pair(old, Sum.zero, Sum.self)
        }
        reply.pair(new, applied, Sum.self)
        guard case .at(let moment)? = deadline, !(options.contains(.enx) && ends(key)) else {
            return try store(new, Sum.self, at: key, isPersistent: options.contains(.persist))
        }
        if moment <= keyspace.horizon {
            if keyspace.remove(key) { propagateRemoval(of: key.bytes, for: .expiry) }
            return
        }
        try Sum.store(new, at: key, &self)
        if keyspace.storeDeadline(of: key, moment) { keyspace.feed.countOnce() }
        propagate(5) { log in
            log.append(word: "SET")
            log.append(word: key.bytes)
            Sum.write(new, to: &log)
            log.append(word: "PXAT")
            log.append(word: moment)
        }
    }

    /// The key ends some day.
    private mutating func ends(_ key: Key) -> Bool {
        if case .at? = keyspace.deadline(of: key) { true } else { false }
    }

    /// Stores a number, and lets its key end when it would have, or never.
    private mutating func store<Sum: BoundedSum>(
        _ number: Sum.Number, _: Sum.Type, at key: Key, isPersistent: Bool
    ) throws(CommandError) {
        try Sum.store(number, at: key, &self)
        if isPersistent, keyspace.persist(key) { keyspace.feed.countOnce() }
        propagate(isPersistent ? 3 : 4) { log in
            log.append(word: "SET")
            log.append(word: key.bytes)
            Sum.write(number, to: &log)
            if !isPersistent { log.append(word: "KEEPTTL") }
        }
    }
}

extension ReplyWriter {
    /// The new number, and what has been added.
    fileprivate mutating func pair<Sum: BoundedSum>(_ number: Sum.Number, _ applied: Sum.Number, _: Sum.Type) {
        array(2)
        Sum.write(number, to: &self)
        Sum.write(applied, to: &self)
    }
}
