// What a script answers, as a reply. Tables may contain each other, and themselves: they are walked with a stack of our
// own, which is as deep as Redis's Lua would go, and what comes of them is bounded.

import Lua

/// A table whose elements are being answered.
private struct OpenTable {
    /// What kind of collection it becomes.
    enum Shape { case array, map, set }

    let table: Value
    let shape: Shape
    /// The last index, or key, that was answered.
    var index = 0
    var key = Value.nil
    /// The value of a pair whose key has been answered.
    var pending: Value?

    /// How many slots of its stack Lua would need.
    var cost: Int { shape == .array ? 1 : 3 }
}

/// What one table became.
private enum Answered {
    /// All of it.
    case whole
    case part(OpenTable.Shape, of: Value)
}

extension CommandContext {
    /// So deep tables may nest, and so long their reply may be.
    private static let deepestReply = 7996, longestReply = 512 << 20

    /// Writes a value as the current client is to see it.
    @inline(__always)
    mutating func answer(_ value: Value, of kind: ScriptHost.Kind, _ reply: inout ReplyWriter) {
        if _fastPath(value.isString) { return reply.bulk(scripts[kind].bytes(of: value)) }
        if value.isNumber { return reply.integer(CommandContext.integer(value.number)) }
        answerOther(value, of: kind, &reply)
    }

    /// As a C compiler for this machine would convert it.
    private static func integer(_ number: Double) -> Int { Int(exactly: number.rounded(.towardZero)) ?? Int.min }

    @inline(never)
    private mutating func answerOther(_ value: Value, of kind: ScriptHost.Kind, _ reply: inout ReplyWriter) {
        guard value.isTable else { return answerSmall(value, &reply) }
        let mark = reply.count
        var errors = 0
        guard case .part(let shape, let table) = answer(table: value, kind, &errors, &reply) else {
            return noteFailure(errors)
        }
        var open = [OpenTable(table: table, shape: shape)], depth = open[0].cost
        while var last = open.popLast() {
            guard let next = element(of: &last, kind) else {
                depth -= last.cost
                continue
            }
            open.append(last)
            if depth >= CommandContext.deepestReply {
                reply.error("ERR reached lua stack limit")
                observation.errors.record(Bytes("-ERR "))
                errors += 1
            } else if !next.isTable {
                answer(next, of: kind, &reply)
            } else if case .part(let shape, let table) = answer(table: next, kind, &errors, &reply) {
                open.append(OpenTable(table: table, shape: shape))
                depth += shape == .array ? 1 : 3
            }
            if _slowPath(reply.count &- mark > CommandContext.longestReply) {
                reply.rollBack(to: mark)
                reply.error("ERR the reply of the script is too long")
                observation.errors.record(Bytes("-ERR "))
                return noteFailure(errors + 1)
            }
        }
        noteFailure(errors)
    }

    /// Everything but strings, numbers and tables.
    private mutating func answerSmall(_ value: Value, _ reply: inout ReplyWriter) {
        guard value.isBoolean else { return reply.null() }
        if scripts.run.version == .two {
            if value.boolean { reply.integer(1) } else { reply.null() }
        } else {
            reply.boolean(value.boolean)
        }
    }

    /// The script has answered errors that the statistics did not know yet.
    private mutating func noteFailure(_ errors: Int) {
        if errors > 0 { scripts.run.hasFailed = true }
    }

    /// The next element of a table that is being answered; nil behind the last one.
    private mutating func element(of open: inout OpenTable, _ kind: ScriptHost.Kind) -> Value? {
        if open.shape == .array {
            open.index += 1
            let value = scripts[kind].machine.rawGet(open.table, index: open.index)
            return value.isNil ? nil : value
        }
        if let pending = open.pending {
            open.pending = nil
            return pending
        }
        guard let pair = scripts[kind].machine.following(open.table, open.key) else { return nil }
        open.key = pair.key
        if open.shape == .map { open.pending = pair.value }
        return pair.key
    }

    // MARK: Tables

