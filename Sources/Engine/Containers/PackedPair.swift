// One field and its value in packed pairs, as bytes. The first byte says what follows:
//
//     00…7F  two texts: 3 bits of the field's length - 1, 4 bits of the value's length; the field, the value
//     80…F4  two elements (`PackedElement`); a field of 0…127 has the code C0 of larger integers
//
// Most pairs are two short texts, which so share a byte. A text that is an integer is never one of them: equal fields
// have equal bytes but for this byte. Ownership rule: nothing here owns memory; addresses come from the pairs.

/// A field to be looked for or written.
@safe struct PackedField: ~Escapable {
    fileprivate let bytes: Bytes
    /// Neither an integer nor longer than 63 bytes, like almost all: its bytes are then behind the first of the pair.
    let isText: Bool

    @_lifetime(copy bytes)
    @inline(__always) init(_ bytes: Bytes) {
        self.bytes = bytes
        let count = bytes.count
        isText = count < 0x40 && !(count > 0 && bytes[0] <= UInt8(ascii: "9") && bytes.integer != nil)
    }

    /// The first byte of a text that is an element.
    @inline(__always) fileprivate var tag: Int { 0x80 | bytes.count }
    /// Of a text, its bits in the first byte of two short texts; more than a byte if it cannot be one of them.
    @inline(__always) fileprivate var mark: Int {
        let count = bytes.count &- 1
        return count >= 0 && count < PackedPair.longestField ? count &<< 4 : 0x100
    }

    var element: PackedElement {
        @_lifetime(copy self) @inline(__always) get { PackedElement(bytes).leading }
    }

    /// The pair that begins with `tag` at `place` has this field, which is a text.
    @inline(__always) func isEqualText(at place: UnsafeRawPointer, tag: Int) -> Bool {
        guard tag & 0xF0 == mark || tag == self.tag else { return false }
        return unsafe Bytes(unsafeStart: place + 1, count: bytes.count) == bytes
    }
}

/// A pair ready to be written.
@safe struct PackedPair: ~Escapable {
    fileprivate static let longestField = 8

    private let field: PackedField
    private let bytes: Bytes
    private let value: PackedElement
    /// Two short texts.
    let isShort: Bool

    @_lifetime(copy field, copy bytes)
    @inline(__always) init(_ field: PackedField, _ bytes: Bytes) { self.init(field, bytes, PackedElement(bytes)) }

    /// `value` is `bytes` as an element.
    @_lifetime(copy field, copy bytes, copy value)
    @inline(__always) init(_ field: PackedField, _ bytes: Bytes, _ value: PackedElement) {
        self.field = field
        self.bytes = bytes
        self.value = value
        isShort = value.isShortText && field.isText && field.mark < 0x80
    }

    /// How many bytes the pair takes.
    @inline(__always) var size: Int {
        isShort ? 1 &+ field.bytes.count &+ bytes.count : field.element.size &+ value.size
    }

    /// Writes `size` bytes.
    @inline(__always) func write(to place: UnsafeMutableRawPointer) {
        guard _fastPath(isShort) else {
            unsafe field.element.write(to: place)
            return unsafe value.write(to: place + field.element.size)
        }
        let fieldCount = field.bytes.count, count = bytes.count
        unsafe place.storeBytes(of: UInt8(truncatingIfNeeded: field.mark | count), as: UInt8.self)
        unsafe (place + 1).copyMemory(from: field.bytes.start, byteCount: fieldCount)
        unsafe (place + 1 + fieldCount).copyMemory(from: bytes.start, byteCount: count)
    }
}

extension PackedPair {
    // MARK: Reading

    /// How long the two short texts behind `tag` are.
    @inline(__always) private static func counts(_ tag: Int) -> (field: Int, value: Int) {
        (1 &+ tag &>> 4, tag & 15)
    }

    /// How many bytes the pair at `place` takes.
    @inline(__always) static func size(at place: UnsafeRawPointer, tag: Int) -> Int {
        if _fastPath(tag < 0x80) { return 2 &+ tag &>> 4 &+ (tag & 15) }
        let fieldSize = unsafe PackedElement.size(at: place)
        return unsafe fieldSize &+ PackedElement.size(at: place + fieldSize)
    }

    @_lifetime(immortal)
    @inline(__always) static func field(at place: UnsafeRawPointer, tag: Int) -> StringValue {
        if _fastPath(tag < 0x80) { return unsafe .bytes(Bytes(unsafeStart: place + 1, count: counts(tag).field)) }
        return unsafe PackedElement.value(at: place)
    }

    @_lifetime(immortal)
    @inline(__always) static func value(at place: UnsafeRawPointer, tag: Int) -> StringValue {
        if _fastPath(tag < 0x80) {
            let counts = counts(tag)
            return unsafe .bytes(Bytes(unsafeStart: place + (1 &+ counts.field), count: counts.value))
        }
        return unsafe PackedElement.value(at: place + PackedElement.size(at: place))
    }

    /// The size of the pair at `place`, or nil if it does not end within `limit` bytes or is not in its shortest form.
    static func checkedSize(at place: UnsafeRawPointer, limit: Int) -> Int? {
        guard limit > 1 else { return nil }
        let tag = unsafe Int(place.load(as: UInt8.self))
        if tag >= 0x80 {
            guard let fieldSize = unsafe PackedElement.checkedSize(at: place, limit: limit, isLeading: true),
                let size = unsafe PackedElement.checkedSize(at: place + fieldSize, limit: limit - fieldSize)
            else { return nil }
            let isShortest = unsafe !pair(at: place, tag).isShort
            return isShortest ? fieldSize + size : nil
        }
        let size = unsafe size(at: place, tag: tag)
        guard size <= limit else { return nil }
        let isShortest = unsafe pair(at: place, tag).isShort
        return isShortest ? size : nil
    }

    /// As it is read, and would be written again; integers count as what is not short.
    @_lifetime(immortal)
    private static func pair(at place: UnsafeRawPointer, _ tag: Int) -> PackedPair {
        guard case .bytes(let field) = unsafe field(at: place, tag: tag),
            case .bytes(let value) = unsafe value(at: place, tag: tag)
        else { return PackedPair(PackedField(Bytes("0")), Bytes("")) }
        return unsafe _overrideLifetime(PackedPair(PackedField(field), value), copying: ())
    }
}
