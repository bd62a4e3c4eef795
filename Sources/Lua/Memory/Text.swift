// Views of bytes, and a buffer that grows: what strings are read and made with.

import Platform

/// Bytes that lie somewhere: of a string, a literal, a builder.
@safe struct Text: ~Escapable {
    private let start: UnsafeRawPointer
    let count: Int

    /// The caller vouches for the lifetime.
    @_lifetime(immortal)
    @inline(__always) init(unsafeStart start: UnsafeRawPointer, count: Int) {
        unsafe self.start = start
        self.count = count
    }

    @_lifetime(immortal)
    @inline(__always) init(_ literal: StaticString) {
        unsafe self.init(unsafeStart: literal.utf8Start, count: literal.utf8CodeUnitCount)
    }

    @inline(__always) subscript(index: Int) -> UInt8 {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
        return unsafe start.load(fromByteOffset: index, as: UInt8.self)
    }

    @_lifetime(copy self)
    @inline(__always) func slice(_ from: Int, _ length: Int) -> Text {
        precondition(from >= 0 && length >= 0 && length <= count - from)
        return unsafe _overrideLifetime(Text(unsafeStart: start + from, count: length), copying: self)
    }

    @inline(__always) func withPointer(_ body: (UnsafeRawPointer) -> Void) { unsafe body(start) }

    /// The bytes, copied.
    var array: [UInt8] { (0..<count).map { self[$0] } }
    /// The bytes as text; what is not UTF-8 is replaced. For messages, not for data.
    var string: String { String(decoding: array, as: UTF8.self) }
}

/// Bytes that grow up to a limit. What does not fit is left out, and `isOverrun` says so: so building needs no error on
/// the way, only at the end (`Machine.makeString`).
struct ByteBuilder: ~Copyable {
    private(set) var bytes: [UInt8] = []
    private(set) var isOverrun = false
    let limit: Int

    init(limit: Int) { self.limit = limit }

    var count: Int { bytes.count }

    @inline(__always) mutating func append(_ byte: UInt8) {
        if bytes.count < limit { bytes.append(byte) } else { isOverrun = true }
    }
    mutating func append(_ text: Text) {
        guard text.count <= limit - bytes.count else { isOverrun = true; return }
        for index in 0..<text.count { bytes.append(text[index]) }
    }
    mutating func append(_ literal: StaticString) { append(Text(literal)) }
    mutating func append(_ some: [UInt8]) {
        guard some.count <= limit - bytes.count else { isOverrun = true; return }
        bytes.append(contentsOf: some)
    }
    mutating func append(text: String) { for byte in text.utf8 { append(byte) } }
}
