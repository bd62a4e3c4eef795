// Replies as scripts see them. A reply was written a moment ago by a handler of this server, so it is read without
// doubts and without limits of depth: it nests as handlers nest, not as clients wish.

import Lua

extension ScriptHost {
    /// What a whole reply is to a script.
    @inline(__always) mutating func value(of reply: borrowing ReplyWriter) throws(Raised) -> Value {
        var reader = ReplyReader()
        return try value(&reader, reply)
    }

    private mutating func value(_ reader: inout ReplyReader, _ reply: borrowing ReplyWriter) throws(Raised) -> Value {
        switch reader.mark(reply) {
        case UInt8(ascii: ":"): return Value(Double(reader.number(reply)))
        case UInt8(ascii: "$"):
            let size = reader.number(reply)
            return size < 0 ? .false : try string(size, &reader, reply)
        case UInt8(ascii: "*"):
            let count = reader.number(reply)
            return count < 0 ? .false : try array(count, &reader, reply)
        case UInt8(ascii: "+"):
            let table = try machine.makeTable(fields: 1)
            try machine.rawSet(table, names.ok, try line(&reader, reply))
            return table
        case UInt8(ascii: "-"):
            var text = Buffer()
            text.append(scriptErrorText: reader.line(reply))
            return try makeError(text.contents, isCounted: true)
        case let mark: return try newerValue(mark, &reader, reply)
        }
    }

    /// What only RESP3 has.
    @inline(never)
    private mutating func newerValue(
        _ mark: UInt8, _ reader: inout ReplyReader, _ reply: borrowing ReplyWriter
    ) throws(Raised) -> Value {
        switch mark {
        case UInt8(ascii: "%"): return try map(reader.number(reply), &reader, reply)
        case UInt8(ascii: "~"): return try set(reader.number(reply), &reader, reply)
        case UInt8(ascii: ">"): return try array(reader.number(reply), &reader, reply)
        case UInt8(ascii: "#"): return Value(reader.line(reply).first == UInt8(ascii: "t"))
        case UInt8(ascii: ","):
            let number = reader.line(reply).extendedFloat.map { Double($0) }
            return try wrapped(names.double, Value(number ?? .nan))
        case UInt8(ascii: "("): return try wrapped(names.bigNumber, try line(&reader, reply))
        case UInt8(ascii: "="): return try verbatim(&reader, reply)
        case UInt8(ascii: "|"):
            // What is said about a reply is not shown.
            for _ in 0..<2 &* max(0, reader.number(reply)) { _ = try value(&reader, reply) }
            return try value(&reader, reply)
        default:
            _ = reader.line(reply)
            return .nil
        }
    }

    @inline(__always)
    private mutating func string(
        _ size: Int, _ reader: inout ReplyReader, _ reply: borrowing ReplyWriter
    ) throws(Raised) -> Value {
        if _slowPath(reply.hasAttachments), let index = reader.attachment(reply) {
            defer { reader.skip(2) }
            return try makeString(reply.attachments[index].string.contents)
        }
        return try makeString(reader.bytes(size, reply))
    }

    private mutating func line(_ reader: inout ReplyReader, _ reply: borrowing ReplyWriter) throws(Raised) -> Value {
        try makeString(reader.line(reply))
    }

    private mutating func array(
        _ count: Int, _ reader: inout ReplyReader, _ reply: borrowing ReplyWriter
    ) throws(Raised) -> Value {
        // In RESP3 an element can be nil: then a table that grows has another border than one made for so many.
        let table = try reply.version == .two ? makeArray(count) : machine.makeTable()
        var index = 1
        while index <= count {
            try machine.rawSet(table, index: index, try value(&reader, reply))
            index &+= 1
        }
        return table
    }

    /// A table with the room that one has that grew to so many elements: `#` looks for its border from there.
    @inline(__always) mutating func makeArray(_ count: Int) throws(Raised) -> Value {
        let room = count > 1 ? 1 &<< (Int.bitWidth &- (count &- 1).leadingZeroBitCount) : count
        return try machine.makeTable(elements: room)
    }

