// The library `struct`: numbers and strings as bytes in the layouts of C, by a format text.
//
//     > <       big, little byte order (at first)    b B h H l L T     integers of 1, 2, 8 bytes; small letters signed
//     !n        aligned to at most n bytes           iN IN             integers of N bytes, at most 32; 4 without N
//     x         a byte of padding                    f d               a float, a double
//     cN        N bytes of a string; c0 all of it, or as many as the number before says          s    up to a zero

/// The functions of `struct`.
enum StructureLibrary {
    enum Function: UInt8, LibraryFunction { case pack, unpack, size }

    static func open(_ machine: inout Machine) throws(Raised) {
        let table = try machine.makeLibrary("struct", fields: 3)
        try machine.define(Function.self, of: .structure, in: table)
    }

    static func call(_ function: UInt8, _ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Int {
        let format = StructureFormat(try machine.text(argument: 0, of: call))
        switch Function(rawValue: function) {
        case .pack: return try pack(format, &machine, call)
        case .unpack: return try unpack(format, &machine, call)
        case .size: return try size(format, &machine)
        case nil: return 0
        }
    }

    /// The length of what a format describes.
    private static func size(_ format: consuming StructureFormat, _ machine: inout Machine) throws(Raised) -> Int {
        var format = format
        var position: UInt = 0
        while let option = try format.next(&machine) {
            let size = try format.size(of: option, &machine)
            position &+= format.padding(at: position, of: option, size: size)
            if option == .string { throw machine.argumentError(0, "option 's' has no fixed size") }
            if option == .bytes && size == 0 { throw machine.argumentError(0, "option 'c0' has no fixed size") }
            // Letters and digits that mean nothing are passed over here, and only here.
            if !isLetterOrDigit(option) { try format.control(option, &machine) }
            position &+= UInt(size)
        }
        machine.push(Value(Double(Int(bitPattern: position))))
        return 1
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
    }
}

/// A format text that is read option by option, and what its control options have set.
struct StructureFormat: ~Escapable {
    private let text: Text
    private let end: Int
    private var position = 0
    private(set) var isBigEndian = false
    /// The largest alignment; a power of two.
    private var alignment = 1

    /// The largest integer, in bytes.
    static let largestInteger = 32

    @_lifetime(copy text)
    init(_ text: Text) {
        self.text = text
        var end = 0
        while end < text.count && text[end] != 0 { end &+= 1 }
        self.end = end
    }

    /// The next option's letter.
    mutating func next(_ machine: inout Machine) throws(Raised) -> UInt8? {
        guard position < end else { return nil }
        defer { position &+= 1 }
        if position & 255 == 255 { try machine.spend(256) }
        return text[position]
    }

    /// The bytes that an option's item takes; 0 for those that are no items or take what there is.
    mutating func size(of option: UInt8, _ machine: inout Machine) throws(Raised) -> Int {
        switch option {
        case UInt8(ascii: "B"), UInt8(ascii: "b"), UInt8(ascii: "x"): return 1
        case UInt8(ascii: "H"), UInt8(ascii: "h"): return 2
        case UInt8(ascii: "L"), UInt8(ascii: "l"), UInt8(ascii: "T"), UInt8(ascii: "d"): return 8
        case UInt8(ascii: "f"): return 4
        case .bytes: return try number(default: 1, &machine)
        case UInt8(ascii: "i"), UInt8(ascii: "I"):
            let size = try number(default: 4, &machine)
            if size > StructureFormat.largestInteger {
                throw machine.error("integral size \(size) is larger than limit of \(StructureFormat.largestInteger)")
            }
            return size
        default: return 0
        }
    }

    /// The number behind an option.
    private mutating func number(default number: Int, _ machine: inout Machine) throws(Raised) -> Int {
        var value = 0
        let start = position
        while position < end, case let digit = Int(text[position]) &- 0x30, (0...9).contains(digit) {
            if value > 214_748_364 || value &* 10 > 2_147_483_647 &- digit {
                throw machine.error("integral size overflow")
            }
            value = value &* 10 &+ digit
            position &+= 1
        }
        return position == start ? number : value
    }

    /// The bytes before an item that starts at `position` at the earliest.
    func padding(at position: UInt, of option: UInt8, size: Int) -> UInt {
        if size == 0 || option == .bytes { return 0 }
        let unit = UInt(min(size, alignment))
        return (unit &- (position & (unit &- 1))) & (unit &- 1)
    }

    /// What is no item sets the byte order or the alignment, or is an error.
    mutating func control(_ option: UInt8, _ machine: inout Machine) throws(Raised) {
        switch option {
        case UInt8(ascii: " "): break
        case UInt8(ascii: ">"): isBigEndian = true
        case UInt8(ascii: "<"): isBigEndian = false
        case UInt8(ascii: "!"):
            let wanted = try number(default: 8, &machine)
            if wanted <= 0 || wanted & (wanted &- 1) != 0 {
                throw machine.error("alignment \(wanted) is not a power of 2")
            }
            alignment = wanted
        default:
            throw machine.argumentError(0, bytes: Array("invalid format option '".utf8) + [option] + Array("'".utf8))
        }
    }
}

extension UInt8 {
    /// The options `c` and `s`.
    static let bytes = UInt8(ascii: "c")
    static let string = UInt8(ascii: "s")
}
