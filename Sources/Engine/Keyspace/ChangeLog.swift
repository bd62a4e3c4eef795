// Changing commands on their way to the append-only file or to replicas, in the order in which they took effect. A
// unit is what one command, one EXEC, or one passing of time did: several commands in one unit are bracketed by MULTI
// and EXEC, so that a reader finds all of them or none. Nothing here knows files, nor which commands there are.

internal import Platform

/// The commands that no file has yet, and for which database the last one was.
struct ChangeLog: ~Copyable {
    private(set) var requests = CommandLog()
    /// The database that a reader of the log has selected; -1 if the next command must say which one it means.
    private var database = -1
    /// Where the running unit begins, in bytes and in commands.
    private var unitStart = 0
    private var commandsBefore = 0
    /// The second that the next unit is to note, if it is another one than the last unit's; 0 for none.
    private var secondToNote: Int64 = 0
    private var lastSecond: Int64 = 0

    /// How much has been logged in all, by all logs of this server, and how much of that is written.
    var position: Int { writtenPosition &+ count }
    private(set) var writtenPosition: Int

    init(position: Int = 0) { writtenPosition = position }

    /// What is logged so far: whole units only, while no command runs.
    @_lifetime(borrow self)
    func contents() -> Bytes { requests.contents() }

    var count: Int { requests.buffer.count }
    var capacity: Int { requests.buffer.capacity }
    var isEmpty: Bool { count == 0 }

    /// A new file begins: its first command must name its database.
    mutating func forgetDatabase() { database = -1 }

    /// From here on units are dated: the next one notes that it is of this second.
    mutating func note(second: Int64) {
        guard second > lastSecond else { return }
        (secondToNote, lastSecond) = (second, second)
        // One comparison of the database tells that there is something to be written first.
        if database >= 0 { database = -2 - database }
    }

    /// The file has the first `written` bytes.
    mutating func removeFirst(_ written: Int) {
        requests.removeFirst(written)
        writtenPosition &+= written
        (unitStart, commandsBefore) = (requests.buffer.count, requests.commandCount)
    }

    func write(to file: DiskFile, of disk: any Disk, at offset: Int) throws(DiskError) {
        try disk.write(file, requests.contents().span, at: offset)
    }

    /// Adds all that is logged to what is kept for replicas.
    func copy(to backlog: inout StreamWindow?) { backlog?.append(requests.contents()) }

    /// The database that a reader has selected; nil if the next command will say.
    var selected: Int? { database >= 0 ? database : database < -1 ? -2 - database : nil }

    // MARK: Writing

    /// A command that concerns no database, between two units.
    mutating func appendAside(_ count: Int, _ write: (inout CommandLog) -> Void) {
        assert(!hasOpenUnit)
        requests.begin(count)
        write(&requests)
        endCommand()
    }

    /// A command that took effect in this database as it stands.
    @inline(__always) mutating func append(_ arguments: Arguments, in index: Int) {
        address(index)
        requests.append(arguments)
    }

    /// A command of `count` words, which `write` gives.
    mutating func append(_ count: Int, in index: Int, _ write: (inout CommandLog) -> Void) {
        address(index)
        requests.begin(count)
        write(&requests)
    }

    /// Whole requests that have been collected elsewhere.
    mutating func append(requestsOf other: borrowing CommandLog, in index: Int) {
        guard !other.isEmpty else { return }
        address(index)
        requests.append(requestsOf: other)
    }

    /// No command has removed a key, but time.
    mutating func appendRemoval(of key: Bytes, in index: Int, by name: StaticString = "DEL") {
        append(2, in: index) { log in
            log.append(word: name)
            log.append(word: key)
        }
    }

    /// What a reader must be told before a command for this database.
    @inline(__always) private mutating func address(_ index: Int) {
        if _slowPath(index != database) { addressNow(index) }
    }

    @inline(never) private mutating func addressNow(_ index: Int) {
        if database < -1 { database = -2 - database }
        if secondToNote != 0, requests.commandCount == commandsBefore {
            requests.append(annotation: secondToNote)
            secondToNote = 0
            unitStart = requests.buffer.count
        }
        if index == database { return }
        requests.append(selection: index)
        database = index
    }

    // MARK: Units

    /// Something has been logged that is no whole unit yet.
    var hasOpenUnit: Bool { requests.commandCount != commandsBefore }

    /// What was logged since the last unit is one.
    @inline(__always) mutating func endUnit() {
        if _slowPath(requests.commandCount &- commandsBefore > 1) {
            requests.bracket(from: unitStart)
        }
        endCommand()
    }

    /// Every command that was logged since the last unit is a unit of its own.
    @inline(__always) mutating func endCommand() {
        (unitStart, commandsBefore) = (requests.buffer.count, requests.commandCount)
    }
}

/// Whom a log of changes may be kept for: the append-only file, and replicas.
struct LogReaders: OptionSet {
    let rawValue: UInt8
    static let file = LogReaders(rawValue: 1)
    static let replicas = LogReaders(rawValue: 2)
}

extension ChangeFeed {
    /// Adds what is logged for replicas to what is kept for them.
    func copyReplicaLog(to backlog: inout StreamWindow?) {
        guard replicaLog != nil else { return }
        replicaLog?.copy(to: &backlog)
    }

    /// The database that the reader of the replicas' log has selected; nil if the next command will say.
    var databaseOfReplicas: Int? {
        switch replicaLog {
        case .some(let log): log.selected
        case .none: nil
        }
    }

    /// How much is logged that is not written yet.
    var logSize: Int {
        switch commandLog {
        case .some(let log): log.count
        case .none: 0
        }
    }

    /// What holding it occupies.
    var logCapacity: Int {
        let replicas =
            switch replicaLog {
            case .some(let log): log.capacity
            case .none: 0
            }
        return switch commandLog {
        case .some(let log): log.capacity + replicas
        case .none: replicas
        }
    }

    /// Something has been logged that is no whole unit yet.
    var hasOpenUnit: Bool {
        let isOpen =
            switch commandLog {
            case .some(let log): log.hasOpenUnit
            case .none: false
            }
        return switch replicaLog {
        case .some(let log): log.hasOpenUnit || isOpen
        case .none: isOpen
        }
    }
}
