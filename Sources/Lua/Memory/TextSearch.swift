// What is done with many bytes at once, by the C library's words: copies, comparisons and searches.

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
}
