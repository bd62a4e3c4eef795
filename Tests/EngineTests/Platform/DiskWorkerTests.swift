// A worker does its jobs in order, takes no more than it has room for, and wakes whoever waits for outcomes: by hand
// and with a thread. Nothing here waits for a time; a thread that is to be slow waits at a gate.

@testable import Platform
import Synchronization
import Testing

/// A job that belongs to one side at a time.
private struct Job: ~Copyable, Sendable {
    let number: Int
    let alive: Counter

    init(_ number: Int, _ alive: Counter) {
        self.number = number
        self.alive = alive
        alive.add(1)
    }

    deinit { alive.add(-1) }
}

/// A number that two threads touch.
private final class Counter: Sendable {
    private let number = Atomic(0)
    var value: Int { number.load(ordering: .sequentiallyConsistent) }

    func add(_ more: Int) { number.add(more, ordering: .sequentiallyConsistent) }
}

/// What the thread keeps: the sum of the jobs so far.
private struct Sum: ~Copyable, Sendable {
    var total = 0
    let alive: Counter

    init(_ alive: Counter) {
        self.alive = alive
        alive.add(1)
    }

    deinit { alive.add(-1) }
}

/// Where a thread waits until it is let through.
private struct Gate: Sendable {
    let arrived = Wakeup()
    let opened = Wakeup()

    func pass() {
        arrived.call()
        wait(for: opened)
    }
}

/// Waits for a call, as the event loop does.
private func wait(for wakeup: Wakeup) {
    let network = SystemNetwork()
    network.add(listener: wakeup.descriptor, token: 1)
    #expect(network.wait(milliseconds: 30_000, most: 8) == 1)
    wakeup.clear()
}

@Suite struct DiskWorkerTests {
    private typealias Worker = DiskWorker<Sum, Job, [Int]>
    private let jobs = Counter(), states = Counter(), wakeup = Wakeup()

    /// A worker that tells the number of each job and the sum up to it; of odd ones only. Number 0 waits at the gate.
    private func worker(_ mode: WorkerMode, capacity: Int = 4, gate: Gate? = nil) -> Worker {
        Worker(name: "test", capacity: capacity, mode: mode, wakeup: wakeup, state: Sum(states)) { sum, job in
            if job.number == 0 { gate?.pass() }
            sum.total += job.number
            return job.number % 2 == 1 ? [job.number, sum.total] : nil
        }
    }

    private func submit(_ number: Int, to worker: Worker) -> Bool {
        switch worker.submit(Job(number, jobs)) {
        case .none: return true
        case .some(let refused): return refused.number != number
        }
    }

    private func outcomes(of worker: Worker) -> [[Int]] {
        var outcomes: [[Int]] = []
        while let outcome = worker.takeOutcome() { outcomes.append(outcome) }
        return outcomes
    }

    @Test func byHandEachStepIsAJob() {
        let worker = worker(.byHand)
        #expect(!worker.step())
        #expect((1...5).map { submit($0, to: worker) } == [true, true, true, true, false])
        #expect(jobs.value == 4)
        #expect(worker.count == 4 && !worker.hasRoom && !worker.isIdle)
        #expect(outcomes(of: worker) == [])
        #expect(worker.step())
        #expect(outcomes(of: worker) == [[1, 1]])
        #expect(submit(5, to: worker))
        while worker.step() {}
        #expect(outcomes(of: worker) == [[3, 6], [5, 15]])
        #expect(worker.isIdle && jobs.value == 0)
    }

    @Test func byHandWaitingDoesTheWork() {
        let worker = worker(.byHand, capacity: 2)
        for number in 1...6 { worker.submitWaiting(Job(number, jobs)) }
        #expect(worker.count == 2)
        worker.drain()
        #expect(outcomes(of: worker) == [[1, 1], [3, 6], [5, 15]])
    }

