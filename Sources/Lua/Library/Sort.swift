// table.sort: quicksort that compares the same elements in the same order as 5.1 does, for a comparer can see it, and
// an inconsistent one gets the same result or error. It can stop at each comparison, to let Lua answer it.
//
// Slots behind the arguments: the numbers and values of `SortState`, then the ranges that are still to be sorted.

/// Where the sort of one range stands.
private struct SortState {
    /// The range, and the indices that run towards each other.
    var low: Int, high: Int, left: Int, right: Int
    var pivot: Value
    /// The two elements that were last read.
    var first: Value, second: Value

    static let slots = 7

    init(low: Int, high: Int) {
        (self.low, self.high, left, right) = (low, high, 0, 0)
        (pivot, first, second) = (.nil, .nil, .nil)
    }

    init(from state: Int, _ machine: borrowing Machine) {
        low = machine.number(slot: state)
        high = machine.number(slot: state + 1)
        left = machine.number(slot: state + 2)
        right = machine.number(slot: state + 3)
        pivot = machine[slot: state + 4]
        first = machine[slot: state + 5]
        second = machine[slot: state + 6]
    }

    func save(to state: Int, _ machine: inout Machine) {
        machine[slot: state] = Value(Double(low))
        machine[slot: state + 1] = Value(Double(high))
        machine[slot: state + 2] = Value(Double(left))
        machine[slot: state + 3] = Value(Double(right))
        machine[slot: state + 4] = pivot
        machine[slot: state + 5] = first
        machine[slot: state + 6] = second
    }
}

