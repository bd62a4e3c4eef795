// Reads a snapshot to its end, keeps nothing of it, and says what Redis's own tool says: that it is sound, or where it
// is not. `redis-check-rdb` is this; a check of an append-only file that begins with a snapshot uses it too.

internal import Platform

/// A snapshot that is being checked.
struct RDBCheck: ~Copyable {
    private let path: String
    /// The lines to be shown.
    private(set) var text = ""
    private(set) var isSound = false
    /// Where the snapshot ends, if it is sound.
    private(set) var end = 0
    /// Why the file could not be opened.
    private(set) var unreadable: DiskError?
    /// Bytes of heap that have not been given back.
    private(set) var memoryLeft = 0
    private var keys = 0, withDeadline = 0, ended = 0

    private static let typeNames = [
        "string", "list-linked", "set-hashtable", "zset-v1", "hash-hashtable", "zset-v2", "module-pre-release",
        "module-value", "", "hash-zipmap", "list-ziplist", "set-intset", "zset-ziplist", "hash-ziplist", "quicklist",
        "stream", "hash-listpack", "zset-listpack", "quicklist-v2", "stream-v2", "set-listpack", "stream-v3",
        "hash-hashtable-md-pre-release", "hash-listpack-md-pre-release", "hash-hashtable-md", "hash-listpack-md",
    ]

    /// Checks the file at once.
    init(_ path: String, disk: any Disk, checksums: Bool = true, now: Int64) {
        self.path = path
        say("Checking RDB file \(path)", at: 0)
        let window: FileWindow
        do throws(DiskError) { window = try FileWindow(path, disk: disk, sums: checksums) } catch {
            unreadable = error
            return
        }
        let heap = Heap(seed: 0), before = heap.used
        defer { memoryLeft = heap.used - before }
        do throws(RDBFailure) {
            var reader = try RDBReader.begin(window, heap: heap, now: now, skipsModules: true)
            do throws(RDBFailure) { try read(&reader, heap, now) } catch { describe(error, reader) }
            reader.close()
        } catch {
            describe(error, at: 0, "start", key: nil, type: nil)
        }
        guard isSound else { return }
        say("\\o/ RDB looks OK! \\o/", at: end)
        text += summary
    }

    private mutating func say(_ line: String, at offset: Int) { text += "[offset \(offset)] \(line)\n" }

    private var summary: String {
        "[info] \(keys) keys read\n[info] \(withDeadline) expires\n[info] \(ended) already expired\n"
    }

    private mutating func read(_ reader: inout RDBReader, _ heap: Heap, _ now: Int64) throws(RDBFailure) {
        while true {
            switch try reader.next(through: .max) {
            case .key(let value):
                if case .stored(var stored) = value {
                    var budget = Int.max
                    _ = stored.free(budget: &budget, to: heap)
                }
                count(&reader, now)
            case .emptyKey, .moduleKey: count(&reader, now)
            case .database(let number): say("Selecting DB ID \(number)", at: reader.offset)
            case .field: say("AUX FIELD \(reader.key.text) = '\(reader.text.text)'", at: reader.offset)
            case .module(let name): say("MODULE AUX for: \(name)", at: reader.offset)
            case .size, .function, .unfinished: break
            case .end(let checksum):
                let computed = reader.takeChecksum()
                if let checksum, reader.sums {
                    guard checksum == 0 || checksum == computed else {
                        return fail("RDB CRC error", at: reader.offset, "check-sum", key: nil, type: nil)
                    }
                    let isChecked = checksum != 0
                    say(
                        isChecked
                            ? "Checksum OK" : "RDB file was saved with checksum disabled: no check performed.",
                        at: reader.offset)
                }
                (isSound, end) = (true, reader.offset)
                return
            }
        }
    }

    private mutating func count(_ reader: inout RDBReader, _ now: Int64) {
        keys += 1
        if let deadline = reader.deadline {
            withDeadline += 1
            if deadline < now { ended += 1 }
        }
        reader.endKey()
    }

    // MARK: Failures

    private mutating func describe(_ failure: RDBFailure, _ reader: borrowing RDBReader) {
        let stage =
            switch reader.stage {
            case .start: "start"
            case .type: "read-type"
            case .deadline: "read-expire"
            case .key: "read-key"
            case .value: "read-object-value"
            case .checksum: "check-sum"
            case .length: "read-len"
            case .field: "read-aux"
            case .module: "read-module-aux"
            case .functions: "read-functions"
            }
        let isInValue = reader.stage == .value
        if isInValue { keys += 1 }
        describe(
            failure, at: reader.offset, stage, key: isInValue ? reader.key.text : nil,
            type: isInValue || reader.stage == .key ? reader.typeNumber : nil)
    }

    private mutating func describe(_ failure: RDBFailure, at offset: Int, _ stage: String, key: String?, type: UInt8?) {
        let reason =
            switch failure {
            case .wrongSignature: "Wrong signature trying to load DB from file"
            case .unknownVersion(let version): "Can't handle RDB format version \(version)"
            case .short: "Unexpected EOF reading RDB file"
            case .damaged(let reason), .foreign(let reason):
                "Internal error in RDB reading offset \(offset), function at \(path) -> \(reason)"
            case .disk(let error): "\(error.call): \(error.reason)"
            }
        fail(reason, at: offset, stage, key: key, type: type)
    }

    private mutating func fail(_ reason: String, at offset: Int, _ stage: String, key: String?, type: UInt8?) {
        text += "--- RDB ERROR DETECTED ---\n"
        say(reason, at: offset)
        text += "[additional info] While doing: \(stage)\n"
        if let key { text += "[additional info] Reading key '\(key)'\n" }
        if let type {
            let name = Int(type) < RDBCheck.typeNames.count ? RDBCheck.typeNames[Int(type)] : "unknown"
            text += "[additional info] Reading type \(type) (\(name))\n"
        }
        text += summary
    }
}

extension RDBCheck {
    /// The program that is started under the name `redis-check-rdb`; returns its exit code.
    static func run(_ arguments: [String], _ host: SystemHost) -> Int32 {
        guard arguments.count == 2 else {
            host.print("Usage: \(arguments.first ?? "") <rdb-file-name>\n", toErrors: true)
            return 1
        }
        if arguments[1] == "-v" || arguments[1] == "--version" {
            host.print("redis-check-rdb \(Build.redisVersion)\n", toErrors: false)
            return 0
        }
        let check = RDBCheck(arguments[1], disk: host.disk, now: SystemClock().milliseconds)
        host.print(check.text, toErrors: false)
        if let error = check.unreadable {
            host.print("Cannot open file \(arguments[1]): \(error.reason)\n", toErrors: true)
        }
        return check.isSound ? 0 : 1
    }
}
