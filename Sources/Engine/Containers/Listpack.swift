// Redis's listpack as bytes that may come from anywhere: checked once, then read without fear; and written anew.
//
//     0…3  bytes in all   4…5  elements (65535: to be counted)   6…  element, its size backwards; …   last: FF
//
// An element has the code of `PackedElement`; behind it stands its size in groups of 7 bits, to be read from the right.
// Whoever reads outside bytes begins with `Listpack(checking:)`, which looks at every byte that others rely on and
// never traps. Then `element(at:)`, `next` and `previous` walk by position, or `forEach` does. Elements need not be in
// their shortest form. Whoever writes appends elements to a `ListpackWriter` and takes its `contents`.
// Ownership rule: a view of bytes that somebody else owns.

/// A view of a whole listpack that has been checked.
@safe struct Listpack: ~Escapable {
    static let headerSize = 6
    /// A listpack without elements.
    static let smallestSize = 7
    static let terminator: UInt8 = 0xFF
    /// What the count says when there are too many elements for it.
    static let countUnknown = 65_535

    let bytes: Bytes
    /// How many elements there are, counted when they were checked.
    let count: Int

    /// Nil if anything about the bytes is not as it must be.
    @_lifetime(copy bytes)
    init?(checking bytes: Bytes) {
        guard bytes.count >= Listpack.smallestSize, bytes.halfWord(at: 0) == UInt64(bytes.count),
            bytes[bytes.count - 1] == Listpack.terminator
        else { return nil }
        var position = Listpack.headerSize, found = 0
        let end = bytes.count - 1
        while position < end {
            guard let next = Listpack.checkedNext(bytes, position) else { return nil }
            position = next
            found += 1
        }
        let announced = Int(bytes[4]) | Int(bytes[5]) << 8
        guard position == end, announced == Listpack.countUnknown || announced == found else { return nil }
        self.bytes = bytes
        count = found
    }

    // MARK: Positions

    /// The position of the first element; `end` if there is none.
    var first: Int { Listpack.headerSize }
    /// The position behind the last element.
    var end: Int { bytes.count &- 1 }

    /// The position behind the element at `position`, which must be one.
    func next(_ position: Int) -> Int {
        precondition(position >= first && position < end)
        return unsafe Listpack.next(bytes.start, position)
    }

    /// The element at `position`, which must be one.
    @_lifetime(copy self)
    func element(at position: Int) -> StringValue {
        precondition(position >= first && position < end)
        return unsafe _overrideLifetime(PackedElement.value(at: bytes.start + position), copying: self)
    }

    /// Shows all elements in order.
    func forEach(_ body: (StringValue) -> Void) {
        var position = first
        while position < end {
            body(element(at: position))
            position = next(position)
        }
    }
}

extension Listpack {
    /// The position behind an element of a listpack that has been checked.
    @inline(__always) static func next(_ start: UnsafeRawPointer, _ position: Int) -> Int {
        let size = unsafe PackedElement.size(at: start + position)
        return position &+ size &+ tailSize(size)
    }

    /// The position of the element that ends at `position` in a listpack that has been checked; not the first one.
    @inline(__always) static func previous(_ start: UnsafeRawPointer, _ position: Int) -> Int {
        var byte = unsafe Int(start.load(fromByteOffset: position &- 1, as: UInt8.self))
        var size = byte & 0x7F, taken = 1
        while _slowPath(byte & 0x80 != 0 && taken < 5) {
            taken &+= 1
            byte = unsafe Int(start.load(fromByteOffset: position &- taken, as: UInt8.self))
            size |= (byte & 0x7F) &<< (7 &* (taken &- 1))
        }
        return position &- taken &- size
    }

    /// How many bytes the size behind an element takes. The bounds are those of Redis, which are odd.
    @inline(__always) static func tailSize(_ size: Int) -> Int {
        if _fastPath(size <= 127) { return 1 }
        return size < 16_383 ? 2 : size < 2_097_151 ? 3 : size < 268_435_455 ? 4 : 5
    }

    /// Writes the size of an element behind it.
    @inline(__always) static func writeTail(of size: Int, to place: UnsafeMutableRawPointer) {
        let tail = tailSize(size)
        var rest = size, offset = tail
        while offset > 0 {
            offset &-= 1
            // The last byte has the lowest bits; the bit above them says that there are more before it.
            unsafe place.storeBytes(
                of: UInt8(truncatingIfNeeded: rest & 0x7F | (offset > 0 ? 0x80 : 0)), toByteOffset: offset,
                as: UInt8.self)
            rest &>>= 7
        }
    }

    /// The position behind the element at `position`, or nil if that is none, or does not end before the terminator.
    private static func checkedNext(_ bytes: Bytes, _ position: Int) -> Int? {
        let end = bytes.count - 1, room = end - position, tag = bytes[position]
        // How many bytes tell the size: all of them must be there.
        let head = tag < 0xE0 ? 1 : tag < 0xF0 ? 2 : tag == 0xF0 ? 5 : 1
        guard tag <= 0xF4, head <= room else { return nil }
        let size = unsafe PackedElement.size(at: bytes.start + position)
        let tail = tailSize(size)
        guard size <= room, tail <= room - size else { return nil }
        var found = 0
        for index in 0..<tail {
            let byte = bytes[position + size + index]
            guard (byte & 0x80 != 0) == (index > 0) else { return nil }
            found = found << 7 | Int(byte & 0x7F)
        }
        return found == size ? position + size + tail : nil
    }
}

/// A listpack that is being written, element by element, each in its shortest form.
@safe struct ListpackWriter: ~Copyable {
    private var buffer = Buffer()
    private(set) var count = 0

    init() {
        for _ in 0..<Listpack.headerSize { buffer.append(byte: 0) }
        finish()
    }

    /// The whole listpack as it is now.
    var contents: Bytes {
        @_lifetime(borrow self) get { buffer.contents }
    }

    mutating func append(_ bytes: Bytes) { append(PackedElement(bytes)) }
    mutating func append(_ integer: Int64) { append(PackedElement(integer)) }
    mutating func append(_ value: StringValue) { append(PackedElement(value)) }

    private mutating func append(_ element: PackedElement) {
        let size = element.size, tail = Listpack.tailSize(size)
        buffer.truncate(to: buffer.count - 1)
        buffer.reserve(size + tail + 1)
        unsafe element.write(to: buffer.end)
        unsafe Listpack.writeTail(of: size, to: buffer.end + size)
        buffer.advance(size + tail)
        count += 1
        finish()
    }

    /// The terminator, and a header that is true. Listpacks end below 4 GiB; who writes more gets no true header.
    private mutating func finish() {
        buffer.append(byte: Listpack.terminator)
        var size = buffer.count
        let announced = min(count, Listpack.countUnknown)
        for index in 0..<4 {
            buffer[index] = UInt8(truncatingIfNeeded: size)
            size >>= 8
        }
        buffer[4] = UInt8(truncatingIfNeeded: announced)
        buffer[5] = UInt8(truncatingIfNeeded: announced >> 8)
    }
}