    /// A table with one field, whose name says what kind of value it has.
    private mutating func wrapped(_ name: Value, _ value: Value) throws(Raised) -> Value {
        let table = try machine.makeTable(fields: 1)
        try machine.rawSet(table, name, value)
        return table
    }

    private mutating func map(
        _ count: Int, _ reader: inout ReplyReader, _ reply: borrowing ReplyWriter
    ) throws(Raised) -> Value {
        // It grows as in Redis, so that it is walked in the same order.
        let table = try machine.makeTable()
        for _ in 0..<max(0, count) {
            let key = try value(&reader, reply), other = try value(&reader, reply)
            try machine.rawSet(table, key, other)
        }
        return try wrapped(names.map, table)
    }

    private mutating func set(
        _ count: Int, _ reader: inout ReplyReader, _ reply: borrowing ReplyWriter
    ) throws(Raised) -> Value {
        let table = try machine.makeTable()
        for _ in 0..<max(0, count) { try machine.rawSet(table, try value(&reader, reply), .true) }
        return try wrapped(names.set, table)
    }

    private mutating func verbatim(
        _ reader: inout ReplyReader, _ reply: borrowing ReplyWriter
    ) throws(Raised) -> Value {
        let size = reader.number(reply)
        let format = try makeString(reader.start(3, reply))
        reader.skip(4)
        let text = try makeString(reader.bytes(size &- 4, reply))
        let table = try machine.makeTable()
        try machine.rawSet(table, names.string, text)
        try machine.rawSet(table, names.format, format)
        return try wrapped(names.verbatim, table)
    }
}

/// How far a reply has been read.
struct ReplyReader {
    private var offset = 0
    /// The next of the strings that the reply holds instead of copying them.
    private var nextAttachment = 0

    /// What the next value is.
    @inline(__always) mutating func mark(_ reply: borrowing ReplyWriter) -> UInt8 {
        let bytes = reply.pending()
        guard offset < bytes.count else { return 0 }
        defer { offset &+= 1 }
        return bytes[offset]
    }

    /// A whole number and the end of its line.
    @inline(__always) mutating func number(_ reply: borrowing ReplyWriter) -> Int {
        let bytes = reply.pending()
        var index = offset, magnitude = 0
        let isNegative = index < bytes.count && bytes[index] == UInt8(ascii: "-")
        if isNegative { index &+= 1 }
        while index < bytes.count, bytes[index] != 13 {
            magnitude = magnitude &* 10 &+ Int(bytes[index] &- UInt8(ascii: "0"))
            index &+= 1
        }
        offset = index &+ 2
        return isNegative ? 0 &- magnitude : magnitude
    }

    /// The rest of the line.
    @_lifetime(borrow reply)
    mutating func line(_ reply: borrowing ReplyWriter) -> Bytes {
        let rest = reply.pending(since: offset)
        let size = rest.firstIndex(of: 13) ?? rest.count
        offset &+= size &+ 2
        return rest.prefix(size)
    }

    /// So many bytes, and a line end behind them.
    @_lifetime(borrow reply)
    @inline(__always) mutating func bytes(_ size: Int, _ reply: borrowing ReplyWriter) -> Bytes {
        let rest = reply.pending(since: offset)
        offset &+= size &+ 2
        return rest.prefix(min(max(0, size), rest.count))
    }

    /// The next bytes, which are read again.
    @_lifetime(borrow reply)
    func start(_ size: Int, _ reply: borrowing ReplyWriter) -> Bytes {
        let rest = reply.pending(since: offset)
        return rest.prefix(min(size, rest.count))
    }

    mutating func skip(_ size: Int) { offset &+= size }

    /// The string that belongs here, if one does that is not among the bytes.
    mutating func attachment(_ reply: borrowing ReplyWriter) -> Int? {
        guard nextAttachment < reply.attachments.count, reply.attachments[nextAttachment].offset == offset else {
            return nil
        }
        defer { nextAttachment += 1 }
        return nextAttachment
    }
}
