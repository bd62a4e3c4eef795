// The time on the wall of this place, for people.

import Glibc

/// A moment, taken apart.
public struct LocalTime {
    public let year: Int
    /// January is 1.
    public let month: Int
    public let day: Int
    public let hour: Int
    public let minute: Int
    public let second: Int

    /// Where this machine is, at so many seconds since 1970.
    public init(secondsSince1970 seconds: Int64) {
        var moment = time_t(seconds)
        var parts = unsafe tm()
        unsafe localtime_r(&moment, &parts)
        unsafe year = 1900 + Int(parts.tm_year)
        unsafe month = 1 + Int(parts.tm_mon)
        unsafe day = Int(parts.tm_mday)
        unsafe hour = Int(parts.tm_hour)
        unsafe minute = Int(parts.tm_min)
        unsafe second = Int(parts.tm_sec)
    }
}
