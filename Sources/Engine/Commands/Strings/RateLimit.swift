// The arithmetic of CL.THROTTLE, the generic cell rate algorithm: what a limit allows follows from one number, the
// theoretical arrival time, at which all that was taken would have come had it come evenly. Nothing here knows keys.
// All numbers come from clients, so every sum and product is checked.

/// So many at a time, and so many in a period.
struct RateLimit {
    /// Nanoseconds between two of an even stream.
    private let interval: Int64
    /// How far ahead of the clock the arrival time may be, in nanoseconds.
    private let tolerance: Int64
    /// The most that an idle key grants at once.
    let limit: Int64

    /// What a check answers, and what it leaves behind.
    struct Verdict {
        let isLimited: Bool
        let remaining: Int64
        /// Nanoseconds until the same can succeed; nil if it has, or never can.
        let retryAfter: Int64?
        /// Nanoseconds until the limit is whole again.
        let resetAfter: Int64
        /// The new arrival time, in nanoseconds since 1970; nil if nothing changes.
        let arrival: Int64?
    }

    init(maxBurst: Int64, count: Int64, periodSeconds: Int64) throws(CommandError) {
        guard maxBurst >= 0, count >= 0, periodSeconds >= 0 else { throw .mustBePositive }
        guard count > 0, periodSeconds > 0 else { throw .because("ERR zero rates are not supported") }
        let period = try periodSeconds.times(1_000_000_000)
        limit = try maxBurst.plus(1)
        // Divided as redis-cell does it, so that the numbers are the same.
        guard let interval = Int64(exactly: (Double(period) / Double(count)).rounded(.towardZero)), interval > 0 else {
            throw .outOfRange
        }
        self.interval = interval
        tolerance = try interval.times(limit)
    }

    /// Takes `quantity` at the moment `now`, in nanoseconds since 1970, if so much is allowed; a quantity of zero only
    /// looks. `stored` is the arrival time that was left behind last.
    func take(_ quantity: Int64, at now: Int64, stored: Int64?) throws(CommandError) -> Verdict {
        guard quantity >= 0 else { throw .mustBePositive }
        let increment = try interval.times(quantity)
        let present = max(stored ?? now, now)
        let next = try present.plus(increment)
        // How much later than the earliest allowed moment this is.
        let difference = try now.minus(next - tolerance)
        let isLimited = difference < 0
        let ahead = isLimited ? present - now : next - now
        return Verdict(
            isLimited: isLimited, remaining: remaining(tolerance - ahead),
            retryAfter: isLimited && increment <= tolerance ? -difference : nil, resetAfter: ahead,
            arrival: isLimited || quantity == 0 ? nil : next)
    }

    /// How many intervals fit into the room that is left, in microseconds as redis-cell counts them.
    private func remaining(_ room: Int64) -> Int64 {
        guard room > -interval else { return 0 }
        let unit: Int64 = interval >= 1000 ? 1000 : 1
        let quotient = Double(room / unit) / Double(interval / unit)
        return Int64(exactly: quotient.rounded(.towardZero)) ?? limit
    }
}

extension Int64 {
    fileprivate func plus(_ other: Int64) throws(CommandError) -> Int64 {
        let (sum, overflows) = addingReportingOverflow(other)
        guard !overflows else { throw .outOfRange }
        return sum
    }

    fileprivate func minus(_ other: Int64) throws(CommandError) -> Int64 {
        let (difference, overflows) = subtractingReportingOverflow(other)
        guard !overflows else { throw .outOfRange }
        return difference
    }

    fileprivate func times(_ other: Int64) throws(CommandError) -> Int64 {
        let (product, overflows) = multipliedReportingOverflow(by: other)
        guard !overflows else { throw .outOfRange }
        return product
    }
}
