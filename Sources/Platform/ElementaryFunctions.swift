// The functions of analysis as the C library computes them: scripts are to get the same digits as from Redis.

import Glibc

/// What the standard library of Swift has not.
public enum ElementaryFunctions {
    public static func tangent(_ angle: Double) -> Double { Glibc.tan(angle) }
    public static func arcCosine(_ cosine: Double) -> Double { Glibc.acos(cosine) }
    public static func arcTangent(_ tangent: Double) -> Double { Glibc.atan(tangent) }
    public static func arcTangent(_ y: Double, _ x: Double) -> Double { Glibc.atan2(y, x) }
    public static func hyperbolicSine(_ angle: Double) -> Double { Glibc.sinh(angle) }
    public static func hyperbolicCosine(_ angle: Double) -> Double { Glibc.cosh(angle) }
    public static func hyperbolicTangent(_ angle: Double) -> Double { Glibc.tanh(angle) }
    public static func exponential(_ exponent: Double) -> Double { Glibc.exp(exponent) }
    public static func logarithm(_ number: Double) -> Double { Glibc.log(number) }
    public static func decimalLogarithm(_ number: Double) -> Double { Glibc.log10(number) }
    public static func power(_ base: Double, _ exponent: Double) -> Double { Glibc.pow(base, exponent) }
    public static func remainder(_ dividend: Double, _ divisor: Double) -> Double { Glibc.fmod(dividend, divisor) }
    public static func scale(_ number: Double, byPowerOfTwo exponent: Int32) -> Double {
        Glibc.scalbn(number, Int(exponent))
    }
    /// A number from 0.5 up to 1, and the power of two by which it is the number. (The frexp of Swift's own library
    /// loses signs.)
    public static func split(_ number: Double) -> (fraction: Double, exponent: Int) {
        guard number.isFinite, number != 0 else { return (number, 0) }
        return (Double(signOf: number, magnitudeOf: number.significand / 2), Int(number.exponent) + 1)
    }

    public static var secondsSince1970: Double { Double(Glibc.time(nil)) }
    /// Seconds of processor time that the process has used.
    public static var processorSeconds: Double { Double(Glibc.clock()) / 1_000_000 }
}
