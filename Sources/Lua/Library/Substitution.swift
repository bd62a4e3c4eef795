// string.gsub. With a string as replacement it runs through at once. With a function or a table it may have to call Lua
// at each match: then what was built so far waits on the stack, as strings and as ranges of the subject.
//
// Slots behind the arguments: where to go on, how many were replaced, the limit, start and end of the match that is
// asked for, a table of finished strings (or nil), and then the pieces: a string, or two indices (start and length of a
// range).

/// `string.gsub`, as a function that stops for each replacement that is a call.
enum Substitution {
    /// Where the slots lie, counted from behind the arguments.
    private enum Slot {
        static let position = 0, count = 1, limit = 2, matchStart = 3, matchEnd = 4, finished = 5, pieces = 6
    }

    /// So many slots of pieces are joined to one string.
    private static let pieceLimit = 96

    static func step(
        _ stage: UInt8, _ machine: inout Machine, _ call: NativeCall
    ) throws(Raised) -> Continuation {
        let state = call.base + call.count
        switch stage {
        case 1: try take(result: machine[slot: machine.top - 1], state, &machine, call)
        case goingOn: break
        case replacing: return try replaceAll(&machine, call)
        default:
            let subject = try machine.text(argument: 0, of: call)
            machine.heap.charge(bytes: try machine.text(argument: 1, of: call).count)
            let replacement = machine[argument: 2, of: call]
            let limit = try machine.shortInteger(argument: 3, of: call, default: subject.count + 1)
            if let text = try machine.toString(replacement) {
                machine.push(text)
                machine.suspension = .substituting(PlainSubstitution(limit: limit, builder: machine.makeBuilder()))
                return try replaceAll(&machine, call)
            }
            guard replacement.isTable || replacement.isFunction else {
                throw machine.argumentError(2, "string/function/table expected")
            }
            try machine.reserve(slots: 160, "too many captures")
            for _ in 0..<Slot.pieces { machine.push(.nil) }
            machine[index: state + Slot.position] = 0
            machine[index: state + Slot.count] = 0
            machine[index: state + Slot.limit] = max(limit, 0)
        }
        return try goOn(state, &machine, call)
    }

    /// The stages behind a pause, of the two ways.
    private static let goingOn: UInt8 = 2, replacing: UInt8 = 3

    // ---- a string as replacement; its text lies behind the arguments

