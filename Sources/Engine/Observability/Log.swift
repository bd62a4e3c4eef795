// The server's log, in Redis's format: `pid:role DD Mon YYYY HH:MM:SS.mmm L message`. Tools grep these lines, so the
// words of those that matter are Redis's.

internal import Platform

/// Where messages for the operator go.
struct Log: ~Copyable {
    /// From which gravity on messages are written.
    enum Level: String, SettingChoice, Comparable {
        case debug, verbose, notice, warning, nothing

        private var rank: Int { Level.allCases.firstIndex(of: self) ?? 0 }
        static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }

        fileprivate var gravity: SystemLog.Gravity {
            switch self {
            case .debug: .debug
            case .verbose: .information
            case .notice: .notice
            case .warning, .nothing: .warning
            }
        }

        fileprivate var mark: String {
            switch self {
            case .debug: "."
            case .verbose: "-"
            case .notice: "*"
            case .warning, .nothing: "#"
            }
        }
    }

    var level = Level.notice
    /// M for a master, S for a replica, C while the configuration is being read.
    var role: Character = "C"
    private var file: LogFile?
    /// The machine's log, which gets the same messages.
    private var systemLog: SystemLog?
    private let processIdentifier: Int
    private let clock: any Clock
    /// The last second that was written, and its text.
    private var second: (value: Int64, text: String) = (-1, "")

    /// A log that drops everything.
    static var silent: Log { Log(processIdentifier: 0, clock: SystemClock()) }

    private init(processIdentifier: Int, clock: any Clock) {
        self.processIdentifier = processIdentifier
        self.clock = clock
    }

    /// Appends to the file at `path`, or to the standard output if that is empty.
    init(path: String, processIdentifier: Int, clock: any Clock = SystemClock()) {
        self.init(processIdentifier: processIdentifier, clock: clock)
        guard let file = LogFile(path: path) else { return }
        isTerminal = file.isTerminal
        self.file = consume file
    }

    /// From here on the machine's log gets what this one gets.
    mutating func copy(to systemLog: SystemLog) { self.systemLog = systemLog }

    /// Whether it goes to a terminal.
    private(set) var isTerminal = false

    mutating func debug(_ message: @autoclosure () -> String) { write(.debug, message) }
    mutating func verbose(_ message: @autoclosure () -> String) { write(.verbose, message) }
    mutating func notice(_ message: @autoclosure () -> String) { write(.notice, message) }
    mutating func warning(_ message: @autoclosure () -> String) { write(.warning, message) }

    /// Writes text as it is: the logo.
    mutating func raw(_ text: String) { append(text) }

    private mutating func write(_ level: Level, _ message: () -> String) {
        guard level >= self.level else { return }
        if let systemLog { systemLog.append(message(), level.gravity) }
        let now = clock.milliseconds
        if second.value != now / 1000 { second = (now / 1000, Log.text(ofSecond: now / 1000)) }
        let milliseconds = String(String(1000 + now % 1000).dropFirst())
        append("\(processIdentifier):\(role) \(second.text).\(milliseconds) \(level.mark) \(message())\n")
    }

    private mutating func append(_ text: String) {
        var bytes = Buffer(capacity: text.utf8.count)
        bytes.append(text: text)
        file?.append(bytes.contents.span)
    }

    private static func text(ofSecond second: Int64) -> String {
        let time = LocalTime(secondsSince1970: second)
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let clock = [time.hour, time.minute, time.second].map(twoDigits).joined(separator: ":")
        return "\(twoDigits(time.day)) \(months[max(0, min(11, time.month - 1))]) \(time.year) \(clock)"
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
