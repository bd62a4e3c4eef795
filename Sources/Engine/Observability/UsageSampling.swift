// One command that is looked at: its keys, what it took and gave, and whether it found what it asked for.

internal import Platform

/// How things stand before a command that is looked at.
struct UsageMark {
    let hits: Int, misses: Int
    let ticks: UInt64
    let replySize: Int
    let calls: Int

    init(_ context: borrowing CommandContext, _ row: Reference<CommandRow>, _ reply: borrowing ReplyWriter) {
        (hits, misses) = (context.keyspace.hits, context.keyspace.misses)
        ticks = context.timingStart
        replySize = reply.count
        calls = row.value.statistics.calls
    }
}

/// What a call amounts to.
struct UsageOfCall {
    let nanoseconds: UInt64
    let bytes: UInt64
    let hits: Int, misses: Int
    let keys: Int
}

extension CommandContext {
    /// A command has ended that is looked at. The next one is chosen among those of the batch from `next` on, or, with
    /// nil, among those that come in no batch.
    @inline(never) mutating func noteUsage(
        _ row: Reference<CommandRow>, _ arguments: Arguments, since mark: UsageMark, _ reply: borrowing ReplyWriter,
        nextFrom next: Int?
    ) {
        usage.endSessionIfOver(at: now)
        let isSketched = usage.takeTurn(nextFrom: next)
        // What is refused or queued is no call.
        guard row.value.statistics.calls != mark.calls else { return }
        // A call that waits has not ended; what a script calls is the script's, and that is still to come.
        guard attention.isDisjoint(with: .isUnanswered), !isInScript, row.value.keys.count > 0 else { return }
        var count = 0
        row.value.keys.forEachKey(of: arguments) { _ in count += 1 }
        guard count > 0 else { return }
        let call = UsageOfCall(
            nanoseconds: observation.nanoseconds(timingStart &- mark.ticks),
            bytes: UInt64(arguments.size + reply.size(since: mark.replySize)),
            hits: max(0, keyspace.hits &- mark.hits), misses: max(0, keyspace.misses &- mark.misses), keys: count)
        if isSketched { sketch(row, arguments, call) }
        if usage.hasActiveSession { noteInSession(row, arguments, call) }
    }

    /// Of a call with many keys a few stand for all.
    private mutating func sketch(_ row: Reference<CommandRow>, _ arguments: Arguments, _ call: UsageOfCall) {
        let step = (call.keys + 15) / 16
        let weight = usage.sampling * step
        // What is shared among keys is rounded by chance, so that nothing is lost in the long run.
        let shift = step > 1 ? usage.chance(below: step) : 0
        let rounding = call.keys > 1 ? usage.chance(below: call.keys) : 0
        let hits = (call.hits * weight + rounding) / call.keys
        let misses = (call.misses * weight + call.keys - 1 - rounding) / call.keys
        let calls = UInt64(weight)
        let bytes = call.bytes &* calls / UInt64(call.keys), time = call.nanoseconds &* calls / UInt64(call.keys)
        let hash = keyspace.hash, database = Int32(truncatingIfNeeded: keyspace.selected)
        var ordinal = shift
        usage.note { sketch in
            row.value.keys.forEachKey(of: arguments) { index in
                defer { ordinal += 1 }
                guard step == 1 || ordinal % step == 0 else { return }
                let key = arguments.key(index)
                let identity = (key.hash != 0 ? key.hash : hash(key.bytes)) &+ UInt64(database) &* 0x9E37_79B9_7F4A_7C15
                sketch.byCalls.add(identity, (calls, bytes, time), tag: database, name: key.bytes)
                sketch.byBytes.add(identity, (bytes, calls, time), tag: database, name: key.bytes)
                sketch.byTime.add(identity, (time, calls, bytes), tag: database, name: key.bytes)
                let prefixes = KeyPrefixes(of: key.bytes)
                let short = key.bytes.prefix(prefixes.short)
                sketch.shortPrefixes.add(hash(short), (calls, UInt64(hits), UInt64(misses)), name: short)
                guard let length = prefixes.long else { return }
                let long = key.bytes.prefix(length)
                sketch.longPrefixes.add(hash(long), (calls, UInt64(hits), UInt64(misses)), name: long)
            }
        }
    }

    /// Every key gets its share of the call.
    private mutating func noteInSession(
        _ row: Reference<CommandRow>, _ arguments: Arguments, _ call: UsageOfCall
    ) {
        guard usage.countInSession(call) else { return }
        let time = call.nanoseconds / UInt64(call.keys), bytes = call.bytes / UInt64(call.keys)
        let hash = keyspace.hash
        row.value.keys.forEachKey(of: arguments) { index in
            let key = arguments.key(index)
            usage.addToSession(key.hash != 0 ? key.hash : hash(key.bytes), key.bytes, time: time, bytes: bytes)
        }
    }
}

extension SharedArray<KeySpecification> {
    /// Shows where the keys of a call are.
    fileprivate func forEachKey(of arguments: Arguments, _ body: (Int) -> Void) {
        for index in 0..<count where !self[index].use.contains(.notAKey) {
            _ = self[index].forEachKey(arguments.count, arguments) { place, _ in body(place) }
        }
    }
}

extension Arguments {
    /// How many bytes the request has as clients send it.
    fileprivate var size: Int {
        var size = 3 + count.digits
        for index in 0..<count { size &+= 5 &+ self[index].count &+ self[index].count.digits }
        return size
    }
}

extension Int {
    /// How many decimal digits it has.
    fileprivate var digits: Int {
        var bound = 10, digits = 1
        while self >= bound, digits < 18 { (bound, digits) = (bound &* 10, digits &+ 1) }
        return digits
    }
}