    private static func replaceAll(_ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Continuation {
        guard case .substituting(var work) = machine.takeSuspension() else { return .finish(results: 0) }
        let string = try machine.string(argument: 0, of: call)
        let replacement = machine.text(of: machine[slot: call.base + call.count])
        var matcher = PatternMatcher(
            subject: machine.text(of: string), pattern: try machine.text(argument: 1, of: call),
            captures: machine.captures.row)
        let isPlain = replacement.firstIndex(of: UInt8(ascii: "%"), from: 0) == nil
        while work.count < work.limit {
            if machine.budgetLeft <= 0 {
                machine.suspension = .substituting(work)
                return .pause(stage: replacing)
            }
            guard let (start, end) = try find(&matcher, from: work.position, &machine) else { break }
            work.count += 1
            work.builder.append(matcher.subject.slice(work.position, start - work.position))
            if isPlain {
                work.builder.append(replacement)
            } else {
                try append(replacement, of: &matcher, start, end, to: &work.builder, &machine)
            }
            try machine.spend((end - work.position + replacement.count) >> 6)
            work.position = end
            if start == end {
                guard end < matcher.subject.count else { break }
                work.builder.append(matcher.subject[end])
                work.position += 1
            }
            if matcher.isAnchored || work.builder.isOverrun { break }
        }
        let count = work.count
        if count == 0 {
            machine.push(string)
        } else {
            work.builder.append(matcher.subject.slice(work.position, matcher.subject.count - work.position))
            machine.push(try machine.makeString(work.finish()))
        }
        machine.push(Value(Double(count)))
        return .finish(results: 2)
    }

    /// The next match at `position` or, without a '^', behind it.
    private static func find(
        _ matcher: inout PatternMatcher, from position: Int, _ machine: inout Machine
    ) throws(Raised) -> (start: Int, end: Int)? {
        let found: (start: Int, end: Int)?
        do {
            if matcher.isAnchored {
                let end = try matcher.match(at: position, from: 1)
                found = end < 0 ? nil : (position, end)
            } else {
                found = try matcher.search(from: position)
            }
        } catch { throw machine.error(error) }
        try machine.spend(matcher.takeSteps())
        return found
    }

    /// The replacement with %0 to %9 filled in. A '%' at its end is a NUL, as in 5.1.
    private static func append(
        _ replacement: Text, of matcher: inout PatternMatcher, _ start: Int, _ end: Int,
        to builder: inout ByteBuilder, _ machine: inout Machine
    ) throws(Raised) {
        var index = 0
        while index < replacement.count {
            let byte = replacement[index]
            index += 1
            guard byte == UInt8(ascii: "%") else {
                builder.append(byte)
                continue
            }
            let sign = index < replacement.count ? replacement[index] : 0
            index += 1
            if !sign.isDigit {
                builder.append(sign)
            } else if sign == UInt8(ascii: "0") {
                builder.append(matcher.subject.slice(start, end - start))
            } else {
                let value = try machine.capture(Int(sign) - 0x31, of: &matcher, start: start, end: end)
                if value.isNumber {
                    machine.append(number: value.number, to: &builder)
                } else {
                    builder.append(machine.text(of: value))
                }
            }
        }
    }

    // ---- a function or a table

    /// Looks for matches until Lua must be asked, or to the end.
    private static func goOn(
        _ state: Int, _ machine: inout Machine, _ call: NativeCall
    ) throws(Raised) -> Continuation {
        let replacement = machine[argument: 2, of: call]
        var matcher = PatternMatcher(
            subject: try machine.text(argument: 0, of: call), pattern: try machine.text(argument: 1, of: call),
            captures: machine.captures.row)
        let limit = machine[index: state + Slot.limit]
        while machine[index: state + Slot.count] < limit {
            if machine.budgetLeft <= 0 { return .pause(stage: goingOn) }
            let position = machine[index: state + Slot.position]
            guard position <= matcher.subject.count, position == 0 || !matcher.isAnchored,
                let (start, end) = try find(&matcher, from: position, &machine)
            else { break }
            try push(range: position, start, state, &machine)
            machine[index: state + Slot.count] += 1
            machine[index: state + Slot.matchStart] = start
            machine[index: state + Slot.matchEnd] = end
            if replacement.isFunction {
                machine.push(replacement)
                let count = try machine.pushCaptures(of: &matcher, start: start, end: end)
                return .call(arguments: count, results: 1, stage: 1)
            }
            let key = try machine.capture(0, of: &matcher, start: start, end: end)
            switch try machine.look(up: key, in: replacement) {
            case .value(let value):
                machine.push(value)
                try take(result: value, state, &machine, call)
            case .handler(let handler, let table):
                machine.push(handler)
                machine.push(table)
                machine.push(key)
                return .call(arguments: 2, results: 1, stage: 1)
            }
        }
        return try finish(state, matcher.subject, &machine)
    }

    /// The value for a match is on top of the stack: it becomes a piece.
    private static func take(
        result: Value, _ state: Int, _ machine: inout Machine, _ call: NativeCall
    ) throws(Raised) {
        let start = machine[index: state + Slot.matchStart]
        let end = machine[index: state + Slot.matchEnd]
        machine.top -= 1
        if !result.isTrue {
            try push(range: start, end, state, &machine)
        } else if let string = try machine.toString(result) {
            machine.push(string)
        } else {
            throw machine.error("invalid replacement value (a \(result.typeName))")
        }
        var next = end
        if start == end {
            try push(range: end, min(end + 1, try machine.text(argument: 0, of: call).count), state, &machine)
            next += 1
        }
        machine[index: state + Slot.position] = next
        if machine.top - state - Slot.pieces >= pieceLimit {
            try join(state, try machine.text(argument: 0, of: call), &machine)
        }
    }

    private static func push(
        range start: Int, _ end: Int, _ state: Int, _ machine: inout Machine
    ) throws(Raised) {
        guard start < end else { return }
        machine.push(Value(light: UInt32(truncatingIfNeeded: start)))
        machine.push(Value(light: UInt32(truncatingIfNeeded: end - start)))
    }

    /// Makes one string of the pieces and puts it with the finished ones.
    private static func join(_ state: Int, _ subject: Text, _ machine: inout Machine) throws(Raised) {
        var builder = machine.makeBuilder()
        append(piecesOf: state, subject, to: &builder, machine)
        try machine.spend(builder.count >> 6)
        let string = try machine.makeString(builder)
        machine.top = state + Slot.pieces
        if machine[slot: state + Slot.finished].isNil {
            machine[slot: state + Slot.finished] = try machine.makeTable(elements: 4, fields: 0)
        }
        let table = machine[slot: state + Slot.finished]
        try machine.rawSet(table, index: machine.length(of: table) + 1, string)
    }

    private static func append(
        piecesOf state: Int, _ subject: Text, to builder: inout ByteBuilder, _ machine: borrowing Machine
    ) {
        var slot = state + Slot.pieces
        while slot < machine.top {
            let piece = machine[slot: slot]
            if piece.isString {
                builder.append(machine.text(of: piece))
                slot += 1
            } else {
                builder.append(subject.slice(machine[index: slot], machine[index: slot + 1]))
                slot += 2
            }
        }
    }

    private static func finish(
        _ state: Int, _ subject: Text, _ machine: inout Machine
    ) throws(Raised) -> Continuation {
        var builder = machine.makeBuilder()
        let finished = machine[slot: state + Slot.finished]
        if finished.isTable {
            for index in 0..<machine.length(of: finished) {
                builder.append(machine.text(of: machine.rawGet(finished, index: index + 1)))
            }
        }
        append(piecesOf: state, subject, to: &builder, machine)
        let position = min(machine[index: state + Slot.position], subject.count)
        builder.append(subject.slice(position, subject.count - position))
        try machine.spend(builder.count >> 6)
        machine.push(try machine.makeString(builder))
        machine.push(Value(Double(machine[index: state + Slot.count])))
        return .finish(results: 2)
    }
}

/// How far a substitution by a string is.
struct PlainSubstitution: ~Copyable {
    let limit: Int
    var builder: ByteBuilder
    var position = 0
    /// How many matches were replaced.
    var count = 0

    init(limit: Int, builder: consuming ByteBuilder) {
        self.limit = limit
        self.builder = builder
    }

    /// What was built.
    consuming func finish() -> ByteBuilder { builder }
}

/// What indexing a value comes to, if no more than tables are asked.
enum Lookup {
    case value(Value)
    /// A function is to be called with the table and the key.
    case handler(Value, Value)
}

extension Machine {
    /// Follows the metatables of `table` for a key, as far as no function must be called.
    mutating func look(up key: Value, in table: Value) throws(Raised) -> Lookup {
        var table = table
        for _ in 0..<100 {
            if table.isTable {
                let value = rawGet(table, key)
                if !value.isNil { return .value(value) }
            }
            let handler = metamethod("__index", of: table)
            if handler.isNil {
                guard table.isTable else { throw error("attempt to index a \(table.typeName) value") }
                return .value(.nil)
            }
            if handler.isFunction { return .handler(handler, table) }
            table = handler
        }
        throw error("loop in gettable")
    }
}
