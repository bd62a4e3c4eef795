// All keys of a database, shown in parts between which anything may happen to them: the way of KEYS in a large one.
// Like a scan it goes through places in hash order, but by whole shards, and without a cursor that clients could see.

/// How far a walk through all keys of a database has come.
struct KeyWalk {
    private let database: Int
    private var place: UInt64 = 0
    private(set) var isOver = false

    fileprivate init(database: Int) { self.database = database }

    /// Shows the keys of the next stretch and says how many entries that took.
    fileprivate mutating func advance(
        _ databases: borrowing DatabaseList, _ hash: KeyHash, _ body: (Entry) -> Void
    ) -> Int {
        // The database may have been emptied meanwhile, and what it held is another one's then.
        guard let index = databases.index(ofIdentity: database) else {
            isOver = true
            return 0
        }
        var visited = 0
        let next = databases[index].shards.walk(from: place, hash) { entry in
            visited += 1
            body(entry)
        }
        if let next { place = next } else { isOver = true }
        return visited
    }
}

extension Keyspace {
    /// A walk through the selected database. A key that is there from the first part to the last is shown once.
    var keyWalk: KeyWalk { KeyWalk(database: databases.current.identity) }

    /// A walk through the database of this number.
    func keyWalk(of index: Int) -> KeyWalk { KeyWalk(database: databases[index].identity) }

    /// Shows the keys of the next stretch with about what they occupy, as MEMORY USAGE has it.
    func measure(_ walk: inout KeyWalk, _ body: (_ key: Bytes, _ bytes: Int) -> Void) -> Int {
        walk.advance(databases, hash) { entry in
            if !entry.hasDeadline || entry.deadline >= horizon { body(entry.key, estimatedMemory(of: entry)) }
        }
    }

    /// Shows the keys of the next stretch, those excepted whose time has come, and says how many entries there were.
    func advance(_ walk: inout KeyWalk, _ body: (_ key: Bytes) -> Void) -> Int {
        walk.advance(databases, hash) { entry in
            if !isOver(entry) { body(entry.key) }
        }
    }
}
