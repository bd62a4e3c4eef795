// The data of modules in snapshots. No module runs here; but each part says what it is, so that it can be passed over.

/// What a module's data consist of: each part says what it is.
enum ModuleCode {
    static let end: UInt64 = 0, signed: UInt64 = 1, unsigned: UInt64 = 2
    static let float: UInt64 = 3, double: UInt64 = 4, string: UInt64 = 5

    /// Over the parts, and the mark of their end.
    static func skip(from source: inout PayloadReader) throws(PayloadError) {
        var text = Buffer()
        while true {
            switch try source.length() {
            case end: return
            case signed, unsigned: _ = try source.length()
            case float: _ = try source.number(size: 4)
            case double: _ = try source.number(size: 8)
            case string: _ = try source.string(&text).count
            default: throw .damaged("a module's data have a part of an unknown kind")
            }
        }
    }
}
