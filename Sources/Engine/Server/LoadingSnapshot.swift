// Loads a snapshot into the keyspace, in steps, and says in the log what Redis says. What is damaged ends the load: the
// caller ends the process, since what has been loaded until then is not what was saved.

internal import Platform

/// A snapshot on its way into the keyspace.
struct RDBLoader: ~Copyable {
    /// How a step ended.
    enum Progress {
        case more, complete
        /// The file is none that can be loaded, or has a library that cannot be: no key of it has been.
        case refused
        /// The file is damaged; the keyspace has a part of it.
        case damaged
    }

    /// What is special about the load.
    struct Options {
        /// What follows the snapshot expects all of its keys and fields, also those that have
        /// ended.
        var keepsEndedKeys = false
        /// Keys that are there already are replaced; else they are an error.
        var replaces = false
        /// The stream of changes goes on where it was when the snapshot was taken.
        var resumesStream = false
    }

    let path: String
    private let options: Options
    private var reader: RDBReader
    private var database = 0
    private var batch = LoadingBatch()
    private let delay: KeyDelay
    private let now: Int64
    private(set) var emptyKeys = 0
    /// So many keys have been announced, in all databases.
    private var expectedKeys = 0

    /// Opens the file; nil, and a line in the log, if it is no snapshot, `isMissing` if there is none.
    static func open(
        _ path: String, _ options: Options, _ context: inout CommandContext, isMissing: inout Bool
    ) -> RDBLoader? {
        isMissing = false
        let window: FileWindow
        do throws(DiskError) {
            window = try FileWindow(path, disk: context.host.disk, sums: context.settings.checksumsSnapshots)
        } catch {
            isMissing = error.isMissing
            if !isMissing {
                context.log.warning("Fatal error: can't open the RDB file \(path) for reading: \(error.reason)")
            }
            return nil
        }
        context.loading.totalBytes = window.size
        do throws(RDBFailure) {
            let reader = try RDBReader.begin(
                window, heap: context.keyspace.heap, now: options.keepsEndedKeys ? .min : context.now)
            return RDBLoader(path: path, options, reader, context)
        } catch {
            _ = RDBLoader.report(error, path, offset: 0, &context)
            return nil
        }
    }

    private init(
        path: String, _ options: Options, _ reader: consuming RDBReader, _ context: borrowing CommandContext
    ) {
        self.path = path
        self.options = options
        self.reader = reader
        now = context.now
        delay = KeyDelay(microseconds: context.settings.keyLoadDelay)
    }

    /// Where in the file reading goes on; at the end, what follows the snapshot.
    var offset: Int { reader.offset }

    mutating func close() { reader.close() }

    /// Loads what comes before `limit`, a place in the file, and a little more.
    mutating func step(_ context: inout CommandContext, through limit: Int) -> Progress {
        context.keyspace.select(database)
        var progress = Progress.more
        do throws(RDBFailure) {
            while reader.offset < limit {
                progress = try load(try reader.next(through: limit), &context)
                guard case .more = progress else { break }
                if batch.isFull, !putIn(&context) { return .damaged }
            }
        } catch {
            _ = putIn(&context)
            return RDBLoader.report(error, path, offset: reader.offset, &context)
        }
        return putIn(&context) ? progress : .damaged
    }

    /// The keys that have been read become those of the database; false if one was there already.
    private mutating func putIn(_ context: inout CommandContext) -> Bool {
        guard let key = context.keyspace.finish(&batch, replacing: options.replaces) else { return true }
        context.log.warning("RDB has duplicated key '\(String(decoding: key, as: UTF8.self))' in DB \(database)")
        context.log.warning("Duplicated key found in RDB file \(path)")
        return false
    }

    private mutating func load(_ item: RDBItem, _ context: inout CommandContext) throws(RDBFailure) -> Progress {
        switch item {
        case .key(let value): load(value, &context)
        case .emptyKey:
            emptyKeys += 1
            if emptyKeys <= 10 { context.log.notice("rdbLoadObject skipping empty key: \(reader.key.text)") }
            reader.endKey()
        case .database(let number):
            guard let index = Int(exactly: number), index < context.keyspace.databaseCount else {
                context.log.warning(
                    "FATAL: Data file was created with a Redis server configured to handle more than "
                        + "\(context.keyspace.databaseCount) databases. Exiting")
                return .damaged
            }
            guard putIn(&context) else { return .damaged }
            database = index
            context.keyspace.select(index)
        case .field:
            context.note(fieldNamed: reader.key, reader.text)
            if options.resumesStream { context.resumeStreamIfKnown() }
        case .function:
            do throws(CommandError) {
                _ = try context.loadLibrary(
                    reader.text, replacing: options.replaces, timeout: CommandContext.savedLibraryTimeoutMilliseconds)
            } catch {
                context.log.warning("Failed loading library, \(context.composedError.dropFirst(4))")
                return .refused
            }
        case .module(let name):
            context.log.warning(
                "The RDB file contains AUX module data I can't load: no matching module '\(name)'. They are left out.")
        case .size(let keys, _): expect(keys, &context)
        case .moduleKey, .unfinished: break
        case .end(let checksum): return end(checksum, &context)
        }
        return .more
    }

    /// The selected database is to have so many keys, as far as the rest of the file can hold them: each takes a type,
    /// a length and a value.
    private mutating func expect(_ keys: UInt64, _ context: inout CommandContext) {
        let possible = max(0, reader.remaining / 3 - expectedKeys)
        let expected = min(Int(clamping: keys), possible)
        expectedKeys += expected
        context.keyspace.expect(keys: expected)
    }

