// The life of a server that may end its process. Nothing returns from the end of a process, so it lives on a thread of
// its own, which stands still for ever when the server ends it.

import Foundation
import Synchronization

/// How a life ended.
enum LifeEnd: Equatable {
    /// The test was through with it.
    case released
    case exited(Int32)
}

/// Runs a body that may end the process of `host`, and says how that went.
func live(on host: FakeHost, _ body: @escaping @Sendable () -> Void) -> LifeEnd {
    let isOver = DispatchSemaphore(value: 0), note = LifeNote()
    host.whenItEnds = { code in
        note.end.withLock { $0 = .exited(code) }
        isOver.signal()
        while true { Thread.sleep(forTimeInterval: 1_000_000) }
    }
    let thread = Thread {
        body()
        isOver.signal()
    }
    thread.stackSize = 1 << 20
    thread.start()
    isOver.wait()
    host.whenItEnds = nil
    return note.end.withLock { $0 }
}

/// What two threads know of the end.
private final class LifeNote: Sendable {
    let end = Mutex(LifeEnd.released)
}
