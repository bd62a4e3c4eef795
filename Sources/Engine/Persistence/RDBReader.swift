// Reads snapshots of all versions, item by item: keys with their values, and what stands between them. It knows neither
// the keyspace nor the log; whoever asks for the items decides what becomes of them. Large values are read in steps.

internal import Platform

/// Why a snapshot cannot be read on.
enum RDBFailure: Error {
    case wrongSignature
    case unknownVersion(Int)
    /// The file ends too early.
    case short
    /// Something is not as it must be.
    case damaged(String)
    /// Something is there that this server cannot have.
    case foreign(String)
    case disk(DiskError)
}

/// What stands in a snapshot.
enum RDBItem {
    /// A key, which `key` names, with what `deadline`, `idleSeconds` and `frequency` say of it. A short string is in
    /// `text`; blocks of their own are the caller's.
    case key(LoadedValue)
    /// A key whose value has no elements.
    case emptyKey
    /// A key whose value is a module's, which has been skipped. Only where that is asked for.
    case moduleKey
    case database(UInt64)
    case size(keys: UInt64, withDeadline: UInt64)
    /// A field, whose name is in `key` and whose value is in `text`.
    case field
    /// The code of a library of functions, which is in `text`.
    case function
    /// Data of the module of this name, which have been skipped.
    case module(String)
    /// The limit was met within a value.
    case unfinished
    /// The checksum that is written in the file, which is zero for none; nil if the version has none.
    case end(checksum: UInt64?)
}

/// A snapshot that is being read.
struct RDBReader: ~Copyable {
    private(set) var window: FileWindow
    let version: Int
    /// Modules' values are skipped, as far as their form tells where they end.
    let skipsModules: Bool
    private var objects: ObjectReader
    private var growing: GrowingValue?
    /// The key of a record, or the name of a field.
    private var name = Buffer()
    private var fieldValue = Buffer()

    // What is said of the next key before its value.
    private(set) var deadline: Int64?
    private(set) var idleSeconds: UInt64?
    private(set) var frequency: UInt8?
    /// The number of the last type that was read.
    private(set) var typeNumber: UInt8 = 0
    /// What has been begun, to say where it failed.
    private(set) var stage = Stage.type

    enum Stage { case start, type, deadline, key, value, checksum, length, field, module, functions }

    /// At the beginning of the file, which is closed if this fails.
    static func begin(
        _ window: consuming FileWindow, heap: Heap, now: Int64, skipsModules: Bool = false
    ) throws(RDBFailure) -> RDBReader {
        var window = window
        let version: Int, isValkey: Bool
        do throws(RDBFailure) { (version, isValkey) = try readHead(&window) } catch {
            window.close()
            throw error
        }
        let objects = ObjectReader(heap: heap, now: now, isValkey: isValkey)
        return RDBReader(window: window, version: version, skipsModules: skipsModules, objects: objects)
    }

    private init(window: consuming FileWindow, version: Int, skipsModules: Bool, objects: consuming ObjectReader) {
        self.window = window
        self.version = version
        self.skipsModules = skipsModules
        self.objects = objects
    }

    /// The first nine bytes: `REDIS0011`, or `VALKEY080`.
    private static func readHead(_ window: inout FileWindow) throws(RDBFailure) -> (version: Int, isValkey: Bool) {
        do throws(DiskError) { try window.fill(9) } catch { throw .disk(error) }
        let head = window.buffer.contents.prefix(min(9, window.buffer.count)).array
        guard head.count == 9 else { throw .short }
        let isValkey = head.starts(with: Array("VALKEY".utf8))
        guard isValkey || head.starts(with: Array("REDIS".utf8)) else { throw .wrongSignature }
        let digits = head.dropFirst(isValkey ? 6 : 5).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let version = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        guard (1...DumpPayload.newestVersion).contains(version) || version == DumpPayload.valkeyVersion else {
            throw .unknownVersion(version)
        }
        window.used = 9
        return (version, version == DumpPayload.valkeyVersion)
    }

    /// Frees a value that is not complete, and closes the file.
    mutating func close() {
        if var value = growing.take() { value.discard() }
        window.close()
    }

    /// Whether there is a sum of what has been read.
    var sums: Bool { window.sums }

    /// Where in the file reading goes on, and how much of it follows.
    var offset: Int { window.offset }
    var remaining: Int { max(0, window.size - window.offset) }

    var key: Bytes {
        @_lifetime(borrow self) get { name.contents }
    }

    /// A short string, the value of a field, or code.
    var text: Bytes {
        @_lifetime(borrow self) get { isField ? fieldValue.contents : objects.text.contents }
    }
    private var isField = false

    /// What stands next. A value of many elements is left between two of them when more than `limit` bytes of the file
    /// have been read, and gone on with at the next call.
    mutating func next(through limit: Int) throws(RDBFailure) -> RDBItem {
        while true {
            do throws(PayloadError) {
                return try readItem(through: limit)
            } catch {
                switch error {
                case .incomplete(let count):
                    do throws(DiskError) { try window.fill(count) } catch { throw .disk(error) }
                case .short: throw .short
                case .malformed: throw .damaged(damage)
                case .damaged(let reason): throw .damaged("\(reason)")
                case .foreign(let reason): throw .foreign(reason)
                case .empty: return .emptyKey
                }
            }
        }
    }

    private var damage: String {
        guard let type = ObjectType(rawValue: typeNumber) else { return "Unknown RDB encoding type \(typeNumber)" }
        return "\(type.damage)"
    }

    /// Behind the end: the sum of everything before the checksum, over which reading goes on.
    mutating func takeChecksum() -> UInt64 {
        let sum = window.checksum()
        if version >= 5 { window.used += 8 }
        return sum
    }