    /// Answers a table that means one thing, or begins with the collection that it is.
    private mutating func answer(
        table: Value, _ kind: ScriptHost.Kind, _ errors: inout Int, _ reply: inout ReplyWriter
    ) -> Answered {
        let names = scripts[kind].names
        if let text = field(names.err, of: table, kind), text.isString {
            answerError(table, text, kind, &errors, &reply)
            return .whole
        }
        if let text = field(names.ok, of: table, kind), text.isString {
            reply.simple(foreign: scripts[kind].bytes(of: text).upToNUL)
            return .whole
        }
        if let number = field(names.double, of: table, kind), number.isNumber {
            reply.double(number.number)
            return .whole
        }
        if let digits = field(names.bigNumber, of: table, kind), digits.isString {
            reply.bigNumber(foreign: scripts[kind].bytes(of: digits))
            return .whole
        }
        if answerVerbatim(table, kind, &reply) { return .whole }
        if let map = field(names.map, of: table, kind), map.isTable {
            reply.map(pairCount(of: map, kind))
            return .part(.map, of: map)
        }
        if let set = field(names.set, of: table, kind), set.isTable {
            reply.set(pairCount(of: set, kind))
            return .part(.set, of: set)
        }
        var count = 0
        while !scripts[kind].machine.rawGet(table, index: count &+ 1).isNil { count &+= 1 }
        reply.array(count)
        return .part(.array, of: table)
    }

    /// A field without metamethods; nil where there is none.
    private func field(_ name: Value, of table: Value, _ kind: ScriptHost.Kind) -> Value? {
        let value = scripts[kind].machine.rawGet(table, name)
        return value.isNil ? nil : value
    }

    private mutating func pairCount(of table: Value, _ kind: ScriptHost.Kind) -> Int {
        var count = 0, key = Value.nil
        while let pair = scripts[kind].machine.following(table, key) {
            count += 1
            key = pair.key
        }
        return count
    }

    private mutating func answerVerbatim(
        _ table: Value, _ kind: ScriptHost.Kind, _ reply: inout ReplyWriter
    ) -> Bool {
        let names = scripts[kind].names
        guard let parts = field(names.verbatim, of: table, kind), parts.isTable,
            let format = field(names.format, of: parts, kind), format.isString,
            let text = field(names.string, of: parts, kind), text.isString
        else { return false }
        reply.verbatim(scripts[kind].bytes(of: text), format: scripts[kind].bytes(of: format).upToNUL)
        return true
    }

    /// A table with the text of an error.
    private mutating func answerError(
        _ table: Value, _ text: Value, _ kind: ScriptHost.Kind, _ errors: inout Int, _ reply: inout ReplyWriter
    ) {
        let mark = reply.count
        var line = scripts[kind].bytes(of: text).upToNUL
        while line.count > 0, line[line.count - 1] == 10 || line[line.count - 1] == 13 {
            line = line.prefix(line.count - 1)
        }
        reply.error(foreign: line)
        scripts.run.hasFailed = true
        if field(scripts[kind].names.isCounted, of: table, kind)?.isTrue == true { return }
        observation.errors.record(reply.pending(since: mark))
        errors += 1
    }

    // MARK: Errors that end a script

    /// Answers the error that the script has ended with: its text, and where it arose.
    mutating func answerError(of kind: ScriptHost.Kind, _ reply: inout ReplyWriter) {
        let mark = reply.count, raised = scripts[kind].machine.raised
        var line = Buffer(), isCounted = false
        if scripts.run.isKilled {
            line.append("ERR Script killed by user with SCRIPT KILL...")
        } else if raised.isTable {
            isCounted = field(scripts[kind].names.isCounted, of: raised, kind)?.isTrue == true
            let text = field(scripts[kind].names.err, of: raised, kind) ?? .nil
            if !append(text, kind, to: &line) { line.append("ERR unknown error") }
        } else {
            line.append("ERR ")
            if !append(raised, kind, to: &line) {
                line.append(raised.isBoolean ? raised.boolean ? "true" : "false" : raised.typeName)
            }
        }
        if let place = scripts[kind].machine.failedAt {
            line.append(" script: ")
            line.append(array: scripts.run.name.text)
            line.append(", on ")
            if place.chunk.isString { line.append(scripts[kind].bytes(of: place.chunk)) }
            line.append(":")
            // A script that is ended between two instructions may be at none.
            line.append(decimal: Int64(max(1, place.line)))
            line.append(".")
        }
        reply.error(foreign: line.contents)
        scripts.run.hasFailed = true
        if !isCounted { observation.errors.record(reply.pending(since: mark)) }
    }

    /// Appends a string up to its NUL, or a number's text. False if it is neither.
    private mutating func append(_ value: Value, _ kind: ScriptHost.Kind, to line: inout Buffer) -> Bool {
        guard let text = try? scripts[kind].machine.textValue(of: value), text.isString else { return false }
        line.append(scripts[kind].bytes(of: text).upToNUL)
        return true
    }
}

extension Machine {
    /// The pair behind a key, in the table's order.
    fileprivate mutating func following(_ table: Value, _ key: Value) -> (key: Value, value: Value)? {
        (try? next(table, after: key)) ?? nil
    }
}
