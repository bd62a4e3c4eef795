// What the list commands share that look for the first of several lists, or wait for one.

/// A pop of up to so many elements from the first key that has any: LMPOP, ZMPOP and their waiting forms.
struct MultiplePop {
    let keys: Range<Int>
    /// From the second of the two ends that the command names.
    let isSecondEnd: Bool
    let count: Int
}

/// What may stand behind the end of a `MultiplePop`.
enum PopOption: Int, CommandOption { case count }

extension [Argument] {
    /// From which keys to pop, from which of two ends, and how much, as the grammars have it.
    static func multiplePop(_ first: String, _ second: String) -> [Argument] {
        [
            .integer("numkeys"), .key("key", .readAndDelete).repeated,
            .oneOf("where", [.word(first), .word(second)]).required, .token(PopOption.count, .integer("count")),
        ]
    }
}

extension Arguments {
    /// Reads `numkeys key … <first | second> [COUNT count]`, from the number on.
    func multiplePop(
        _ index: Int, _ first: StaticString, _ second: StaticString
    ) throws(CommandError) -> MultiplePop {
        let end = try index + 1 + keyCount(index)
        guard end < count else { throw .syntax }
        let isSecond = try isSecond(end, of: first, second)
        return MultiplePop(
            keys: index + 1..<end, isSecondEnd: isSecond, count: try popCount(from: end + 1))
    }
}

extension CommandContext {
    /// Pops from the first list that there is; false if there is none.
    mutating func popFirst(
        of arguments: Arguments, _ pop: MultiplePop, _ reply: inout ReplyWriter
    ) throws(CommandError) -> Bool {
        for index in pop.keys {
            let key = arguments.key(index)
            let popped = try keyspace.update(
                key, as: ListValue.self, ifMissing: .leave, event: pop.isSecondEnd ? .rpop : .lpop
            ) { list in
                let count = min(pop.count, list.count)
                reply.array(2)
                reply.bulk(key.bytes)
                list.pop(count, at: pop.isSecondEnd ? .tail : .head, &reply)
                return count
            }
            guard let popped else { continue }
            propagate(3) { log in
                log.append(word: pop.isSecondEnd ? "RPOP" : "LPOP")
                log.append(word: key.bytes)
                log.append(word: Int64(popped))
            }
            return true
        }
        return false
    }

    /// BLPOP and BRPOP: one element of the first list that there is, with the list's name, or a wait for one.
    mutating func popWaiting(
        _ arguments: Arguments, at end: ListValue.End, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let deadline = try arguments.waitDeadline(arguments.count - 1, from: now)
        let keys = 1..<arguments.count - 1
        for index in keys {
            let key = arguments.key(index)
            let popped = try keyspace.update(
                key, as: ListValue.self, ifMissing: .leave, event: end == .head ? .lpop : .rpop
            ) { list in
                reply.array(2)
                reply.bulk(key.bytes)
                list.popOne(at: end, &reply)
                return 1
            }
            guard popped != nil else { continue }
            return propagate(2) { log in
                log.append(word: end == .head ? "LPOP" : "RPOP")
                log.append(word: key.bytes)
            }
        }
        wait(for: keys, of: arguments, kind: .list, until: deadline, &reply)
    }

    /// BLMOVE and BRPOPLPUSH.
    mutating func moveWaiting(
        _ arguments: Arguments, _ source: ListValue.End, _ destination: ListValue.End, timeout: Int,
        _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let deadline = try arguments.waitDeadline(timeout, from: now)
        guard let kind = keyspace.kind(of: arguments.key(1)) else {
            // In a transaction the answer is that of LMOVE.
            if isExecutingTransaction { return reply.null() }
            return wait(for: 1..<2, of: arguments, kind: .list, until: deadline, &reply)
        }
        guard kind == .list else { throw .wrongType }
        try move(from: arguments.key(1), source, to: arguments.key(2), destination, &reply)
        // BRPOPLPUSH has its timeout where BLMOVE has the first end.
        let isOld = timeout == 3
        propagate(isOld ? 3 : 5) { log in
            log.append(word: isOld ? "RPOPLPUSH" : "LMOVE")
            log.append(word: arguments[1])
            log.append(word: arguments[2])
            if isOld { return }
            log.append(word: arguments[3])
            log.append(word: arguments[4])
        }
    }
}
