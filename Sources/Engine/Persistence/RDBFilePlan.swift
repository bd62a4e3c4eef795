// What is known of a snapshot's file before the first byte is written.

/// Where a snapshot goes, and how it is written.
struct RDBFilePlan: Sendable {
    var form = SnapshotForm.rdb
    /// What the file is called while it is not complete, and afterwards.
    var temporaryPath: String
    var path: String
    /// Where pieces lie that cannot be written yet.
    var spillPath: String
    /// The directory of all three, whose names are on disk only when it is.
    var directory: String
    /// Stands in the first line. Nothing may be written that this version does not have.
    var version = ObjectWriter.usualVersion
    var compresses = true
    var checksums = true
    /// The file is only passed on: it stays where it is, and need not survive anything.
    var isPassing = false
    /// The file is written through to disk bit by bit.
    var writesBackInSteps = true
    var fields: [Field] = []
    /// The second since 1970 that commands begin with, if they are to be dated.
    var date: Int64?
    /// The code of each library of functions.
    var functions: [Word] = []

    /// Something that is said about the file besides the data.
    struct Field: Sendable {
        let name: String
        let value: String
    }

    /// The fields that Redis 7.2 writes; `stream` are those about the stream of changes.
    static func fields(now: Int64, usedMemory: Int, isAppendOnlyBase: Bool, stream: [Field] = []) -> [Field] {
        [
            Field(name: "redis-ver", value: Build.redisVersion), Field(name: "redis-bits", value: "64"),
            Field(name: "ctime", value: "\(now / 1000)"), Field(name: "used-mem", value: "\(usedMemory)"),
        ] + stream + [Field(name: "aof-base", value: isAppendOnlyBase ? "1" : "0")]
    }
}

extension ObjectWriter {
    /// What comes before the first record.
    mutating func append(headOf plan: RDBFilePlan) {
        let digits = "000\(plan.version)".suffix(4)
        withBytes(of: Array("REDIS\(digits)".utf8)) { append(raw: $0) }
        for field in plan.fields {
            append(opcode: .auxiliary)
            withBytes(of: Array(field.name.utf8)) { append(string: $0) }
            withBytes(of: Array(field.value.utf8)) { append(string: $0) }
        }
        for code in plan.functions {
            append(opcode: .function)
            withBytes(of: code) { append(string: $0) }
        }
    }
}
