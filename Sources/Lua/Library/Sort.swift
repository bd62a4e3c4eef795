// table.sort: quicksort that compares the same elements in the same order as 5.1 does, for a comparer can see it, and
// an inconsistent one gets the same result or error. It stops at each comparison that Lua must answer.

/// `table.sort`. What it is at lies in slots behind its arguments, behind those the ranges that are still to be sorted,
/// as two slots each; a comparison touches few of them.
enum Sorting {
    private enum Slot {
        /// The range, and the indices that run towards each other.
        static let low = 0, high = 1, left = 2, right = 3
        static let pivot = 4
        /// The two elements that were last read.
        static let first = 5, second = 6
        static let count = 7
    }

    /// Which comparison is waited for.
    private enum Stage: UInt8 {
        case begin
        /// a[high] < a[low], a[middle] < a[low], a[high] < a[middle]
        case ends, middleAndLow, middleAndHigh
        /// a[left] < pivot, pivot < a[right]
        case fromLeft, fromRight
    }

    /// Added to the stage when the next comparison is to be made in the next turn.
    private static let paused: UInt8 = 0x40

    static func step(
        _ stage: UInt8, _ machine: inout Machine, _ call: NativeCall
    ) throws(Raised) -> Continuation {
        let state = call.base + call.count
        if stage == 0 {
            let table = try machine.table(argument: 0, of: call)
            let length = min(machine.length(of: table), Int(Int32.max))
            if machine[argument: 1, of: call].isNil {
                if try machine.sortSimple(table, length) { return .finish(results: 0) }
            } else {
                _ = try machine.function(argument: 1, of: call)
            }
            try machine.reserve(slots: 160, "")
            for _ in 0..<Slot.count { machine.push(.nil) }
            machine[index: state + Slot.low] = 1
            machine[index: state + Slot.high] = length
        }
        var answer: Bool?
        if stage & paused == 0 && stage != 0 {
            machine.top -= 1
            answer = machine[slot: machine.top].isTrue
        }
        return try run(Stage(rawValue: stage & ~paused) ?? .begin, answer: answer, state, &machine, call)
    }

    /// Takes the answer to the last comparison and asks one after the other, until Lua must answer one.
    @inline(__always)
    private static func run(
        _ stage: Stage, answer: Bool?, _ state: Int, _ machine: inout Machine, _ call: NativeCall
    ) throws(Raised) -> Continuation {
        var stage = stage
        var answer = answer
        let table = machine[argument: 0, of: call]
        let comparer = machine[argument: 1, of: call]
        while true {
            if let answer { try take(answer, &stage, state, table, &machine) }
            if machine.budgetLeft <= 0 { return .pause(stage: stage.rawValue | paused) }
            guard let (one, other) = ask(&stage, state, table, &machine) else { return .finish(results: 0) }
            if comparer.isNil, let known = machine.isLessSimply(one, other) {
                machine.budgetLeft &-= 1
                answer = known
                continue
            }
            machine.push(comparer.isNil ? try machine.lessHandler(one, other) : comparer)
            machine.push(one)
            machine.push(other)
            return .call(arguments: 2, results: 1, stage: stage.rawValue)
        }
    }

    /// Reads what is to be compared next; nothing if all is sorted.
    @inline(__always)
    private static func ask(
        _ stage: inout Stage, _ state: Int, _ table: Value, _ machine: inout Machine
    ) -> (Value, Value)? {
        switch stage {
        case .begin:
            while machine[index: state + Slot.low] >= machine[index: state + Slot.high] {
                guard machine.top > state + Slot.count else { return nil }
                machine[index: state + Slot.low] = machine[index: machine.top - 2]
                machine[index: state + Slot.high] = machine[index: machine.top - 1]
                machine.top -= 2
            }
            stage = .ends
            let first = read(Slot.first, machine[index: state + Slot.low], state, table, &machine)
            return (read(Slot.second, machine[index: state + Slot.high], state, table, &machine), first)
        case .ends:
            stage = .middleAndLow
            let low = machine[index: state + Slot.low]
            let middle = (low + machine[index: state + Slot.high]) / 2
            machine[index: state + Slot.left] = middle
            let first = read(Slot.first, middle, state, table, &machine)
            return (first, read(Slot.second, low, state, table, &machine))
        case .middleAndLow:
            stage = .middleAndHigh
            let second = read(Slot.second, machine[index: state + Slot.high], state, table, &machine)
            return (second, machine[slot: state + Slot.first])
        case .middleAndHigh, .fromLeft:
            stage = .fromLeft
            let left = machine[index: state + Slot.left] + 1
            machine[index: state + Slot.left] = left
            return (read(Slot.first, left, state, table, &machine), machine[slot: state + Slot.pivot])
        case .fromRight:
            let right = machine[index: state + Slot.right] - 1
            machine[index: state + Slot.right] = right
            return (machine[slot: state + Slot.pivot], read(Slot.second, right, state, table, &machine))
        }
    }

    /// An element, which is noted as one of the two.
    @inline(__always)
    private static func read(
        _ slot: Int, _ index: Int, _ state: Int, _ table: Value, _ machine: inout Machine
    ) -> Value {
        let value = machine.rawGet(table, index: index)
        machine[slot: state + slot] = value
        return value
    }

