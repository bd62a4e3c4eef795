// Work that may wait for the disk, done by a thread of its own, one job after the other. Jobs cross over by a bounded
// queue that owns them; what became of them comes back as outcomes, and the event loop is woken to fetch them.
//
// Ownership rule: the ring and the state belong to `Shared`. Places of the ring that hold a job are touched under the
// lock only, the state only by whoever runs a job. The thread ends before `Shared` does.

import Glibc
internal import Synchronization

/// Who runs the jobs of a worker.
public enum WorkerMode: Sendable {
    /// A thread, from the first job on.
    case thread
    /// Nobody, until a test calls `step`.
    case byHand
    /// Who hands a job over, at once.
    case atOnce
}

/// A thread with its state, its jobs and their outcomes. All its methods are for the one thread that owns it.
@safe public final class DiskWorker<State: ~Copyable & Sendable, Job: ~Copyable & Sendable, Outcome: Sendable> {
    /// Does a job; an outcome is told to the owner.
    public typealias Handler = @Sendable (inout State, consuming Job) -> Outcome?

    /// What both threads touch.
    @safe private final class Shared: @unchecked Sendable {
        let monitor = Monitor()
        let capacity: Int
        private let jobs: UnsafeMutablePointer<Job>
        private let state: UnsafeMutablePointer<State>
        private let handler: Handler
        private let wakeup: Wakeup?
        private var first = 0
        private(set) var count = 0
        private(set) var isBusy = false
        var isEnding = false
        var outcomes: [Outcome] = []
        /// To be looked at without the lock.
        let hasOutcomes = Atomic(false)

        init(capacity: Int, state: consuming State, wakeup: Wakeup?, handler: @escaping Handler) {
            self.capacity = capacity
            self.handler = handler
            self.wakeup = wakeup
            unsafe jobs = .allocate(capacity: capacity)
            unsafe self.state = .allocate(capacity: 1)
            unsafe self.state.initialize(to: state)
        }

        deinit {
            for index in 0..<count { unsafe (jobs + (first + index) % capacity).deinitialize(count: 1) }
            unsafe jobs.deallocate()
            unsafe state.deinitialize(count: 1)
            unsafe state.deallocate()
        }

        /// Under the lock, and with room.
        func put(_ job: consuming Job) {
            unsafe (jobs + (first + count) % capacity).initialize(to: job)
            count += 1
        }

        /// Under the lock; gives it up while it does the first of the jobs.
        func runFirst() {
            let job = unsafe (jobs + first).move()
            first = (first + 1) % capacity
            count -= 1
            isBusy = true
            monitor.signal(.progress)
            monitor.unlock()
            let outcome = unsafe handler(&state.pointee, job)
            monitor.lock()
            isBusy = false
            if let outcome {
                outcomes.append(outcome)
                if !hasOutcomes.exchange(true, ordering: .acquiringAndReleasing) {
                    // Whoever wakes up wants the lock at once.
                    monitor.unlock()
                    wakeup?.call()
                    monitor.lock()
                }
            }
            monitor.signal(.progress)
        }

        /// The life of the thread: it ends when it is told to and all jobs are done.
        func live() {
            monitor.lock()
            while true {
                if count > 0 { runFirst() } else if isEnding { break } else { monitor.wait(for: .work) }
            }
            monitor.unlock()
        }
    }

    private let shared: Shared
    private let name: String
    private let mode: WorkerMode
    private let makeThread: ThreadMaker
    private var thread: HelperThread?
    /// Outcomes fetched and not yet taken, last first.
    private var fetched: [Outcome] = []

    /// Starts a thread of this name, or nil.
    typealias ThreadMaker = (String, @escaping @Sendable () -> Void) -> HelperThread?

    /// With room for `capacity` jobs. `wakeup` is called when there are outcomes to take.
    public convenience init(
        name: String, capacity: Int, mode: WorkerMode = .thread, wakeup: Wakeup? = nil, state: consuming State,
        handler: @escaping Handler
    ) {
        self.init(
            name: name, capacity: capacity, mode: mode, wakeup: wakeup, state: state, handler: handler,
            makeThread: { HelperThread(name: $0, $1) })
    }

    init(
        name: String, capacity: Int, mode: WorkerMode, wakeup: Wakeup?, state: consuming State,
        handler: @escaping Handler, makeThread: @escaping ThreadMaker
    ) {
        precondition(capacity > 0)
        self.name = name
        self.mode = mode
        self.makeThread = makeThread
        shared = Shared(capacity: capacity, state: state, wakeup: wakeup, handler: handler)
    }

    deinit {
        shared.monitor.lock()
        shared.isEnding = true
        shared.monitor.signal(.work)
        shared.monitor.unlock()
        if let thread = thread.take() { thread.join() }
    }

    // MARK: Jobs

    /// Jobs that wait, without the one that is being done.
    public var count: Int { underLock { $0.count } }
    public var hasRoom: Bool { underLock { $0.count < $0.capacity } }
    /// No job waits or is being done.
    public var isIdle: Bool { underLock { $0.count == 0 && !$0.isBusy } }

    /// Hands over a job; gives it back if there is no room.
    public func submit(_ job: consuming Job) -> Job? {
        guard hasRoom else { return job }
        put(job)
        return nil
    }

    /// Hands over a job, and waits for room if there is none. For the end of the process, and `SAVE`.
    public func submitWaiting(_ job: consuming Job) {
        waitUntil { $0.count < $0.capacity }
        put(job)
    }

    /// There is room, and nobody else fills it. Without a thread, which a crowded system may refuse, the job is done
    /// at once, and the next one asks for a thread again.
    private func put(_ job: consuming Job) {
        startThread()
        shared.monitor.lock()
        shared.put(job)
        if mode == .atOnce || mode == .thread && thread == nil {
            shared.runFirst()
        } else {
            shared.monitor.signal(.work)
        }
        shared.monitor.unlock()
    }

    /// Waits until all jobs are done.
    public func drain() { waitUntil { $0.count == 0 && !$0.isBusy } }

    /// Waits until all jobs are done and the thread has ended. The next job starts another.
    public func stop() {
        drain()
        guard let thread = thread.take() else { return }
        shared.monitor.lock()
        shared.isEnding = true
        shared.monitor.signal(.work)
        shared.monitor.unlock()
        thread.join()
        shared.isEnding = false
    }

    /// Does one job on this thread; false if none waits. Only for workers by hand.
    public func step() -> Bool {
        precondition(mode == .byHand)
        return underLock {
            if $0.count == 0 { return false }
            $0.runFirst()
            return true
        }
    }

    // MARK: Outcomes

    /// What became of the next job that had something to tell.
    public func takeOutcome() -> Outcome? {
        if let outcome = fetched.popLast() { return outcome }
        guard shared.hasOutcomes.load(ordering: .acquiring) else { return nil }
        underLock { shared in
            fetched = shared.outcomes.reversed()
            shared.outcomes.removeAll(keepingCapacity: true)
            shared.hasOutcomes.store(false, ordering: .releasing)
        }
        return fetched.popLast()
    }

    // MARK: Waiting

    private func underLock<Result>(_ body: (Shared) -> Result) -> Result {
        shared.monitor.lock()
        defer { shared.monitor.unlock() }
        return body(shared)
    }

    private func waitUntil(_ isReached: (Shared) -> Bool) {
        underLock { shared in
            while !isReached(shared) {
                if mode == .thread { shared.monitor.wait(for: .progress) } else { shared.runFirst() }
            }
        }
    }

    private func startThread() {
        guard mode == .thread, thread == nil else { return }
        thread = makeThread(name) { [shared] in shared.live() }
    }
}