    private mutating func load(_ value: LoadedValue, _ context: inout CommandContext) {
        defer {
            reader.endKey()
            delay.wait(after: context.loading.keysLoaded + context.loading.keysExpired)
        }
        if let deadline = reader.deadline, deadline < now, !options.keepsEndedKeys {
            context.loading.keysExpired += 1
            // Who goes on with the stream still has the key.
            if options.resumesStream { context.tellStream(ofRemoved: reader.key, in: database) }
            if case .stored(let stored) = value { context.keyspace.discard(stored) }
            return
        }
        context.loading.keysLoaded += 1
        let mark = accessClock(context.keyspace.clock)
        RDBLoader.put(reader, value, mark, into: &batch, &context.keyspace)
    }

    private static func put(
        _ reader: borrowing RDBReader, _ value: LoadedValue, _ accessClock: UInt16?, into batch: inout LoadingBatch,
        _ keyspace: inout Keyspace
    ) {
        let deadline = reader.deadline
        switch value {
        case .text:
            let content = EntryContent.bytes(reader.text, [])
            keyspace.load(reader.key, content, deadline: deadline, accessClock: accessClock, into: &batch)
        case .stored(let stored):
            let content = EntryContent.word(stored.kind, stored.word)
            keyspace.load(reader.key, content, deadline: deadline, accessClock: accessClock, into: &batch)
        }
    }

    private func accessClock(_ clock: AccessClock) -> UInt16? {
        if clock.countsUses { return reader.frequency.map { clock.mark(frequency: $0) } }
        return reader.idleSeconds.map { clock.mark(idleSeconds: Int64(clamping: $0)) }
    }

    /// The end of the data: what has been read must be what was written.
    private mutating func end(_ checksum: UInt64?, _ context: inout CommandContext) -> Progress {
        context.keyspace.endExpectations()
        let computed = reader.takeChecksum()
        if let checksum, context.settings.checksumsSnapshots, !context.skipsChecksums {
            if checksum == 0 {
                context.log.notice("RDB file was saved with checksum disabled: no check performed.")
            } else if checksum != computed {
                context.log.warning(
                    "Wrong RDB checksum expected: (\(String(computed, radix: 16))) but got "
                        + "(\(String(checksum, radix: 16))). Aborting now.")
                return RDBLoader.report(.damaged("RDB CRC error"), path, offset: offset, &context)
            }
        }
        let skipped = emptyKeys > 0 ? ", empty keys skipped: \(emptyKeys)" : ""
        context.log.notice(
            "Done loading RDB, keys loaded: \(context.loading.keysLoaded), keys expired: "
                + "\(context.loading.keysExpired)\(skipped).")
        return .complete
    }
}

/// A pause after keys that are loaded, for tests.
struct KeyDelay {
    /// Negative for one microsecond after so many keys.
    let microseconds: Int

    @inline(__always) func wait(after count: Int) {
        if _slowPath(microseconds != 0) { pause(count) }
    }

    private func pause(_ count: Int) {
        if microseconds > 0 {
            ProcessUsage.sleep(microseconds: microseconds)
        } else if count % Int(clamping: microseconds.magnitude) == 0 {
            ProcessUsage.sleep(microseconds: 1)
        }
    }
}

extension RDBLoader {
    /// Says why the file cannot be loaded.
    fileprivate static func report(
        _ failure: RDBFailure, _ path: String, offset: Int, _ context: inout CommandContext
    ) -> Progress {
        func describe(_ reason: String) -> String {
            "Internal error in RDB reading offset \(offset), function at \(path) -> \(reason)"
        }
        switch failure {
        case .wrongSignature:
            context.log.warning("Wrong signature trying to load DB from file")
            return .refused
        case .unknownVersion(let version):
            context.log.warning("Can't handle RDB format version \(version)")
            return .refused
        case .short:
            context.log.warning("Short read or OOM loading DB. Unrecoverable error, aborting now.")
            context.log.warning(describe("Unexpected EOF reading RDB file"))
        case .damaged(let reason): context.log.warning(describe(reason))
        case .foreign(let reason): context.log.warning(describe("The RDB file contains what I can't load: \(reason)"))
        case .disk(let error): context.log.warning(describe("\(error.call): \(error.reason)"))
        }
        if context.loading.isFromPrimary { return .damaged }
        context.log.raw(RDBCheck(path, disk: context.host.disk, now: context.now).text)
        context.log.warning("Terminating server after rdb file reading failure.")
        return .damaged
    }
}

extension CommandContext {
    /// A field of the file: some of them are told.
    fileprivate mutating func note(fieldNamed name: Bytes, _ value: Bytes) {
        let text = value.text, now = now
        if name.first == UInt8(ascii: "%") { return log.notice("RDB '\(name.text)': \(text)") }
        switch name.text.lowercased() {
        case "redis-ver", "valkey-ver": log.notice("Loading RDB produced by version \(text)")
        case "ctime":
            let age = max(0, now / 1000 - (Int64(text) ?? 0))
            log.notice("RDB age \(age) seconds")
        case "used-mem":
            let size = Int(text) ?? 0
            loading.usedMemory = size
            log.notice("RDB memory usage when created \((Double(size) / 1_048_576).text(digits: 2)) Mb")
        case "aof-preamble":
            if Int(text) ?? 0 != 0 { log.notice("RDB has an AOF tail") }
        case "aof-base":
            if Int(text) ?? 0 != 0 { log.notice("RDB is base AOF") }
        case "repl-stream-db": loading.stream.database = Int(text)
        case "repl-id": loading.stream.identifier = text
        case "repl-offset": loading.stream.position = Int(text)
        case "redis-bits", "lua": break
        default: log.debug("Unrecognized RDB AUX field: '\(name.text)'")
        }
    }
}
