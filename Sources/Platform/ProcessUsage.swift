// What the process uses of the machine, and what kind of machine it is: for INFO.

internal import CLinux
import Glibc

/// A measurement of this process, and facts about its machine.
public enum ProcessUsage {
    public static var identifier: Int { Int(getpid()) }

    /// Seconds of processor time.
    public struct Time: Sendable {
        public let system: Double
        public let user: Double
    }

    public static var ownTime: Time { time(of: RUSAGE_SELF.rawValue) }
    public static var childrenTime: Time { time(of: RUSAGE_CHILDREN.rawValue) }
    /// The thread that asks: the one that runs commands.
    public static var threadTime: Time { time(of: thisThread) }

    /// `RUSAGE_THREAD`, which the Glibc module is built without.
    private static let thisThread: Int32 = 1

    /// Nanoseconds of processor time that the thread has had which asks.
    public static var threadNanoseconds: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Processors that the process may use.
    public static let processorCount: Int = Int(usable_processors())

    private static func time(of whom: Int32) -> Time {
        var usage = rusage()
        unsafe getrusage(whom, &usage)
        return Time(system: seconds(usage.ru_stime), user: seconds(usage.ru_utime))
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }

    /// Bytes of the process that are in memory, or zero where the kernel does not say.
    public static var residentMemory: Int {
        let descriptor = unsafe open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return 0 }
        defer { _ = close(descriptor) }
        var text = [UInt8](repeating: 0, count: 128)
        let count = unsafe read(descriptor, &text, text.count)
        guard count > 0 else { return 0 }
        let fields = text[..<count].split(separator: UInt8(ascii: " "))
        guard fields.count > 1, let pages = Int(String(decoding: fields[1], as: UTF8.self)) else { return 0 }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Bytes of memory that the machine has.
    public static let machineMemory = Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE)))

    /// As in `Linux 6.1.0 x86_64`.
    public static let operatingSystem: String = {
        var name = utsname()
        guard unsafe uname(&name) == 0 else { return "Linux" }
        return "\(text(&name.sysname)) \(text(&name.release)) \(text(&name.machine))"
    }()

    private static func text<Field>(_ field: inout Field) -> String {
        unsafe withUnsafeBytes(of: &field) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// The path of the program that runs.
    public static let executable: String = {
        var path = [UInt8](repeating: 0, count: 4096)
        let count = unsafe path.withUnsafeMutableBytes {
            guard let start = $0.baseAddress else { return 0 }
            return unsafe readlink("/proc/self/exe", start.assumingMemoryBound(to: CChar.self), $0.count)
        }
        return count > 0 ? String(decoding: path[..<count], as: UTF8.self) : ""
    }()

    /// Does nothing for so long.
    public static func sleep(microseconds: Int) {
        guard microseconds > 0 else { return }
        var wanted = timespec(tv_sec: microseconds / 1_000_000, tv_nsec: microseconds % 1_000_000 * 1000)
        var rest = timespec()
        while unsafe nanosleep(&wanted, &rest) != 0, errno == EINTR { wanted = rest }
    }
}
