// What HEXPIRE and its kin, HTTL and its kin, HGETEX and HSETEX do: give fields of a hash a deadline, tell it, and
// say to the log which fields end when.

extension CommandContext {
    // MARK: Telling

    /// Answers something about the deadline of each field: -2 without a field, -1 without a deadline.
    mutating func answerFieldDeadlines(
        _ arguments: Arguments, _ reply: inout ReplyWriter, _ answer: (Int64) -> Int64
    ) throws(CommandError) {
        let hash = try keyspace.value(at: arguments.key(1), as: HashValue.self)
        let fields = try arguments.fields()
        reply.array(fields.count)
        guard let hash else {
            for _ in fields { reply.integer(-2) }
            return
        }
        for index in fields {
            switch hash.deadline(of: arguments[index]) {
            case nil: reply.integer(-2)
            case 0: reply.integer(-1)
            case let moment?: reply.integer(Int(answer(moment)))
            }
        }
    }

    // MARK: Changing

    /// Answers one of the HEXPIRE commands: the number counts units from `start` on.
    mutating func expireFields(
        _ arguments: Arguments, _ unit: Deadline.Unit, from start: Int64, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let key = arguments.key(1)
        try requireHash(key)
        let moment = try Deadline.ofFields(arguments.integer(2), unit, from: start)
        let request = try fieldRequest(arguments)
        let condition = Options<DeadlineCondition>(given: request.given, start: 3)
        removeDueFields(arguments, request.words)
        let isPast = moment <= keyspace.horizon, isLogged = keyspace.feed.isLogged
        var names = CommandLog(), touched = TouchedFields(keyspace.feed)
        reply.array(request.words.count)
        let changes = try keyspace.update(
            key, as: HashValue.self, ifMissing: .leave, event: isPast ? .hdel : .hexpire
        ) { (hash) throws(CommandError) in
            var changes = 0
            for index in request.words {
                guard let old = hash.deadline(of: arguments[index]) else {
                    reply.integer(-2)
                    continue
                }
                guard condition.allow(moment, insteadOf: old == 0 ? .never : .at(old)) else {
                    reply.integer(0)
                    continue
                }
                if isPast { _ = hash.remove(arguments[index]) } else { hash.end(arguments[index], at: moment) }
                reply.integer(isPast ? 2 : 1)
                changes &+= 1
                touched.append(index)
                if isLogged { names.append(word: arguments[index]) }
            }
            return changes
        }
        guard let changes else {
            for _ in request.words { reply.integer(-2) }
            return
        }
        guard changes > 0 else { return }
        nameFields(arguments, touched.indices, of: isPast ? .hdel : .hexpire)
        if isPast { return propagateRemoval(ofFields: names, count: changes, of: key) }
        let conditionWord = DeadlineCondition.word(of: request.given)
        propagate(changes + (conditionWord == nil ? 5 : 6)) { log in
            log.append(word: "HPEXPIREAT")
            log.append(word: key.bytes)
            log.append(word: moment)
            if let conditionWord { log.append(word: conditionWord) }
            log.append(word: "FIELDS")
            log.append(word: Int64(changes))
            log.append(wordsOf: names)
        }
    }

    /// Lets these fields end at `moment`, at once if it has passed; those that are none are passed over. The log hears
    /// of the end alone.
    mutating func endFields(
        _ arguments: Arguments, _ words: Range<Int>, at moment: Int64
    ) throws(CommandError) {
        let key = arguments.key(1)
        let isPast = moment <= keyspace.horizon
        var touched = TouchedFields(keyspace.feed)
        let changes = try keyspace.update(
            key, as: HashValue.self, ifMissing: .leave, event: isPast ? .hdel : .hexpire
        ) { (hash) throws(CommandError) in
            var changes = 0
            for index in words {
                let isThere = isPast ? hash.remove(arguments[index]) : hash.end(arguments[index], at: moment)
                if isThere {
                    changes &+= 1
                    touched.append(index)
                }
            }
            return changes
        }
        guard let changes, changes > 0 else { return }
        nameFields(arguments, touched.indices, of: isPast ? .hdel : .hexpire)
        var names = CommandLog()
        if keyspace.feed.isLogged { for index in words { names.append(word: arguments[index]) } }
        if isPast { return propagateRemoval(ofFields: names, count: words.count, of: key) }
        propagate(words.count + 5) { log in
            log.append(word: "HPEXPIREAT")
            log.append(word: key.bytes)
            log.append(word: moment)
            log.append(word: "FIELDS")
            log.append(word: Int64(words.count))
            log.append(wordsOf: names)
        }
    }

    /// The log receives the removal of these fields instead of the running command.
    mutating func propagateRemoval(ofFields names: borrowing CommandLog, count: Int, of key: Key) {
        propagate(count + 2) { log in
            log.append(word: "HDEL")
            log.append(word: key.bytes)
            log.append(wordsOf: names)
        }
    }
}

extension HashValue {
    /// Lets `field` end at `moment`; false if there is no such field. A log that is repeated may name the beginning of
    /// time, which elsewhere stands for no end.
    @_lifetime(self: copy self)
    @discardableResult mutating func end(_ field: Bytes, at moment: Int64) -> Bool {
        setDeadline(of: field, to: max(1, moment))
    }
}

extension DeadlineCondition {
    /// The choice of the HEXPIRE commands.
    static var ofFields: Argument {
        .oneOf("condition", [.nx, .xx, .gt, .lt].map { (condition: Self) in .token(condition) })
    }

    /// The word of the one condition that is given.
    fileprivate static func word(of given: UInt32) -> StaticString? {
        switch given {
        case DeadlineCondition.nx.bit: "NX"
        case DeadlineCondition.xx.bit: "XX"
        case DeadlineCondition.gt.bit: "GT"
        case DeadlineCondition.lt.bit: "LT"
        default: nil
        }
    }
}
