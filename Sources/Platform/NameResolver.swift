// Names looked up beside the thread that runs commands, each by a thread of its own: one that a name server keeps
// waiting holds up no other. Nobody waits for the threads, and at most so many are under way. What they have found is
// told to the owner, who is woken, under the number of the question; who has lost interest does not listen.
//
// Ownership rule: threads and owner share `Shared`, whose fields are touched under its lock only; whoever is last frees
// it.

import Glibc
internal import Synchronization

/// What has been found out about a name.
public enum NameAnswer: Sendable {
    case addresses([SocketAddress])
    /// There are none, in the system's words.
    case failure(String)
}

/// What becomes of a question.
public enum NameReply: Sendable {
    case known(NameAnswer)
    /// It will be known, under this number.
    case asked(Int)
}

/// Asks for the addresses of names. All its methods are for the one thread that owns it.
@safe public final class NameResolver {
    /// What the threads touch.
    @safe private final class Shared: @unchecked Sendable {
        let monitor = Monitor()
        let wakeup: Wakeup?
        private var answers: [(number: Int, answer: NameAnswer)] = []
        /// To be looked at without the lock.
        let hasAnswers = Atomic(false)

        init(wakeup: Wakeup?) { self.wakeup = wakeup }

        func add(_ number: Int, _ answer: NameAnswer) {
            monitor.lock()
            answers.append((number, answer))
            hasAnswers.store(true, ordering: .releasing)
            monitor.unlock()
            wakeup?.call()
        }

        func takeAll() -> [(number: Int, answer: NameAnswer)] {
            monitor.lock()
            defer { monitor.unlock() }
            defer { answers = [] }
            hasAnswers.store(false, ordering: .releasing)
            return answers
        }
    }

    /// So many names are looked up at once.
    public static let mostQuestions = 8

    private let service: any NameService
    private let mode: WorkerMode
    private let shared: Shared
    private var lastNumber = 0
    /// Names that are being looked up.
    private var underWay: [(number: Int, name: String)] = []
    /// What has been found and not been taken yet, in its order.
    private var found: [(number: Int, answer: NameAnswer)] = []
    /// The answer that is being dealt with: whoever asks again meanwhile hears it.
    private var present: (name: String, answer: NameAnswer)?

    public init(service: any NameService, mode: WorkerMode = .thread, wakeup: Wakeup? = nil) {
        (self.service, self.mode) = (service, mode)
        shared = Shared(wakeup: wakeup)
    }

    /// Questions without an answer.
    public var questionCount: Int { underWay.count }

    /// The addresses of a name, if they are known at once; otherwise they will be looked up. A name that is being
    /// looked up already is not looked up twice. `reserve` questions are left for others.
    public func ask(_ name: String, reserve: Int = 0) -> NameReply {
        if let present, present.name == name { return .known(present.answer) }
        if let address = service.address(written: name) { return .known(.addresses([address])) }
        if mode == .atOnce { return .known(NameResolver.lookUp(name, service)) }
        if let question = underWay.first(where: { $0.name == name }) { return .asked(question.number) }
        guard underWay.count < NameResolver.mostQuestions - reserve else {
            return .known(.failure("Too many names are being looked up"))
        }
        lastNumber += 1
        guard mode != .thread || startLookUp(name, lastNumber) else {
            return .known(.failure("There is no thread to look the name up"))
        }
        underWay.append((lastNumber, name))
        return .asked(lastNumber)
    }

    private func startLookUp(_ name: String, _ number: Int) -> Bool {
        let thread = HelperThread(name: "name_lookup") { [service, shared] in
            shared.add(number, NameResolver.lookUp(name, service))
        }
        guard let thread else { return false }
        thread.detach()
        return true
    }

    private static func lookUp(_ name: String, _ service: any NameService) -> NameAnswer {
        do throws(ConnectError) { return .addresses(try service.addresses(of: name)) } catch {
            return .failure(error.reason)
        }
    }

    /// The next name that has been looked up; nil if there is no other. Until the call after it, whoever asks for that
    /// name is answered at once.
    public func takeAnswer() -> (number: Int, answer: NameAnswer)? {
        present = nil
        if found.isEmpty, shared.hasAnswers.load(ordering: .acquiring) { found = shared.takeAll() }
        guard !found.isEmpty else { return nil }
        let (number, answer) = found.removeFirst()
        if let place = underWay.firstIndex(where: { $0.number == number }) {
            present = (underWay.remove(at: place).name, answer)
        }
        return (number, answer)
    }

    /// Waits for an answer, for who may not do anything else meanwhile; nil if there is none in time.
    public func wait(for number: Int, within milliseconds: Int) -> NameAnswer? {
        var left = milliseconds
        while true {
            if mode == .byHand { _ = step() }
            if shared.hasAnswers.load(ordering: .acquiring) { found += shared.takeAll() }
            if let answer = found.first(where: { $0.number == number }) { return answer.answer }
            guard left > 0 else { return nil }
            if mode == .thread { ProcessUsage.sleep(microseconds: 1000) }
            left -= 1
        }
    }

    /// Looks up the oldest name on this thread; false if there is none. Only for resolvers by hand.
    public func step() -> Bool {
        precondition(mode == .byHand)
        guard let question = underWay.first(where: { question in !found.contains { $0.number == question.number } })
        else { return false }
        found.append((question.number, NameResolver.lookUp(question.name, service)))
        return true
    }
}
