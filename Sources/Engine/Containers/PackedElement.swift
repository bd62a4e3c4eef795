// One element of a packed list or deque, as bytes. The first byte, the tag, says what follows; it is the code of
// Redis's listpack, so that sizes, and with them the limits of small forms, are those of Redis.
//
//     00…7F  the integer 0…127                      F0  4 bytes of length, a string
//     80…BF  a string of 0…63 bytes                 F1  2 bytes of integer     F2  3 bytes
//     C0…DF  and 1 byte: an integer of 13 bits      F3  4 bytes                F4  8 bytes
//     E0…EF  and 1 byte: 12 bits of length, string
//
// A string that is the decimal form of an integer is always kept as that integer, each in its shortest form: equal
// elements have equal bytes. Ownership rule: nothing here owns memory; addresses come from the list that does.

/// An element ready to be written: tag, up to 8 bytes of integer or length, and the bytes of a string.
@safe struct PackedElement: ~Escapable {
    private let tag: UInt8
    /// What follows the tag: `headSize - 1` bytes, lowest first.
    private let head: UInt64
    private let headSize: Int
    private let payload: Bytes

    @_lifetime(copy payload)
    @inline(__always) private init(tag: UInt8, head: UInt64, headSize: Int, payload: Bytes) {
        self.tag = tag
        self.head = head
        self.headSize = headSize
        self.payload = payload
    }

    @_lifetime(copy bytes)
    @inline(__always) init(_ bytes: Bytes) {
        let count = bytes.count
        if count <= 20, count > 0, bytes[0] <= UInt8(ascii: "9"), let integer = bytes.integer {
            self.init(integer)
        } else if count < 0x40 {
            self.init(tag: 0x80 | UInt8(truncatingIfNeeded: count), head: 0, headSize: 1, payload: bytes)
        } else if count < 0x1000 {
            self.init(
                tag: 0xE0 | UInt8(truncatingIfNeeded: count &>> 8), head: UInt64(count & 0xFF), headSize: 2,
                payload: bytes)
        } else {
            precondition(count <= Int(UInt32.max))
            self.init(tag: 0xF0, head: UInt64(count), headSize: 5, payload: bytes)
        }
    }

    @_lifetime(immortal)
    init(_ integer: Int64) {
        payload = Bytes("")
        if integer >= 0 && integer < 128 {
            (tag, head, headSize) = (UInt8(truncatingIfNeeded: integer), 0, 1)
        } else if integer >= -4096 && integer < 4096 {
            (tag, head, headSize) = (
                0xC0 | UInt8(truncatingIfNeeded: integer &>> 8) & 0x1F, UInt64(truncatingIfNeeded: integer & 0xFF), 2
            )
        } else {
            let bits = 65 &- (integer < 0 ? ~integer : integer).leadingZeroBitCount
            head = UInt64(bitPattern: integer)
            (tag, headSize) = bits <= 16 ? (0xF1, 3) : bits <= 24 ? (0xF2, 4) : bits <= 32 ? (0xF3, 5) : (0xF4, 9)
        }
    }

    /// A score: an integer if it is one, else the 4 or 8 bytes of its floating-point form, never read as text.
    @_lifetime(immortal)
    init(score: Double) {
        if let integer = Int64(exactly: score), integer != 0 || score.sign == .plus {
            self.init(integer)
        } else if case let narrow = Float(score), Double(narrow) == score {
            self.init(tag: 0x84, head: UInt64(narrow.bitPattern), headSize: 5, payload: Bytes(""))
        } else {
            self.init(tag: 0x88, head: score.bitPattern, headSize: 9, payload: Bytes(""))
        }
    }

    /// As it was read from another list.
    @_lifetime(copy value)
    init(_ value: StringValue) {
        switch value {
        case .bytes(let bytes): self.init(bytes)
        case .integer(let integer): self.init(integer)
        }
    }

    /// A string of at most 15 bytes.
    @inline(__always) var isShortText: Bool { tag & 0xF0 == 0x80 }

    /// The same element with a tag from 0x80 on.
    var leading: PackedElement {
        @_lifetime(copy self) @inline(__always) get {
            if _fastPath(tag >= 0x80) { return self }
            return PackedElement(tag: 0xC0, head: UInt64(tag), headSize: 2, payload: payload)
        }
    }

    /// How many bytes the element takes.
    @inline(__always) var size: Int { headSize &+ payload.count }

