// The library `table`, without sort.

/// How far a table.concat is.
struct TableJoin: ~Copyable {
    var builder: ByteBuilder
    /// What is joined next, and last.
    var index: Int
    let last: Int

    /// What was joined.
    consuming func finish() -> ByteBuilder { builder }
}

/// concat, getn, insert, maxn, remove, setn; foreach and foreachi as control functions.
enum TableLibrary {
    enum Function: UInt8, LibraryFunction {
        case concat, getn, insert, maxn, remove, setn
    }

    static func open(_ machine: inout Machine) throws(Raised) {
        let names: [StaticString] = [
            "concat", "foreach", "foreachi", "getn", "maxn", "insert", "remove", "setn", "sort",
        ]
        let table = try machine.makeLibrary("table", fields: 9, names: names)
        try machine.define(Function.self, of: .table, in: table)
        for function in [ControlLibrary.Function.sort, .foreach, .foreachi] { try machine.define(function, in: table) }
    }

    static func call(_ function: UInt8, _ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Int {
        switch Function(rawValue: function) {
        case .concat: return try concatenate(&machine, call)
        case .getn: machine.push(Value(Double(machine.length(of: try machine.table(argument: 0, of: call)))))
        case .insert: return try insert(&machine, call)
        case .maxn: machine.push(try largestIndex(&machine, call))
        case .remove: return try remove(&machine, call)
        case .setn:
            _ = try machine.table(argument: 0, of: call)
            throw machine.error("'setn' is obsolete")
        case nil: return 0
        }
        return 1
    }

    private static func concatenate(_ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Int {
        _ = try machine.text(argument: 1, of: call, default: "")
        let table = try machine.table(argument: 0, of: call)
        let first = try machine.shortInteger(argument: 2, of: call, default: 1)
        let length = machine.length(of: table)
        let last = try machine.shortInteger(argument: 3, of: call, default: length)
        return try goOn(TableJoin(builder: machine.makeBuilder(), index: first, last: last), &machine, call)
    }

    /// Goes on with table.concat.
    static func goOn(
        _ join: consuming TableJoin, _ machine: inout Machine, _ call: NativeCall
    ) throws(Raised) -> Int {
        var join = join
        let separator = try machine.text(argument: 1, of: call, default: "")
        let table = machine[argument: 0, of: call]
        while join.index <= join.last, !join.builder.isOverrun {
            if machine.budgetLeft <= 0 { return machine.suspend(.joining(join)) }
            let value = machine.rawGet(table, index: join.index)
            if value.isString {
                let text = machine.text(of: value)
                join.builder.append(text)
                try machine.spend(1 &+ text.count &>> 6)
            } else if value.isNumber {
                machine.append(number: value.number, to: &join.builder)
                try machine.spend(8)
            } else {
                throw machine.error("invalid value (\(value.typeName)) at index \(join.index) in table for 'concat'")
            }
            if join.index < join.last { join.builder.append(separator) }
            join.index += 1
        }
        machine.push(try machine.makeString(join.finish()))
        return 1
    }

    private static func insert(_ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Int {
        let table = try machine.table(argument: 0, of: call)
        var end = machine.length(of: table) + 1
        switch call.count {
        case 2: try machine.rawSet(table, index: end, machine[argument: 1, of: call])
        case 3:
            let position = try machine.shortInteger(argument: 1, of: call)
            end = max(end, position)
            while end > position {
                if machine.heap.moveElements(of: table.payload, position..<end, by: 1) { break }
                try machine.spend(16)
                try machine.rawSet(table, index: end, machine.rawGet(table, index: end - 1))
                end -= 1
            }
            try machine.rawSet(table, index: position, machine[argument: 2, of: call])
        default: throw machine.error("wrong number of arguments to 'insert'")
        }
        return 0
    }

    private static func remove(_ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Int {
        let table = try machine.table(argument: 0, of: call)
        let end = machine.length(of: table)
        var position = try machine.shortInteger(argument: 1, of: call, default: end)
        guard position >= 1, position <= end else { return 0 }
        machine.push(machine.rawGet(table, index: position))
        while position < end {
            if machine.heap.moveElements(of: table.payload, position + 1..<end + 1, by: -1) { break }
            try machine.spend(16)
            try machine.rawSet(table, index: position, machine.rawGet(table, index: position + 1))
            position += 1
        }
        try machine.rawSet(table, index: end, .nil)
        return 1
    }

    private static func largestIndex(_ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Value {
        let table = try machine.table(argument: 0, of: call)
        var largest = 0.0
        var walk = TableWalk(table)
        while let (key, _) = try walk.next(&machine) {
            if key.isNumber, key.number > largest { largest = key.number }
        }
        return Value(largest)
    }

    /// foreach(table, f): calls f(key, value) until it returns something. The key lies behind the arguments.
    static func forEachPair(
        _ stage: UInt8, _ machine: inout Machine, _ call: NativeCall
    ) throws(Raised) -> Continuation {
        let state = call.base + call.count
        if stage == 0 {
            _ = try machine.table(argument: 0, of: call)
            _ = try machine.function(argument: 1, of: call)
            machine.push(.nil)
        } else if !machine[slot: machine.top - 1].isNil {
            return .finish(results: 1)
        } else {
            machine.top -= 1
        }
        guard let (key, value) = try machine.next(machine[argument: 0, of: call], after: machine[slot: state]) else {
            return .finish(results: 0)
        }
        machine[slot: state] = key
        machine.push(machine[argument: 1, of: call])
        machine.push(key)
        machine.push(value)
        return .call(arguments: 2, results: 1, stage: 1)
    }

    /// foreachi(table, f): calls f(index, value) for 1 to the length until it returns something. Index and length lie
    /// behind the arguments.
    static func forEachElement(
        _ stage: UInt8, _ machine: inout Machine, _ call: NativeCall
    ) throws(Raised) -> Continuation {
        let state = call.base + call.count
        if stage == 0 {
            let length = machine.length(of: try machine.table(argument: 0, of: call))
            _ = try machine.function(argument: 1, of: call)
            machine.push(.nil)
            machine.push(.nil)
            machine[index: state] = 0
            machine[index: state + 1] = length
        } else if !machine[slot: machine.top - 1].isNil {
            return .finish(results: 1)
        } else {
            machine.top -= 1
        }
        let index = machine[index: state] + 1
        guard index <= machine[index: state + 1] else { return .finish(results: 0) }
        machine[index: state] = index
        machine.push(machine[argument: 1, of: call])
        machine.push(Value(Double(index)))
        machine.push(machine.rawGet(machine[argument: 0, of: call], index: index))
        return .call(arguments: 2, results: 1, stage: 1)
    }
}
