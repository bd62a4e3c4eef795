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
/// the way, only at the end (`Machine.makeString`). Before them is room for the arena's header: a large text becomes a
/// string where it lies.
@safe struct ByteBuilder: ~Copyable {
    private var start: UnsafeMutableRawPointer
    private(set) var count = 0
    /// Bytes that it has taken for what it holds; no account knows of them.
    private(set) var capacity = 0
    private(set) var isOverrun = false
    private(set) var limit: Int

    init(limit: Int) {
        unsafe start = UnsafeMutableRawPointer(bitPattern: 16).unsafelyUnwrapped
        self.limit = limit
    }

    deinit { if capacity > 0 { unsafe HeapBlock.deallocate(start - Arena.header) } }

    /// What was built so far; the view ends at the next change.
    var text: Text {
        @_lifetime(borrow self) get {
            unsafe _overrideLifetime(Text(unsafeStart: start, count: count), borrowing: self)
        }
    }

    /// The bytes, copied.
    var bytes: [UInt8] { text.array }

    @inline(__always) mutating func append(_ byte: UInt8) {
        if count == capacity, !grow(1) { return }
        unsafe start.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count &+= 1
    }

    @inline(__always) mutating func append(_ text: borrowing Text) {
        if text.count > capacity &- count, !grow(text.count) { return }
        let end = unsafe start + count
        let length = text.count
        unsafe text.withPointer { (source) in unsafe end.copyMemory(from: source, byteCount: length) }
        count &+= length
    }

    @inline(__always) mutating func append(_ literal: StaticString) { append(Text(literal)) }

    mutating func append(_ some: [UInt8]) {
        if some.count > capacity &- count, !grow(some.count) { return }
        let end = unsafe start + count
        unsafe some.withUnsafeBytes { (source) in
            if let first = source.baseAddress { unsafe end.copyMemory(from: first, byteCount: source.count) }
        }
        count &+= some.count
    }

    mutating func append(text: String) { for byte in text.utf8 { append(byte) } }

    /// The same byte again and again.
    mutating func append(repeating byte: UInt8, count length: Int) {
        guard length > 0 else { return }
        if length > capacity &- count, !grow(length) { return }
        unsafe (start + count).initializeMemory(as: UInt8.self, repeating: byte, count: length)
        count &+= length
    }

    subscript(index: Int) -> UInt8 {
        get {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            return unsafe start.load(fromByteOffset: index, as: UInt8.self)
        }
        set {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            unsafe start.storeBytes(of: newValue, toByteOffset: index, as: UInt8.self)
        }
    }

    /// Forgets all behind the first so many bytes.
    mutating func truncate(to length: Int) { if length >= 0, length < count { count = length } }

    /// Forgets everything, and keeps its block for what is built next.
    mutating func restart(limit: Int) {
        (count, isOverrun) = (0, false)
        self.limit = limit
    }

    /// The block with what was built behind a header, with room for `size` bytes. The caller owns it.
    consuming func release(size: Int) -> UnsafeMutableRawPointer {
        precondition(capacity > 0 && size >= count)
        let block = unsafe HeapBlock.reallocate(start - Arena.header, Arena.header + size)
        discard self
        return unsafe block
    }

    /// Room for so many bytes more, if the limit allows it.
    @inline(never) private mutating func grow(_ extra: Int) -> Bool {
        guard extra <= limit - count else {
            isOverrun = true
            return false
        }
        let larger = min(max(capacity * 2, count + extra, 64), max(limit, count + extra))
        let size = Arena.header + larger
        let block =
            unsafe capacity > 0 ? HeapBlock.reallocate(start - Arena.header, size) : HeapBlock.allocate(size)
        unsafe start = block + Arena.header
        capacity = larger
        return true
    }
}
