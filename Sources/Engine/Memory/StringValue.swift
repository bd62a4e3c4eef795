// What a string is, wherever it stands: the value of a key, an element of a list, a member. Integers are kept as such,
// and written as digits.

/// A view of a string.
enum StringValue: ~Escapable {
    case bytes(Bytes)
    case integer(Int64)

    /// The value as an integer, if it is one.
    @inline(__always) var integer: Int64? {
        switch self {
        case .bytes(let bytes): bytes.integer
        case .integer(let integer): integer
        }
    }

    /// How many bytes the value has as text.
    var textCount: Int { withBytes { $0.count } }

    /// Lets `body` read the value as text, whatever it is kept as.
    @inline(__always)
    func withBytes<Result, Failure: Error>(_ body: (Bytes) throws(Failure) -> Result) throws(Failure) -> Result {
        switch self {
        case .bytes(let bytes): return try body(bytes)
        case .integer(let integer):
            var outcome: Swift.Result<Result, Failure>?
            integer.withDecimalText { text in
                do throws(Failure) { outcome = .success(try body(text)) } catch { outcome = .failure(error) }
            }
            guard let outcome else { preconditionFailure("the body has not run") }
            return try outcome.get()
        }
    }
}
