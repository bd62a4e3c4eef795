// A watch over the event loop: whoever runs it says again and again that it lives; a signal that comes in between
// writes down where it stands still.

internal import CLinux
import Glibc

/// The timer behind `watchdog-period`.
public enum Watchdog {
    /// Reports if nobody calls this again within so many milliseconds; zero ends the watch.
    public static func watch(milliseconds: Int) {
        if milliseconds > 0 {
            var action = sigaction()
            unsafe sigemptyset(&action.sa_mask)
            action.sa_flags = SA_ONSTACK | SA_SIGINFO | SA_RESTART
            unsafe action.__sigaction_handler.sa_sigaction = { _, _, context in unsafe Watchdog.report(context) }
            unsafe sigaction(SIGALRM, &action, nil)
            CrashReport.letThrough(SIGALRM)
        }
        schedule(milliseconds: milliseconds)
        // What is under way may still come.
        if milliseconds == 0 { signal(SIGALRM, SIG_IGN) }
    }

    /// The signal that the timer sends comes once, or not at all.
    static func schedule(milliseconds: Int) {
        var timer = itimerval()
        timer.it_value.tv_sec = milliseconds / 1000
        timer.it_value.tv_usec = milliseconds % 1000 * 1000
        unsafe setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
    }

    private static func report(_ context: UnsafeMutableRawPointer?) {
        let code = errno
        let log = CrashReport.openLog()
        log.beginLine()
        log.write("\n--- WATCHDOG TIMER EXPIRED ---\n")
        unsafe StackTrace.write(to: log, interrupted: context.map { UnsafeRawPointer($0) }, skipping: 2)
        log.beginLine()
        log.write("--------\n\n")
        log.close()
        errno = code
    }
}
