// The report of a crash, in Redis's shape: what happened and where, which any handler can write, then sections that
// whoever runs the server describes. A handler that meets a crash of its own goes on with the next section; a clock
// ends a section that hangs. At last the signal has its default action, so that the process ends as the system sees
// fit. This file is the state and the order; `RawLog`, `StackTrace` and `SymbolTable` write.
// Ownership rule: the state is made once and never freed. A handler reads it at any moment, so that it is reached
// through a pointer, of which no exclusive access is ever taken.

internal import CLinux
import Glibc

/// What is to be known when the process crashes.
@safe public enum CrashReport {
    @safe private struct State {
        /// A C string, or nil for the standard output.
        var logPath: UnsafeMutablePointer<CChar>?
        var version: UnsafeMutablePointer<CChar>?
        var isOn = false
        /// The text of a section, or nil behind the last one.
        var describe: ((Int) -> String?)?
        /// The signal that is being reported; zero while all is well.
        var signal: Int32 = 0
        var nextSection = 0
    }

    nonisolated(unsafe) private static let state: UnsafeMutablePointer<State> = {
        let state = UnsafeMutablePointer<State>.allocate(capacity: 1)
        unsafe state.initialize(to: State())
        return unsafe state
    }()

    /// SIGTRAP is how a trap of Swift ends on some processors, SIGILL on others.
    private static let signals = [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT]
    private static let stackSize = 1 << 20
    private static let longestSectionSeconds = 5

    /// Where reports go, under which name; whether there are any.
    public static func configure(logPath: String, version: String, isOn: Bool) {
        StackTrace.prepare()
        unsafe state.pointee.logPath = logPath.isEmpty ? nil : strdup(logPath)
        unsafe state.pointee.version = strdup(version)
        if unsafe isOn && !state.pointee.isOn { provideStack() }
        unsafe state.pointee.isOn = isOn
        for signal in signals { isOn ? catchSignal(signal) : leaveSignal(signal) }
    }

    /// Runs `body`; a crash in it is described by `describe`, section by section.
    public static func describing<Subject: ~Copyable>(
        _ subject: inout Subject, by describe: @escaping (inout Subject, Int) -> String?,
        while body: (inout Subject) -> Void
    ) {
        unsafe withUnsafeMutablePointer(to: &subject) { subject in
            unsafe state.pointee.describe = { unsafe describe(&subject.pointee, $0) }
            unsafe body(&subject.pointee)
            unsafe state.pointee.describe = nil
        }
    }

    /// The log for handlers of other signals.
    static func openLog() -> RawLog { unsafe RawLog(opening: state.pointee.logPath) }

    // MARK: Handlers

    /// The handler has a stack of its own, for that of the thread may be what is exhausted.
    private static func provideStack() {
        var stack = unsafe stack_t()
        unsafe stack.ss_sp = Pages.map(byteCount: stackSize, alignment: Pages.size)
        unsafe stack.ss_size = stackSize
        unsafe sigaltstack(&stack, nil)
    }

    private static func catchSignal(_ signal: Int32) {
        var action = sigaction()
        unsafe sigemptyset(&action.sa_mask)
        // A crash of the handler is to reach the handler.
        action.sa_flags = SA_NODEFER | SA_ONSTACK | SA_SIGINFO
        unsafe action.__sigaction_handler.sa_sigaction = { signal, information, context in
            unsafe CrashReport.handle(signal, information, context)
        }
        unsafe sigaction(signal, &action, nil)
        letThrough(signal)
    }

    /// Whoever started the process may have left signals blocked.
    static func letThrough(_ signal: Int32) {
        var mask = sigset_t()
        unsafe sigemptyset(&mask)
        unsafe sigaddset(&mask, signal)
        unsafe sigprocmask(SIG_UNBLOCK, &mask, nil)
    }

    private static func leaveSignal(_ number: Int32) {
        signal(number, SIG_DFL)
        letThrough(number)
    }

    private static func handle(
        _ signal: Int32, _ information: UnsafeMutablePointer<siginfo_t>?, _ context: UnsafeMutableRawPointer?
    ) {
        let log = openLog()
        if unsafe state.pointee.signal != 0 { goOn(after: signal, log) }
        unsafe state.pointee.signal = signal
        log.write("\n\n=== REDIS BUG REPORT START: Cut & paste starting from here ===\n")
        unsafe writeCause(signal, information, context, log)
        // The handler and what the kernel puts under it.
        unsafe StackTrace.write(to: log, interrupted: context.map { UnsafeRawPointer($0) }, skipping: 2)
        if let context = unsafe context { unsafe StackTrace.writeRegisters(of: context, to: log) }
        writeSections(to: log)
        end(by: signal, log)
    }

