// Powers, as the C library computes them: scripts are to get the same digits as from Redis.

import Glibc

/// What the standard library leaves to the C library.
public enum Arithmetic {
    public static func power(_ base: Double, _ exponent: Double) -> Double { Glibc.pow(base, exponent) }
}
