// string.format: the format's text, with arguments in it.

extension StringLibrary {
    static func format(_ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Int {
        let format = try machine.text(argument: 0, of: call)
        var builder = machine.makeBuilder()
        var index = 0
        var argument = 0
        while index < format.count {
            // Plain text goes over in one piece.
            let next = format.firstIndex(of: UInt8(ascii: "%"), from: index) ?? format.count
            builder.append(format.slice(index, next - index))
            index = next + 1
            guard next < format.count else { break }
            if index < format.count, format[index] == UInt8(ascii: "%") {
                builder.append(UInt8(ascii: "%"))
                index += 1
                try machine.spend(1)
                continue
            }
            argument += 1
            guard argument < call.count else { throw machine.argumentError(argument, "no value") }
            let specification = try readSpecification(format, &index, &machine)
            let letter = index < format.count ? format[index] : 0
            index += 1
            try append(argument, of: call, letter, specification, to: &builder, &machine)
            if builder.isOverrun { break }
            try machine.spend(1)
        }
        machine.heap.charge(bytes: builder.count)
        machine.push(try machine.makeString(builder))
        return 1
    }

    private static func append(
        _ argument: Int, of call: NativeCall, _ letter: UInt8, _ specification: FormatSpecification,
        to builder: inout ByteBuilder, _ machine: inout Machine
    ) throws(Raised) {
        switch letter {
        case UInt8(ascii: "d"), UInt8(ascii: "i"):
            let number = try machine.number(argument: argument, of: call)
            specification.append(Machine.integer(number), to: &builder)
        case UInt8(ascii: "s"): try appendText(argument, of: call, specification, to: &builder, &machine)
        case UInt8(ascii: "e"), UInt8(ascii: "f"), UInt8(ascii: "g"):
            let number = try machine.number(argument: argument, of: call)
            specification.append(number, style: letter, isUpper: false, to: &builder)
        case UInt8(ascii: "E"), UInt8(ascii: "G"):
            let number = try machine.number(argument: argument, of: call)
            specification.append(number, style: letter | 0x20, isUpper: true, to: &builder)
        case UInt8(ascii: "x"), UInt8(ascii: "X"), UInt8(ascii: "u"), UInt8(ascii: "o"):
            let number = unsigned(try machine.number(argument: argument, of: call))
            let radix: UInt64 = letter == UInt8(ascii: "u") ? 10 : letter == UInt8(ascii: "o") ? 8 : 16
            specification.append(number, radix: radix, isUpper: letter == UInt8(ascii: "X"), to: &builder)
        case UInt8(ascii: "c"):
            // A NUL ends what C writes here.
            let number = try machine.number(argument: argument, of: call)
            let isInRange = number > -2_147_483_649 && number < 2_147_483_648
            let byte = isInRange ? UInt8(truncatingIfNeeded: Int(number)) : 0
            if byte == 0, specification.isLeft { return }
            specification.append(sign: nil, bodyCount: 1, allowsZeros: false, to: &builder) {
                if byte != 0 { $0.append(byte) }
            }
        case UInt8(ascii: "q"): try appendQuoted(try machine.text(argument: argument, of: call), to: &builder, &machine)
        default:
            let name = letter == 0 ? [] : [letter]
            throw machine.error(bytes: Array("invalid option '%".utf8) + name + Array("' to 'format'".utf8))
        }
    }

    /// %s: long strings go over whole; others end at a NUL, as C's do.
    private static func appendText(
        _ argument: Int, of call: NativeCall, _ specification: FormatSpecification, to builder: inout ByteBuilder,
        _ machine: inout Machine
    ) throws(Raised) {
        let text = try machine.text(argument: argument, of: call)
        if specification.precision == nil, text.count >= 100 { return builder.append(text) }
        let shown = text.upToNUL
        let count = min(shown.count, specification.precision ?? shown.count)
        let padding = max(specification.width - count, 0)
        if !specification.isLeft { builder.append(repeating: UInt8(ascii: " "), count: padding) }
        builder.append(shown.slice(0, count))
        if specification.isLeft { builder.append(repeating: UInt8(ascii: " "), count: padding) }
    }

    /// Up to five flags, two digits of width, two of precision.
    private static func readSpecification(
        _ format: Text, _ index: inout Int, _ machine: inout Machine
    ) throws(Raised) -> FormatSpecification {
        var specification = FormatSpecification()
        let start = index
        flags: while index < format.count {
            switch format[index] {
            case UInt8(ascii: "-"): specification.isLeft = true
            case UInt8(ascii: "+"): specification.showsPlus = true
            case UInt8(ascii: " "): specification.showsSpace = true
            case UInt8(ascii: "#"): specification.isAlternate = true
            case UInt8(ascii: "0"): specification.fillsZeros = true
            default: break flags
            }
            index += 1
        }
        guard index - start < 6 else { throw machine.error("invalid format (repeated flags)") }
        specification.width = readDigits(format, &index)
        if index < format.count, format[index] == UInt8(ascii: ".") {
            index += 1
            specification.precision = readDigits(format, &index)
        }
        if index < format.count, format[index].isDigit {
            throw machine.error("invalid format (width or precision too long)")
        }
        return specification
    }

    private static func readDigits(_ format: Text, _ index: inout Int) -> Int {
        var number = 0
        for _ in 0..<2 where index < format.count && format[index].isDigit {
            number = number * 10 + Int(format[index] &- 0x30)
            index += 1
        }
        return number
    }

    /// As a C conversion from double to unsigned 64 bits on this processor.
    private static func unsigned(_ number: Double) -> UInt64 {
        guard number >= 0x1p63 else { return UInt64(bitPattern: Int64(Machine.integer(number))) }
        return UInt64(bitPattern: Int64(Machine.integer(number - 0x1p63))) ^ (1 << 63)
    }

    /// In quotes, so that Lua reads it as it was.
    private static func appendQuoted(
        _ text: Text, to builder: inout ByteBuilder, _ machine: inout Machine
    ) throws(Raised) {
        try machine.spend(text.count >> 2)
        builder.append(UInt8(ascii: "\""))
        for index in 0..<text.count {
            switch text[index] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "\n"):
                builder.append(UInt8(ascii: "\\"))
                builder.append(text[index])
            case UInt8(ascii: "\r"): builder.append("\\r")
            case 0: builder.append("\\000")
            case let byte: builder.append(byte)
            }
        }
        builder.append(UInt8(ascii: "\""))
    }
}

extension Machine {
    /// As `error(_:)`, for messages that need not be UTF-8.
    public mutating func error(bytes message: [UInt8]) -> Raised { raise(position(level: 1) + message) }
}
