// string.find, string.match and string.gmatch: how matches become values.

extension Machine {
    /// The error in a pattern, as an error of Lua.
    mutating func error(_ error: PatternError) -> Raised { self.error(error.message) }

    /// Pushes all captures, or the whole match if there are none; how many they are.
    mutating func pushCaptures(
        of matcher: inout PatternMatcher, start: Int, end: Int
    ) throws(Raised) -> Int {
        let count = max(matcher.captureCount, 1)
        try reserve(slots: count, "too many captures")
        for index in 0..<count { push(try capture(index, of: &matcher, start: start, end: end)) }
        return count
    }

    /// A capture as a value; the first one is the whole match if the pattern has none.
    mutating func capture(
        _ index: Int, of matcher: inout PatternMatcher, start: Int, end: Int
    ) throws(Raised) -> Value {
        guard index < matcher.captureCount else {
            guard index == 0 else { throw error(.invalidCaptureIndex) }
            return try makeString(matcher.subject.slice(start, end - start))
        }
        if matcher.isOpen(capture: index) { throw error(.unfinishedCapture) }
        let capture = matcher.captures[index]
        switch capture.length {
        case Capture.position: return Value(Double(capture.start + 1))
        default: return try makeString(matcher.subject.slice(capture.start, capture.length))
        }
    }
}

extension StringLibrary {
    /// A position as scripts give it: negative ones count from the end; 0 is before the beginning.
    static func position(_ relative: Int, in length: Int) -> Int {
        let position = relative < 0 ? relative &+ length &+ 1 : relative
        return max(position, 0)
    }

    /// string.find (returns the place too) and string.match.
    static func search(_ machine: inout Machine, _ call: NativeCall, isFind: Bool) throws(Raised) -> Int {
        let subject = try machine.text(argument: 0, of: call)
        let pattern = try machine.text(argument: 1, of: call)
        let relative = try machine.integer(argument: 2, of: call, default: 1)
        machine.heap.charge(bytes: pattern.count)
        let start = min(max(position(relative, in: subject.count) - 1, 0), subject.count)
        if isFind, machine[argument: 3, of: call].isTrue || isPlain(pattern) {
            machine.heap.charge(bytes: subject.count - start)
            guard let place = subject.find(pattern, from: start) else {
                machine.push(.nil)
                return 1
            }
            machine.push(Value(Double(place + 1)))
            machine.push(Value(Double(place + pattern.count)))
            return 2
        }
        var matcher = PatternMatcher(subject: subject, pattern: pattern, captures: machine.captures.row)
        var found: (start: Int, end: Int)?
        do {
            if matcher.isAnchored {
                let end = try matcher.match(at: start, from: 1)
                if end >= 0 { found = (start, end) }
            } else {
                found = try matcher.search(from: start)
            }
        } catch { throw machine.error(error) }
        try machine.spend(matcher.takeSteps())
        guard let (from, to) = found else {
            machine.push(.nil)
            return 1
        }
        guard isFind else { return try machine.pushCaptures(of: &matcher, start: from, end: to) }
        machine.push(Value(Double(from + 1)))
        machine.push(Value(Double(to)))
        if matcher.captureCount == 0 { return 2 }
        return try machine.pushCaptures(of: &matcher, start: from, end: to) + 2
    }

    /// Whether the pattern has no special character, as far as its first NUL.
    private static func isPlain(_ pattern: Text) -> Bool {
        for index in 0..<pattern.count {
            switch pattern[index] {
            case 0: return true
            case UInt8(ascii: "^"), UInt8(ascii: "$"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"),
                UInt8(ascii: "."), UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "%"), UInt8(ascii: "-"):
                return false
            default: continue
            }
        }
        return true
    }

    /// string.gmatch: a function with its state in a table that nobody else sees: text, pattern, and where to go on.
    static func matches(_ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Int {
        let subject = try machine.string(argument: 0, of: call)
        let pattern = try machine.string(argument: 1, of: call)
        let state = try machine.makeTable(elements: 3, fields: 0)
        try machine.rawSet(state, index: 1, subject)
        try machine.rawSet(state, index: 2, pattern)
        try machine.rawSet(state, index: 3, Value(light: 0))
        machine.push(Value(NativeFunction(.string, Function.nextMatch.rawValue), bound: state))
        return 1
    }

    /// What string.gmatch returned. A '^' means itself here.
    static func nextMatch(_ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Int {
        let state = machine.callee(of: call).bound
        guard state.isTable, let subject = machine.heap.getElement(state.payload, 1),
            let pattern = machine.heap.getElement(state.payload, 2),
            let place = machine.heap.getElement(state.payload, 3)
        else { return 0 }
        var matcher = PatternMatcher(
            subject: machine.text(of: subject), pattern: machine.text(of: pattern), captures: machine.captures.row)
        let position = Int(place.payload)
        machine.heap.charge(bytes: matcher.pattern.count)
        guard position <= matcher.subject.count else { return 0 }
        let found: (start: Int, end: Int)?
        do { found = try matcher.search(from: position) } catch { throw machine.error(error) }
        try machine.spend(matcher.takeSteps())
        guard let (start, end) = found else { return 0 }
        let next = end == start ? end &+ 1 : end
        _ = machine.heap.setElement(state.payload, 3, Value(light: UInt32(truncatingIfNeeded: next)))
        return try machine.pushCaptures(of: &matcher, start: start, end: end)
    }
}
