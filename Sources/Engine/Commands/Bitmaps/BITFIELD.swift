// BITFIELD key [GET encoding offset | [OVERFLOW WRAP | SAT | FAIL] <SET encoding offset value | INCRBY encoding offset
// increment> …]

enum BITFIELD: Command {
    static let declaration = Declaration(
        "bitfield", .bitmap, since: "3.2.0", complexity: "O(1) for each subcommand specified",
        summary: "Performs arbitrary bitfield integer operations on strings.",
        flags: [.write, .denyOOM], propagates: .verbatim,
        grammar: [
            .key(
                "key", [.readWrite, .accesses, .updates, .variable],
                note: "This command allows both access and modification of the key"),
            .oneOf(
                "operation",
                [
                    getBlock,
                    .block(
                        "write",
                        [
                            .oneOf("overflow-block", [.word("WRAP"), .word("SAT"), .word("FAIL")]).announced(
                                by: "OVERFLOW"),
                            .oneOf(
                                "write-operation",
                                [
                                    .block("set-block", [.string("encoding"), .integer("offset"), .integer("value")])
                                        .announced(by: "SET"),
                                    .block(
                                        "incrby-block",
                                        [.string("encoding"), .integer("offset"), .integer("increment")]
                                    )
                                    .announced(by: "INCRBY"),
                                ]
                            ).required,
                        ]),
                ]
            ).repeated,
        ])

    /// Reads one field.
    static let getBlock = Argument.block("get-block", [.string("encoding"), .integer("offset")]).announced(by: "GET")

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let steps = try arguments.bitFieldSteps(longest: context.settings.maxBulkLength)
        guard let lastByte = steps.filter(\.writes).map(\.lastByte).max() else {
            return try context.answer(steps, at: arguments.key(1), &reply)
        }
        reply.array(steps.count)
        try context.keyspace.editString(arguments.key(1), event: .setbit) { string throws(CommandError) in
            let grows = string.count <= lastByte
            string.grow(to: lastByte + 1)
            // Where the string has grown, every step that writes has changed it.
            var changes = 0
            for step in steps where step.run(on: &string, &reply, hasGrown: grows) { changes += 1 }
            return grows ? max(1, changes) : changes
        }
    }
}

extension BitFieldStep {
    fileprivate var writes: Bool {
        if case .get = action { false } else { true }
    }

    /// Answers, and says whether the string is another one now.
    @_lifetime(string: copy string)
    fileprivate func run(on string: inout StringEditor, _ reply: inout ReplyWriter, hasGrown: Bool) -> Bool {
        let old = type.number(string.bytes.bits(at: offset, width: type.width))
        let new: Int64?
        switch action {
        case .get:
            reply.integer(Int(old))
            return false
        case .set(let value): new = type.sum(value, 0, overflow, isSet: true)
        case .add(let amount): new = type.sum(old, amount, overflow, isSet: false)
        }
        guard let new else {
            reply.null()
            return false
        }
        if case .set = action { reply.integer(Int(old)) } else { reply.integer(Int(new)) }
        string.setBits(UInt64(bitPattern: new), at: offset, width: type.width)
        return hasGrown || old != new
    }
}

extension Arguments {
    /// The steps of a call, each with the overflow rule that stands before it.
    func bitFieldSteps(longest: Int) throws(CommandError) -> [BitFieldStep] {
        var steps: [BitFieldStep] = []
        var overflow = BitFieldOverflow.wrap
        var index = 2
        while index < count {
            let name = FoldedName(self[index]), rest = count - index - 1
            if name == FoldedName("overflow"), rest >= 1 {
                overflow = try bitFieldOverflow(index + 1)
                index += 2
                continue
            }
            let isGet = name == FoldedName("get"), isSet = name == FoldedName("set"),
                isAdd = name == FoldedName("incrby")
            guard isGet && rest >= 2 || (isSet || isAdd) && rest >= 3 else { throw .syntax }
            let type = try BitFieldType(self[index + 1])
            let offset = try bitOffset(index + 2, width: type.width, longest: longest)
            let value = isGet ? 0 : try integer(index + 3)
            steps.append(
                BitFieldStep(
                    type: type, offset: offset, action: isGet ? .get : isSet ? .set(value) : .add(value),
                    overflow: overflow))
            index += isGet ? 3 : 4
        }
        return steps
    }

    private func bitFieldOverflow(_ index: Int) throws(CommandError) -> BitFieldOverflow {
        let name = FoldedName(self[index])
        if name == FoldedName("wrap") { return .wrap }
        if name == FoldedName("sat") { return .saturate }
        if name == FoldedName("fail") { return .fail }
        throw .because("ERR Invalid OVERFLOW type specified")
    }
}

extension CommandContext {
    /// Answers a call that only reads.
    mutating func answer(_ steps: [BitFieldStep], at key: Key, _ reply: inout ReplyWriter) throws(CommandError) {
        reply.array(steps.count)
        if let value = try keyspace.string(at: key) {
            value.withBytes { text in
                for step in steps {
                    reply.integer(Int(step.type.number(text.bits(at: step.offset, width: step.type.width))))
                }
            }
        } else {
            for _ in steps { reply.integer(0) }
        }
    }
}