/// `table.sort`, as a function that stops for each comparison that is a call.
enum Sorting {
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
            for _ in 0..<SortState.slots { machine.push(.nil) }
            return try run(.begin, SortState(low: 1, high: length), state, &machine, call)
        }
        if stage & paused != 0 {
            let sort = SortState(from: state, machine)
            return try run(Stage(rawValue: stage & ~paused) ?? .begin, sort, state, &machine, call)
        }
        let answer = machine[slot: machine.top - 1].isTrue
        machine.top -= 1
        var sort = SortState(from: state, machine)
        var next = Stage(rawValue: stage) ?? .begin
        try take(answer, &next, &sort, &machine, call)
        return try run(next, sort, state, &machine, call)
    }

    /// Asks one comparison after the other, until Lua must answer one.
    private static func run(
        _ stage: Stage, _ sort: consuming SortState, _ state: Int, _ machine: inout Machine, _ call: NativeCall
    ) throws(Raised) -> Continuation {
        var stage = stage
        let comparer = machine[argument: 1, of: call]
        let table = machine[argument: 0, of: call]
        while true {
            if machine.budgetLeft <= 0 {
                sort.save(to: state, &machine)
                return .pause(stage: stage.rawValue | paused)
            }
            let one: Value
            let other: Value
            switch stage {
            case .begin:
                if sort.low >= sort.high {
                    guard machine.top > state + SortState.slots else { return .finish(results: 0) }
                    sort.low = machine.number(slot: machine.top - 2)
                    sort.high = machine.number(slot: machine.top - 1)
                    machine.top -= 2
                    continue
                }
                stage = .ends
                sort.first = machine.rawGet(table, index: sort.low)
                sort.second = machine.rawGet(table, index: sort.high)
                (one, other) = (sort.second, sort.first)
            case .ends:
                stage = .middleAndLow
                sort.left = (sort.low + sort.high) / 2
                sort.first = machine.rawGet(table, index: sort.left)
                sort.second = machine.rawGet(table, index: sort.low)
                (one, other) = (sort.first, sort.second)
            case .middleAndLow:
                stage = .middleAndHigh
                sort.second = machine.rawGet(table, index: sort.high)
                (one, other) = (sort.second, sort.first)
            case .middleAndHigh, .fromLeft:
                stage = .fromLeft
                sort.left += 1
                sort.first = machine.rawGet(table, index: sort.left)
                (one, other) = (sort.first, sort.pivot)
            case .fromRight:
                sort.right -= 1
                sort.second = machine.rawGet(table, index: sort.right)
                (one, other) = (sort.pivot, sort.second)
            }
            if comparer.isNil, let answer = machine.isLessSimply(one, other) {
                machine.budgetLeft &-= 1
                try take(answer, &stage, &sort, &machine, call)
                continue
            }
            sort.save(to: state, &machine)
            let function = comparer.isNil ? try machine.lessHandler(one, other) : comparer
            machine.push(function)
            machine.push(one)
            machine.push(other)
            return .call(arguments: 2, results: 1, stage: stage.rawValue)
        }
    }

    /// What an answer leads to: `stage` is then the comparison that was last decided, from which `run` goes on.
    private static func take(
        _ answer: Bool, _ stage: inout Stage, _ sort: inout SortState, _ machine: inout Machine, _ call: NativeCall
    ) throws(Raised) {
        let table = machine[argument: 0, of: call]
        switch stage {
        case .begin: return
        case .ends:
            if answer { try machine.exchange(table, sort.low, sort.second, sort.high, sort.first) }
            if sort.high - sort.low == 1 { finish(&stage, &sort) }
        case .middleAndLow:
            if answer {
                try machine.exchange(table, sort.left, sort.second, sort.low, sort.first)
                try choosePivot(&stage, &sort, &machine, table)
            }
        case .middleAndHigh:
            if answer { try machine.exchange(table, sort.left, sort.second, sort.high, sort.first) }
            try choosePivot(&stage, &sort, &machine, table)
        case .fromLeft:
            if answer {
                if sort.left > sort.high { throw machine.error("invalid order function for sorting") }
            } else {
                stage = .fromRight
            }
        case .fromRight:
            if answer {
                if sort.right < sort.low { throw machine.error("invalid order function for sorting") }
            } else if sort.right < sort.left {
                try divide(&stage, &sort, &machine, table)
            } else {
                try machine.exchange(table, sort.left, sort.second, sort.right, sort.first)
                stage = .fromLeft
            }
        }
    }

    private static func finish(_ stage: inout Stage, _ sort: inout SortState) {
        stage = .begin
        sort.low = sort.high
    }

    /// The median of three goes next to the upper end.
    private static func choosePivot(
        _ stage: inout Stage, _ sort: inout SortState, _ machine: inout Machine, _ table: Value
    ) throws(Raised) {
        if sort.high - sort.low == 2 { return finish(&stage, &sort) }
        sort.pivot = machine.rawGet(table, index: sort.left)
        let last = machine.rawGet(table, index: sort.high - 1)
        try machine.exchange(table, sort.left, last, sort.high - 1, sort.pivot)
        sort.left = sort.low
        sort.right = sort.high - 1
        stage = .fromLeft
    }

    /// The pivot goes to its place; the smaller side is sorted first, the larger one waits.
    private static func divide(
        _ stage: inout Stage, _ sort: inout SortState, _ machine: inout Machine, _ table: Value
    ) throws(Raised) {
        let pivot = machine.rawGet(table, index: sort.high - 1)
        let middle = machine.rawGet(table, index: sort.left)
        try machine.exchange(table, sort.high - 1, middle, sort.left, pivot)
        let lower = (sort.low, sort.left - 1)
        let upper = (sort.left + 1, sort.high)
        let isLowerFirst = sort.left - sort.low < sort.high - sort.left
        let later = isLowerFirst ? upper : lower
        machine.push(Value(Double(later.0)))
        machine.push(Value(Double(later.1)))
        (sort.low, sort.high) = isLowerFirst ? lower : upper
        stage = .begin
    }
}

extension Machine {
    fileprivate mutating func exchange(
        _ table: Value, _ index: Int, _ value: Value, _ otherIndex: Int, _ otherValue: Value
    ) throws(Raised) {
        try rawSet(table, index: index, value)
        try rawSet(table, index: otherIndex, otherValue)
    }

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
