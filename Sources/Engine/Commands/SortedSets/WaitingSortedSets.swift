// What the sorted set commands share that look for the first of several sets, or wait for one.

extension CommandContext {
    /// Pops from the first sorted set that there is; false if there is none.
    mutating func popFirstScores(
        of arguments: Arguments, _ pop: MultiplePop, _ reply: inout ReplyWriter
    ) throws(CommandError) -> Bool {
        for index in pop.keys {
            let key = arguments.key(index)
            let popped = try keyspace.update(
                key, as: SortedSetValue.self, ifMissing: .leave, event: pop.isSecondEnd ? .zpopmax : .zpopmin
            ) { set in
                let count = min(pop.count, set.count)
                reply.array(2)
                reply.bulk(key.bytes)
                reply.array(count)
                set.pop(count, backwards: pop.isSecondEnd, nested: true, &reply)
                return count
            }
            guard let popped else { continue }
            propagate(3) { log in
                log.append(word: pop.isSecondEnd ? "ZPOPMAX" : "ZPOPMIN")
                log.append(word: key.bytes)
                log.append(word: Int64(popped))
            }
            return true
        }
        return false
    }

    /// BZPOPMIN and BZPOPMAX: one member of the first set that there is, with the set's name, or a wait for one.
    mutating func popScoreWaiting(
        _ arguments: Arguments, backwards: Bool, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let deadline = try arguments.waitDeadline(arguments.count - 1, from: now)
        let keys = 1..<arguments.count - 1
        for index in keys {
            let key = arguments.key(index)
            let popped = try keyspace.update(
                key, as: SortedSetValue.self, ifMissing: .leave, event: backwards ? .zpopmax : .zpopmin
            ) { set in
                reply.array(3)
                reply.bulk(key.bytes)
                set.pop(1, backwards: backwards, nested: false, &reply)
                return 1
            }
            guard popped != nil else { continue }
            return propagate(2) { log in
                log.append(word: backwards ? "ZPOPMAX" : "ZPOPMIN")
                log.append(word: key.bytes)
            }
        }
        wait(for: keys, of: arguments, kind: .sortedSet, until: deadline, &reply)
    }
}