    @Test func atOnceAJobIsDoneWhenItIsHandedOver() {
        let worker = worker(.atOnce, capacity: 1)
        for number in 1...3 { #expect(submit(number, to: worker)) }
        worker.submitWaiting(Job(5, jobs))
        worker.drain()
        worker.stop()
        #expect(jobs.value == 0)
        #expect(outcomes(of: worker) == [[1, 1], [3, 6], [5, 11]])
    }

    @Test func withoutAThreadAJobIsDoneAtOnceAndTheNextOneAsksAgain() {
        let refusals = Counter()
        refusals.add(2)
        let worker = Worker(
            name: "test", capacity: 1, mode: .thread, wakeup: wakeup, state: Sum(states),
            handler: { sum, job in
                sum.total += job.number
                return [job.number, sum.total]
            },
            makeThread: { name, body in
                if refusals.value == 0 { return HelperThread(name: name, body) }
                refusals.add(-1)
                return nil
            })
        #expect(submit(1, to: worker))
        #expect(outcomes(of: worker) == [[1, 1]] && worker.isIdle)
        worker.submitWaiting(Job(3, jobs))
        worker.drain()
        #expect(outcomes(of: worker) == [[3, 4]] && refusals.value == 0)
        #expect(submit(5, to: worker))
        worker.drain()
        #expect(outcomes(of: worker) == [[5, 9]])
        worker.stop()
        #expect(jobs.value == 0)
    }

    @Test func whatIsLeftIsFreedWithTheWorker() {
        do {
            let worker = worker(.byHand)
            for number in 1...3 { _ = submit(number, to: worker) }
            _ = worker.step()
            #expect(jobs.value == 2 && states.value == 1)
        }
        #expect(jobs.value == 0)
        #expect(states.value == 0)
    }

    @Test func aThreadDoesTheJobsInOrder() {
        do {
            let worker = worker(.thread, capacity: 3)
            var sum = 0, expected: [[Int]] = []
            for number in 1...2000 {
                worker.submitWaiting(Job(number, jobs))
                sum += number
                if number % 2 == 1 { expected.append([number, sum]) }
            }
            worker.drain()
            #expect(worker.isIdle)
            #expect(outcomes(of: worker) == expected)
        }
        #expect(jobs.value == 0 && states.value == 0)
    }

    @Test func aFullQueueGivesTheJobBack() {
        let gate = Gate(), worker = worker(.thread, capacity: 2, gate: gate)
        #expect(submit(0, to: worker))
        wait(for: gate.arrived)
        // The first one is being done and takes no room.
        #expect((1...3).map { submit($0, to: worker) } == [true, true, false])
        #expect(!worker.isIdle && worker.takeOutcome() == nil)
        gate.opened.call()
        worker.drain()
        #expect(outcomes(of: worker) == [[1, 1]])
    }

    @Test func outcomesWakeWhoWaits() {
        let worker = worker(.thread)
        for number in stride(from: 1, to: 100, by: 2) {
            #expect(submit(number, to: worker))
            wait(for: wakeup)
            #expect(outcomes(of: worker).map(\.first) == [number])
        }
    }

    @Test func stoppingFinishesAndMayBeFollowedByMore() {
        let worker = worker(.thread, capacity: 100)
        for round in 0..<3 {
            for number in 1...50 { #expect(submit(number, to: worker)) }
            worker.stop()
            #expect(worker.isIdle && jobs.value == 0)
            #expect(outcomes(of: worker).count == 25, "round \(round)")
        }
    }

    @Test func theEndOfAWorkerFinishesItsJobs() {
        let done = Counter(), gate = Gate()
        do {
            let worker = DiskWorker<Int, Job, Int>(name: "test", capacity: 9, state: 0) { _, job in
                if job.number == 0 { gate.pass() }
                done.add(1)
                return nil
            }
            for number in 0..<5 { _ = worker.submit(Job(number, jobs)) }
            wait(for: gate.arrived)
            gate.opened.call()
        }
        #expect(done.value == 5 && jobs.value == 0)
    }
}