    /// Writes `size` bytes.
    @inline(__always) func write(to place: UnsafeMutableRawPointer) {
        unsafe place.storeBytes(of: tag, as: UInt8.self)
        var rest = head, offset = 1
        while offset < headSize {
            unsafe place.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: offset, as: UInt8.self)
            rest &>>= 8
            offset &+= 1
        }
        unsafe (place + headSize).copyMemory(from: payload.start, byteCount: payload.count)
    }

    /// The element that begins at `place` is this one.
    @inline(__always) func isEqual(at place: UnsafeRawPointer) -> Bool {
        guard unsafe place.load(as: UInt8.self) == tag else { return false }
        var rest = head, offset = 1
        while offset < headSize {
            guard unsafe place.load(fromByteOffset: offset, as: UInt8.self) == UInt8(truncatingIfNeeded: rest) else {
                return false
            }
            rest &>>= 8
            offset &+= 1
        }
        return unsafe Bytes(unsafeStart: place + headSize, count: payload.count) == payload
    }
}

extension PackedElement {
    /// How many bytes the element at `place` takes. Reads at most 5 bytes.
    @inline(__always) static func size(at place: UnsafeRawPointer) -> Int {
        let tag = unsafe Int(place.load(as: UInt8.self))
        if tag < 0x80 { return 1 }
        if tag < 0xC0 { return 1 &+ (tag & 0x3F) }
        if _fastPath(tag & 0xF0 == 0xE0) { return unsafe 2 &+ mediumCount(at: place, tag) }
        return unsafe longSize(at: place, tag)
    }

    /// 12 bits of length.
    @inline(__always) private static func mediumCount(at place: UnsafeRawPointer, _ tag: Int) -> Int {
        unsafe (tag & 15) &<< 8 &+ Int(place.load(fromByteOffset: 1, as: UInt8.self))
    }

    @inline(never) private static func longSize(at place: UnsafeRawPointer, _ tag: Int) -> Int {
        if tag < 0xE0 { return 2 }
        switch tag {
        case 0xF0: return unsafe 5 &+ Int(place.loadUnaligned(fromByteOffset: 1, as: UInt32.self))
        case 0xF1: return 3
        case 0xF2: return 4
        case 0xF3: return 5
        case 0xF4: return 9
        default: preconditionFailure("a packed element is damaged")
        }
    }

    /// The element at `place`; valid until its list changes.
    @_lifetime(immortal)
    @inline(__always) static func value(at place: UnsafeRawPointer) -> StringValue {
        let tag = unsafe Int(place.load(as: UInt8.self))
        if tag < 0x80 { return .integer(Int64(tag)) }
        if tag < 0xC0 { return unsafe .bytes(Bytes(unsafeStart: place + 1, count: tag & 0x3F)) }
        if _fastPath(tag & 0xF0 == 0xE0) {
            return unsafe .bytes(Bytes(unsafeStart: place + 2, count: mediumCount(at: place, tag)))
        }
        return unsafe longValue(at: place, tag)
    }

    @_lifetime(immortal)
    @inline(never) private static func longValue(at place: UnsafeRawPointer, _ tag: Int) -> StringValue {
        if tag < 0xE0 {
            let word = unsafe (tag & 0x1F) &<< 8 | Int(place.load(fromByteOffset: 1, as: UInt8.self))
            return .integer(Int64((word &<< 51) &>> 51))
        }
        switch tag {
        case 0xF0:
            return unsafe .bytes(
                Bytes(unsafeStart: place + 5, count: Int(place.loadUnaligned(fromByteOffset: 1, as: UInt32.self))))
        case 0xF1: return unsafe .integer(Int64(place.loadUnaligned(fromByteOffset: 1, as: Int16.self)))
        case 0xF2:
            let high = unsafe Int64(place.load(fromByteOffset: 3, as: Int8.self))
            return unsafe .integer(high &<< 16 | Int64(place.loadUnaligned(fromByteOffset: 1, as: UInt16.self)))
        case 0xF3: return unsafe .integer(Int64(place.loadUnaligned(fromByteOffset: 1, as: Int32.self)))
        case 0xF4: return unsafe .integer(place.loadUnaligned(fromByteOffset: 1, as: Int64.self))
        default: preconditionFailure("a packed element is damaged")
        }
    }

    /// The size of the element at `place`, or nil if it does not end within `limit` bytes or is not in its shortest
    /// form; `isLeading` is that of the first element of a pair.
    static func checkedSize(at place: UnsafeRawPointer, limit: Int, isLeading: Bool = false) -> Int? {
        guard limit > 0 else { return nil }
        let tag = unsafe Int(place.load(as: UInt8.self))
        guard tag <= 0xF4, tag < 0xC0 || limit >= 2, tag < 0xF0 || limit >= 3, tag != 0xF0 || limit >= 5 else {
            return nil
        }
        let size = unsafe size(at: place)
        guard size <= limit else { return nil }
        let element = unsafe PackedElement(value(at: place)), shortest = isLeading ? element.leading : element
        // What has the size of a score in floating-point form may look like digits.
        let mayBeScore = tag == 0x84 || tag == 0x88
        return unsafe mayBeScore || shortest.size == size && shortest.isEqual(at: place) ? size : nil
    }
}