    /// What an answer leads to: `stage` is then the comparison that was last decided, from which `ask` goes on.
    @inline(__always)
    private static func take(
        _ answer: Bool, _ stage: inout Stage, _ state: Int, _ table: Value, _ machine: inout Machine
    ) throws(Raised) {
        switch stage {
        case .begin: return
        case .ends:
            let (low, high) = (machine[index: state + Slot.low], machine[index: state + Slot.high])
            if answer { try exchange(low, high, state, table, &machine) }
            if high - low == 1 { finish(&stage, state, &machine) }
        case .middleAndLow:
            if answer {
                let (left, low) = (machine[index: state + Slot.left], machine[index: state + Slot.low])
                try exchange(left, low, state, table, &machine)
                try choosePivot(&stage, state, table, &machine)
            }
        case .middleAndHigh:
            if answer {
                let (left, high) = (machine[index: state + Slot.left], machine[index: state + Slot.high])
                try exchange(left, high, state, table, &machine)
            }
            try choosePivot(&stage, state, table, &machine)
        case .fromLeft:
            if !answer {
                stage = .fromRight
            } else if machine[index: state + Slot.left] > machine[index: state + Slot.high] {
                throw machine.error("invalid order function for sorting")
            }
        case .fromRight:
            let right = machine[index: state + Slot.right]
            if answer {
                if right < machine[index: state + Slot.low] {
                    throw machine.error("invalid order function for sorting")
                }
            } else if right < machine[index: state + Slot.left] {
                try divide(&stage, state, table, &machine)
            } else {
                try exchange(machine[index: state + Slot.left], right, state, table, &machine)
                stage = .fromLeft
            }
        }
    }

    /// The two elements that were last read go where the other was, the second one first.
    @inline(never)
    private static func exchange(
        _ index: Int, _ other: Int, _ state: Int, _ table: Value, _ machine: inout Machine
    ) throws(Raised) {
        try machine.rawSet(table, index: index, machine[slot: state + Slot.second])
        try machine.rawSet(table, index: other, machine[slot: state + Slot.first])
    }

    private static func finish(_ stage: inout Stage, _ state: Int, _ machine: inout Machine) {
        stage = .begin
        machine[index: state + Slot.low] = machine[index: state + Slot.high]
    }

    /// The median of three goes next to the upper end.
    @inline(never)
    private static func choosePivot(
        _ stage: inout Stage, _ state: Int, _ table: Value, _ machine: inout Machine
    ) throws(Raised) {
        let (low, high) = (machine[index: state + Slot.low], machine[index: state + Slot.high])
        if high - low == 2 { return finish(&stage, state, &machine) }
        let middle = machine[index: state + Slot.left]
        let pivot = machine.rawGet(table, index: middle)
        try machine.rawSet(table, index: middle, machine.rawGet(table, index: high - 1))
        try machine.rawSet(table, index: high - 1, pivot)
        machine[slot: state + Slot.pivot] = pivot
        machine[index: state + Slot.left] = low
        machine[index: state + Slot.right] = high - 1
        stage = .fromLeft
    }

    /// The pivot goes to its place; the smaller side is sorted first, the larger one waits.
    @inline(never)
    private static func divide(
        _ stage: inout Stage, _ state: Int, _ table: Value, _ machine: inout Machine
    ) throws(Raised) {
        let (low, high) = (machine[index: state + Slot.low], machine[index: state + Slot.high])
        let left = machine[index: state + Slot.left]
        let pivot = machine.rawGet(table, index: high - 1)
        try machine.rawSet(table, index: high - 1, machine.rawGet(table, index: left))
        try machine.rawSet(table, index: left, pivot)
        let isLowerFirst = left - low < high - left
        let later = isLowerFirst ? (left + 1, high) : (low, left - 1)
        machine.push(.nil)
        machine.push(.nil)
        machine[index: machine.top - 2] = later.0
        machine[index: machine.top - 1] = later.1
        (machine[index: state + Slot.low], machine[index: state + Slot.high]) =
            isLowerFirst ? (low, left - 1) : (left + 1, high)
        stage = .begin
    }
}

extension Machine {
    /// `one < other`, if no metamethod is needed.
    @inline(__always)
    fileprivate mutating func isLessSimply(_ one: Value, _ other: Value) -> Bool? {
        if one.isNumber, other.isNumber { return one.number < other.number }
        if one.isString, other.isString { return heap.compare(one, other) < 0 }
        return nil
    }

    /// The metamethod that compares the two.
    fileprivate mutating func lessHandler(_ one: Value, _ other: Value) throws(Raised) -> Value {
        guard let handler = commonMetamethod(.less, one, other) else { throw comparisonError(one, other) }
        return handler
    }

    /// Sorts what needs no Lua: only numbers or only strings. Equal ones cannot be told apart, so any way of sorting
    /// gives what 5.1's gives. False: something else is among them, or they are too many for one turn, and nothing was
    /// changed.
    fileprivate mutating func sortSimple(_ table: Value, _ length: Int) throws(Raised) -> Bool {
        guard length > 1 else { return true }
        guard length <= 1 << 20 else { return false }
        var numbers = 0
        var strings = 0
        var bytes = 0
        for index in 1...length {
            let value = rawGet(table, index: index)
            if value.isString {
                strings += 1
                bytes += heap.stringLength(value)
            } else if value.isNumber, !value.number.isNaN, value.number != 0 || value.number.sign == .plus {
                numbers += 1
            } else {
                return false
            }
        }
        guard numbers == length || strings == length && length <= 1 << 16 && bytes <= 1 << 24 else { return false }
        try spend(length << 2)
        if numbers == length {
            var row: [Double] = []
            row.reserveCapacity(length)
            for index in 1...length { row.append(rawGet(table, index: index).number) }
            row.sort()
            for index in 1...length { try rawSet(table, index: index, Value(unboxed: row[index - 1])) }
        } else {
            var row: [Value] = []
            row.reserveCapacity(length)
            for index in 1...length { row.append(rawGet(table, index: index)) }
            row.sort { heap.compare($0, $1) < 0 }
            for index in 1...length { try rawSet(table, index: index, row[index - 1]) }
        }
        return true
    }
}
