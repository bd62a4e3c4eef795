// What is done with many bytes at once, by the C library's functions: comparisons and searches.

import Platform

extension Text {
    /// The same bytes, for functions that take spans.
    var span: RawSpan {
        @_lifetime(copy self) get {
            var start: UnsafeRawPointer?
            unsafe withPointer { unsafe start = $0 }
            guard let start = unsafe start else { return RawSpan() }
            return unsafe _overrideLifetime(RawSpan(_unsafeStart: start, byteCount: count), copying: self)
        }
    }

    /// What stands before the first NUL.
    var upToNUL: Text {
        @_lifetime(copy self) get { slice(0, firstIndex(of: 0, from: 0) ?? count) }
    }

    /// Where a byte is first found at `start` or behind it.
    @inline(__always)
    func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        guard start >= 0, start < count else { return nil }
        var found: Int?
        unsafe withPointer { text in
            unsafe found = MemorySearch.firstIndex(of: byte, in: text + start, count: count - start)
        }
        return found.map { $0 + start }
    }

    func equals(_ other: Text) -> Bool {
        guard count == other.count else { return false }
        var isEqual = false
        unsafe withPointer { mine in
            unsafe other.withPointer { unsafe isEqual = MemorySearch.areEqual(mine, $0, count: count) }
        }
        return isEqual
    }

    /// Where `needle` is first found at `start` or behind it. Linear whatever the texts are.
    func find(_ needle: Text, from start: Int) -> Int? {
        guard start >= 0, start <= count, needle.count <= count - start else { return nil }
        var found: Int?
        unsafe withPointer { text in
            unsafe needle.withPointer { sought in
                unsafe found = MemorySearch.find(sought, needle.count, in: text + start, count - start)
            }
        }
        return found.map { $0 + start }
    }
}
