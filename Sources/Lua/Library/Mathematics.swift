// The library `math`, with Redis's random numbers.

import Platform

/// A sequence of numbers that is the same on all systems: 48 bits of state, of which the upper 31 are shown.
struct RandomSequence {
    private var state: UInt64 = 0x1234_ABCD_330E

    /// As srand48 takes it.
    mutating func seed(_ seed: Int) {
        state = UInt64(UInt32(truncatingIfNeeded: seed)) << 16 | 0x330E
    }

    /// From 0 up to 2^31.
    mutating func next() -> Int {
        state = (state &* 0x5_DEEC_E66D &+ 0xB) & 0xFFFF_FFFF_FFFF
        return Int(state >> 17)
    }
}

/// abs to tan.
enum MathematicsLibrary {
    enum Function: UInt8, LibraryFunction {
        case abs, acos, asin, atan2, atan, ceil, cosh, cos, deg, exp, floor, fmod, frexp, ldexp, log10, log, max, min
        case modf, pow, rad, random, randomseed, sinh, sin, sqrt, tanh, tan
    }

    static func open(_ machine: inout Machine) throws(Raised) {
        let table = try machine.makeLibrary("math", fields: 28)
        try machine.define(Function.self, of: .mathematics, in: table)
        try machine.rawSet(table, field: "pi", Value(Double.pi))
        try machine.rawSet(table, field: "huge", Value(Double.infinity))
        let remainder = Value(NativeFunction(.mathematics, Function.fmod.rawValue))
        try machine.rawSet(table, field: "mod", remainder)
    }

    static func call(_ function: UInt8, _ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Int {
        guard let function = Function(rawValue: function) else { return 0 }
        switch function {
        case .random:
            machine.push(try random(&machine, call))
            return 1
        case .randomseed:
            machine.random.seed(try machine.shortInteger(argument: 0, of: call))
            return 0
        default: break
        }
        // Of two arguments the second is checked first, as the compilers of C have it.
        switch function {
        case .atan2, .fmod, .pow, .ldexp:
            let other = try machine.number(argument: 1, of: call)
            machine.push(Value(compute(function, try machine.number(argument: 0, of: call), other)))
            return 1
        default: break
        }
        let number = try machine.number(argument: 0, of: call)
        switch function {
        case .frexp:
            let (fraction, exponent) = ElementaryFunctions.split(number)
            machine.push(Value(fraction))
            machine.push(Value(Double(exponent)))
            return 2
        case .modf:
            let whole = number.rounded(.towardZero)
            let fraction = number.isInfinite ? 0 : number - whole
            machine.push(Value(whole))
            machine.push(Value(Double(signOf: number, magnitudeOf: fraction)))
            return 2
        case .max, .min: machine.push(Value(try extreme(number, isMaximum: function == .max, &machine, call)))
        default: machine.push(Value(compute(function, number)))
        }
        return 1
    }

    private static func extreme(
        _ first: Double, isMaximum: Bool, _ machine: inout Machine, _ call: NativeCall
    ) throws(Raised) -> Double {
        var extreme = first
        for index in 1..<Swift.max(call.count, 1) {
            let number = try machine.number(argument: index, of: call)
            if isMaximum ? number > extreme : number < extreme { extreme = number }
        }
        return extreme
    }

    private static func compute(_ function: Function, _ one: Double, _ other: Double) -> Double {
        switch function {
        case .atan2: ElementaryFunctions.arcTangent(one, other)
        case .fmod: ElementaryFunctions.remainder(one, other)
        case .pow: ElementaryFunctions.power(one, other)
        default:
            ElementaryFunctions.scale(
                one, byPowerOfTwo: Int32(truncatingIfNeeded: Machine.integer(other)))
        }
    }

    private static func compute(_ function: Function, _ number: Double) -> Double {
        switch function {
        case .abs: number.magnitude
        case .acos: ElementaryFunctions.arcCosine(number)
        case .asin: Trigonometry.arcSine(number)
        case .atan: ElementaryFunctions.arcTangent(number)
        case .ceil: number.rounded(.up)
        case .cosh: ElementaryFunctions.hyperbolicCosine(number)
        case .cos: Trigonometry.cosine(number)
        case .deg: number / (Double.pi / 180)
        case .exp: ElementaryFunctions.exponential(number)
        case .floor: number.rounded(.down)
        case .log10: ElementaryFunctions.decimalLogarithm(number)
        case .log: ElementaryFunctions.logarithm(number)
        case .rad: number * (Double.pi / 180)
        case .sinh: ElementaryFunctions.hyperbolicSine(number)
        case .sin: Trigonometry.sine(number)
        case .sqrt: number.squareRoot()
        case .tanh: ElementaryFunctions.hyperbolicTangent(number)
        case .tan: ElementaryFunctions.tangent(number)
        default: number
        }
    }

    private static func random(_ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Value {
        let limit = 0x7FFF_FFFF
        let fraction = Double(machine.random.next() % limit) / Double(limit)
        switch call.count {
        case 0: return Value(fraction)
        case 1:
            let upper = try machine.shortInteger(argument: 0, of: call)
            guard upper >= 1 else { throw machine.argumentError(0, "interval is empty") }
            return Value((fraction * Double(upper)).rounded(.down) + 1)
        case 2:
            let lower = try machine.shortInteger(argument: 0, of: call)
            let upper = try machine.shortInteger(argument: 1, of: call)
            guard lower <= upper else { throw machine.argumentError(1, "interval is empty") }
            // The width wraps around in 32 bits, as in C.
            let width = Int(Int32(truncatingIfNeeded: upper - lower + 1))
            return Value((fraction * Double(width)).rounded(.down) + Double(lower))
        default: throw machine.error("wrong number of arguments")
        }
    }
}
