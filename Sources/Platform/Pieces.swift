// Pieces of memory to be sent together, without copying them into one.
// Ownership rule: whoever adds a piece keeps it where it is until the list is cleared.

import Glibc

/// A short list of byte ranges for one `send`.
@safe public struct Pieces: ~Copyable {
    public static let most = 64

    private let list: UnsafeMutablePointer<iovec>
    public private(set) var count = 0
    public private(set) var byteCount = 0

    public init() { unsafe list = .allocate(capacity: Pieces.most) }

    deinit { unsafe list.deallocate() }

    public var isFull: Bool { count == Pieces.most }

    /// Adds a piece; the caller vouches that it stays where it is until `clear`.
    @unsafe public mutating func append(_ start: UnsafeRawPointer, _ size: Int) {
        precondition(count < Pieces.most)
        unsafe (list + count).initialize(to: iovec(iov_base: UnsafeMutableRawPointer(mutating: start), iov_len: size))
        count += 1
        byteCount += size
    }

    public mutating func clear() {
        count = 0
        byteCount = 0
    }

    /// The piece at `index`.
    @_lifetime(borrow self)
    public func piece(at index: Int) -> RawSpan {
        precondition(index >= 0 && index < count)
        let piece = unsafe list[index]
        return unsafe _overrideLifetime(
            RawSpan(_unsafeStart: piece.iov_base, byteCount: piece.iov_len), borrowing: self)
    }

    /// For the system call.
    var vector: UnsafePointer<iovec> { unsafe UnsafePointer(list) }
}
