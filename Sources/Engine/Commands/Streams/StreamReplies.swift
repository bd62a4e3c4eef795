// Entries of streams as replies.

extension ReplyWriter {
    /// The number of an entry, and its fields with their values.
    @inline(__always) mutating func entry(_ cursor: inout StreamCursor) {
        array(2)
        bulk(cursor.id)
        array(cursor.fieldCount &* 2)
        cursor.forEachField { field, value in
            bulk(field)
            bulk(value)
        }
    }

    /// The same with how long ago the entry was delivered, and how often.
    mutating func entry(_ cursor: inout StreamCursor, idle: Int64, deliveries: Int64) {
        array(4)
        bulk(cursor.id)
        array(cursor.fieldCount &* 2)
        cursor.forEachField { field, value in
            bulk(field)
            bulk(value)
        }
        integer(Int(idle))
        integer(Int(deliveries))
    }

    /// The entry of this number; false, and nothing is written, if there is none.
    mutating func entry(_ id: StreamID, of stream: StreamValue) -> Bool {
        var cursor = stream.cursor(from: id, through: id)
        guard cursor.next() else { return false }
        entry(&cursor)
        return true
    }

    /// Entries as an array, at most `limit` unless that is 0.
    mutating func entries(_ cursor: inout StreamCursor, limit: Int64) {
        let place = beginCollection()
        var count: Int64 = 0
        while cursor.next() {
            entry(&cursor)
            count &+= 1
            if count == limit { break }
        }
        endArray(place, Int(count))
    }

    /// An integer, or null if it is not known.
    mutating func integer(ifKnown value: Int64?) {
        if let value { integer(Int(value)) } else { null() }
    }
}
