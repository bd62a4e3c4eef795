// The functions of angles, as the C library computes them: distances on the Earth are to agree with Redis to the last
// digit, and the standard library has none of its own.

import Glibc

/// Sines and what belongs to them, in radians.
public enum Trigonometry {
    public static func sine(_ angle: Double) -> Double { Glibc.sin(angle) }
    public static func cosine(_ angle: Double) -> Double { Glibc.cos(angle) }
    public static func arcSine(_ sine: Double) -> Double { Glibc.asin(sine) }
}
