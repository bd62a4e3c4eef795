// The door for integers that end: one look at the key gives both its number and its deadline. They are kept in binary,
// in 8 bytes, whatever the number of their digits.

extension Keyspace {
    /// Lets `body` see the integer at `key`, nil if there is none, and say which it is to be from now on, and until
    /// when; nothing happens if it says nil or throws. The event is followed by `expire`.
    @inline(__always)
    mutating func update(
        timed key: Key, event: KeyspaceEvent,
        _ body: (Int64?) throws(CommandError) -> (value: Int64, moment: Int64)?
    ) throws(CommandError) {
        let hash = hash(of: key)
        willChange(key.bytes, hash)
        if let place = find(key.bytes, hash) {
            let entry = place.entry
            guard let old = try StringValue(entry).integer else { throw .notAnInteger }
            guard let (value, moment) = try body(old) else { return }
            if _fastPath(entry.isInteger && entry.hasDeadline && entry.setInteger(value)) {
                noteInteger(old, became: value)
                moveDeadline(place, to: moment)
                touch(place.entry)
            } else {
                rebuild(place, .integer(value), .at(moment))
            }
        } else {
            guard let (value, moment) = try body(nil) else { return }
            insert(make(key.bytes, .integer(value), moment), key.bytes, hash)
        }
        feed.keyChanged(key.bytes, hash, event)
        feed.announce(.expire, key)
    }
}