    /// Forgets what was said of a key, when it has been dealt with.
    mutating func endKey() {
        (deadline, idleSeconds, frequency) = (nil, nil, nil)
    }
}

extension RDBReader {
    // MARK: Items

    private mutating func readItem(through limit: Int) throws(PayloadError) -> RDBItem {
        var buffer = Buffer()
        swap(&buffer, &window.buffer)
        var mark = window.used
        defer {
            window.used = mark
            swap(&buffer, &window.buffer)
        }
        var source = PayloadReader(buffer.contents, following: window.following(buffer.count))
        source.move(to: mark)
        if let value = growing.take() { return try grow(value, from: &source, &mark, through: limit) }
        while true {
            stage = .type
            let code = try source.byte()
            guard let opcode = SnapshotOpcode(rawValue: code) else {
                return try readRecord(code, from: &source, &mark, through: limit)
            }
            let item = try readOpcode(opcode, from: &source)
            mark = source.offset
            // The checksum is not in the sum.
            if case .end(let checksum) = item, checksum != nil { mark -= 8 }
            if let item { return item }
        }
    }

    /// What stands between values; nil if it belongs to the next key, or is nothing to anybody.
    private mutating func readOpcode(
        _ opcode: SnapshotOpcode, from source: inout PayloadReader
    ) throws(PayloadError) -> RDBItem? {
        stage = RDBReader.stage(of: opcode)
        switch opcode {
        case .deadlineSeconds:
            deadline = Int64(Int32(truncatingIfNeeded: try source.number(size: 4))) * 1000
        case .deadlineMilliseconds: deadline = try source.milliseconds()
        case .idle: idleSeconds = try source.length()
        case .frequency: frequency = try source.byte()
        case .database: return .database(try source.length())
        case .size: return .size(keys: try source.length(), withDeadline: try source.length())
        case .slotInfo: _ = (try source.length(), try source.length(), try source.length())
        case .foreign: try skipForeign(from: &source)
        case .auxiliary:
            try RDBReader.copyString(from: &source, to: &name)
            try RDBReader.copyString(from: &source, to: &fieldValue)
            isField = true
            return .field
        case .function:
            try RDBReader.copyString(from: &source, to: &fieldValue)
            isField = true
            return .function
        case .earlyFunction: throw .damaged("Pre-release function format not supported.")
        case .moduleAuxiliary:
            let module = try ObjectReader.moduleName(from: &source)
            guard try source.length() == ModuleCode.unsigned else { throw .damaged("bad when_opcode") }
            _ = try source.length()
            try ModuleCode.skip(from: &source)
            return .module(module)
        case .end:
            guard version >= 5 else { return .end(checksum: nil) }
            return .end(checksum: try source.number(size: 8))
        }
        return nil
    }

    private static func stage(of opcode: SnapshotOpcode) -> Stage {
        switch opcode {
        case .deadlineSeconds, .deadlineMilliseconds: .deadline
        case .database, .size: .length
        case .auxiliary: .field
        case .moduleAuxiliary: .module
        case .function: .functions
        case .end: .checksum
        case .idle, .frequency, .slotInfo, .foreign, .earlyFunction: .type
        }
    }

    /// Valkey: a slot that is on its way from another node. Redis: data of modules about the next key.
    private func skipForeign(from source: inout PayloadReader) throws(PayloadError) {
        guard objects.isValkey else { throw .foreign("metadata that a module keeps with a key") }
        var text = Buffer()
        _ = try source.string(&text).count
        for _ in 0..<(try source.count(leastSize: 2)) { _ = (try source.length(), try source.length()) }
    }

    static func copyString(from source: inout PayloadReader, to copy: inout Buffer) throws(PayloadError) {
        var scratch = Buffer()
        let bytes = try source.string(&scratch)
        copy.truncate(to: 0)
        copy.append(bytes)
    }

    /// A key and its value, behind the number of the type.
    private mutating func readRecord(
        _ number: UInt8, from source: inout PayloadReader, _ mark: inout Int, through limit: Int
    ) throws(PayloadError) -> RDBItem {
        typeNumber = number
        isField = false
        guard let type = ObjectType(rawValue: number) else { throw ObjectReader.unknown(number) }
        stage = .key
        try RDBReader.copyString(from: &source, to: &name)
        stage = .value
        if skipsModules, type == .module {
            _ = try source.length()
            try ModuleCode.skip(from: &source)
            mark = source.offset
            return .moduleKey
        }
        guard type.comesInElements else {
            do throws(PayloadError) {
                let value = try objects.readWhole(type, from: &source)
                mark = source.offset
                return .key(value)
            } catch {
                if case .empty = error { mark = source.offset }
                throw error
            }
        }
        let value = try GrowingValue(type, from: &source, in: objects.heap)
        return try grow(value, from: &source, &mark, through: limit)
    }

    /// Reads on at a value that begins, or has been left; keeps it if it has to be left again.
    private mutating func grow(
        _ value: consuming GrowingValue, from source: inout PayloadReader, _ mark: inout Int, through limit: Int
    ) throws(PayloadError) -> RDBItem {
        var value = value
        let isComplete: Bool
        do throws(PayloadError) {
            isComplete = try value.read(from: &source, through: window.place(of: limit))
        } catch {
            guard case .incomplete = error else {
                value.discard()
                throw error
            }
            mark = value.mark
            growing = consume value
            throw error
        }
        mark = source.offset
        guard isComplete else {
            growing = consume value
            return .unfinished
        }
        return .key(.stored(try value.finish()))
    }
}
