// A thread beside the one that runs commands. It hears no signals, so that those stay with the main thread, has a small
// stack, and gives way: it does not inherit a real-time class, and where it has to share the only processor with the
// main thread it works in short pieces.

internal import CLinux
import Glibc

/// A thread that runs its body once.
@safe struct HelperThread: ~Copyable {
    private static let stackSize = 256 << 10
    private var handle = pthread_t()

    /// What the thread is told to do.
    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// With a name of at most 15 bytes, for `top` and debuggers. Nil if the system gives no thread, as in a container
    /// that may have no more processes; the body is not run then.
    init?(name: String, _ body: @escaping @Sendable () -> Void) {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        unsafe pthread_attr_setstacksize(&attributes, HelperThread.stackSize)
        defer { unsafe pthread_attr_destroy(&attributes) }
        var priority = sched_param()
        unsafe pthread_attr_setinheritsched(&attributes, CInt(PTHREAD_EXPLICIT_SCHED))
        unsafe pthread_attr_setschedpolicy(&attributes, SCHED_OTHER)
        unsafe pthread_attr_setschedparam(&attributes, &priority)
        // A thread begins with the signals of the one that starts it.
        var signals = sigset_t(), before = sigset_t()
        unsafe sigfillset(&signals)
        // Those by which a thread crashes must get through.
        for number in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP] { unsafe sigdelset(&signals, number) }
        unsafe pthread_sigmask(SIG_SETMASK, &signals, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        let body = unsafe Unmanaged.passRetained(Body(body))
        let code = unsafe pthread_create(
            &handle, &attributes,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, body.toOpaque())
        guard code == 0 else {
            unsafe body.release()
            return nil
        }
        _ = unsafe pthread_setname_np(handle, name)
    }

    /// Nobody waits for it.
    consuming func detach() { pthread_detach(handle) }

    /// Waits until the body has ended.
    consuming func join() { pthread_join(handle, nil) }
}

/// Work of a helper thread in short pieces. A scheduler counts time in ticks of some milliseconds: for so long a thread
/// that goes on keeps the only processor from the main thread. One that sleeps after each piece has it only that long.
public struct ShortPieces: Sendable {
    /// As in a pod with one processor.
    private static let areNeeded = ProcessUsage.processorCount == 1
    private static let longest = 150 * Ticks.perMicrosecond

    private var began = Ticks.now

    public init() {}

    /// The beginning of work, after some time without.
    public mutating func begin() { began = Ticks.now }

    /// A place where the work can be interrupted.
    @inline(__always) public mutating func pauseIfLong() {
        guard ShortPieces.areNeeded, Ticks.now &- began >= ShortPieces.longest else { return }
        pause()
    }

    /// Sleeps about as long as the thread has worked.
    @inline(never) private mutating func pause() {
        let nanoseconds = (Ticks.now &- began) / Ticks.perMicrosecond &* 1000
        var time = timespec(tv_sec: 0, tv_nsec: min(1_000_000, Int(truncatingIfNeeded: nanoseconds)))
        unsafe nanosleep(&time, nil)
        began = Ticks.now
    }
}

/// A lock with two things to wait for, in one place in memory.
@safe struct Monitor: ~Copyable {
    enum Condition { case work, progress }

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let conditions = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 2)

    init() {
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(conditions, nil)
        unsafe pthread_cond_init(conditions + 1, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(conditions)
        unsafe pthread_cond_destroy(conditions + 1)
        unsafe pthread_mutex_destroy(mutex)
        unsafe conditions.deallocate()
        unsafe mutex.deallocate()
    }

    borrowing func lock() { unsafe pthread_mutex_lock(mutex) }
    borrowing func unlock() { unsafe pthread_mutex_unlock(mutex) }

    /// Gives up the lock until somebody signals the condition; it may also wake for nothing.
    borrowing func wait(for condition: Condition) {
        unsafe pthread_cond_wait(conditions + (condition == .work ? 0 : 1), mutex)
    }

    borrowing func signal(_ condition: Condition) {
        unsafe pthread_cond_signal(conditions + (condition == .work ? 0 : 1))
    }
}