    private static func writeCause(
        _ signal: Int32, _ information: UnsafeMutablePointer<siginfo_t>?, _ context: UnsafeMutableRawPointer?,
        _ log: RawLog
    ) {
        guard let information = unsafe information else { return }
        log.beginLine()
        log.write("Redis ")
        if let version = unsafe state.pointee.version { unsafe log.write(name: version) }
        log.write(" crashed by signal: ")
        log.write(decimal: Int(signal))
        log.write(", si_code: ")
        log.write(decimal: unsafe Int(information.pointee.si_code))
        log.write("\n")
        if signal == SIGSEGV || signal == SIGBUS {
            log.beginLine()
            log.write("Accessing address: 0x")
            log.write(hexadecimal: unsafe UInt64(signal_address(information)))
            log.write("\n")
        }
        if unsafe signal_is_from_process(information) != 0 {
            log.beginLine()
            log.write("Killed by PID: ")
            log.write(decimal: unsafe Int(signal_sender(information)))
            log.write(", UID: ")
            log.write(decimal: unsafe Int(signal_sender_user(information)))
            log.write("\n")
        }
        guard let context = unsafe context else { return }
        log.beginLine()
        log.write("Crashed running the instruction at: 0x")
        log.write(hexadecimal: unsafe UInt64(interrupted_place(context)))
        log.write("\n")
    }

    // MARK: Sections

    private static func writeSections(to log: RawLog) {
        guard let describe = unsafe state.pointee.describe else { return }
        while true {
            limitTime(seconds: longestSectionSeconds)
            let section = unsafe state.pointee.nextSection
            unsafe state.pointee.nextSection = section + 1
            guard let text = describe(section) else { return limitTime(seconds: 0) }
            log.write(text: text)
        }
    }

    /// The report itself has crashed, or hangs: what is left of it may still come out.
    private static func goOn(after signal: Int32, _ log: RawLog) -> Never {
        let first = unsafe state.pointee.signal
        log.write("\n!!! Signal ")
        log.write(decimal: Int(signal))
        log.write(" while this was being written. Going on with what comes next.\n")
        // A trace that crashes is not tried again; many crashes are one too many.
        if unsafe state.pointee.nextSection < 16 { writeSections(to: log) }
        end(by: first, log)
    }

    private static func limitTime(seconds: Int) {
        if seconds > 0 { catchSignal(SIGALRM) }
        Watchdog.schedule(milliseconds: seconds * 1000)
    }

    // MARK: The end

    private static func writeEnd(to log: RawLog) {
        log.write(
            """

            === REDIS BUG REPORT END. Make sure to include from START to END. ===

                   Please report the crash by opening an issue with the authors of Apus.

              Suspect RAM error? Some other issues could be detected by apus-server --check-system


            """)
    }

    private static func end(by number: Int32, _ log: RawLog) -> Never {
        writeEnd(to: log)
        // An assertion or a panic has no signal that it could end by but this one.
        let number = number > 0 ? number : SIGABRT
        leaveSignal(number)
        _ = kill(getpid(), number)
        _exit(1)
    }

    /// Ends the process because something is wrong that no signal tells of. With `exiting`, by its exit code.
    public static func panic(_ lines: [String], exiting: Bool) -> Never {
        let log = openLog()
        log.write("\n\n=== REDIS BUG REPORT START: Cut & paste starting from here ===\n")
        for line in lines {
            log.beginLine()
            log.write(text: line)
            log.write("\n")
        }
        if unsafe state.pointee.isOn {
            unsafe state.pointee.signal = SIGABRT
            unsafe StackTrace.write(to: log, interrupted: nil, skipping: 1)
            writeSections(to: log)
        }
        guard exiting else { end(by: SIGABRT, log) }
        writeEnd(to: log)
        _exit(1)
    }

    /// Touches memory that is not there.
    public static func violateMemory() -> Never {
        let page = unsafe Pages.map(byteCount: Pages.size, alignment: Pages.size)
        unsafe Pages.unmap(page, byteCount: Pages.size)
        unsafe page.storeBytes(of: 1, as: UInt8.self)
        abort()
    }
}
