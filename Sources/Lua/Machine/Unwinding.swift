// What happens to an error: it goes up the frames to a protected call, to whoever resumed the coroutine, or to the
// host.

extension Machine {
    /// Brings the error in `raised` to whoever catches it. Whether the script goes on.
    mutating func unwind() -> Bool {
        isStepping = false
        suspension = .none
        recordFailure()
        var failures = 0
        while !isKilled {
            guard let index = protectedFrame else {
                if currentThread == noHandle { break }
                if !endThreadByError() { continue }
                return true
            }
            do throws(Raised) {
                if try runHandler(index, failures) { return true }
                try leaveProtected()
                return true
            } catch {
                failures += 1
            }
        }
        abandon()
        return false
    }

    /// The index of the innermost pcall or xpcall of the running thread whose function has not returned.
    private var protectedFrame: Int? {
        var index = thread.frameCount - 1
        while index >= 0 {
            let frame = thread.frames[index]
            if frame.kind == .control, frame.stage == ControlLibrary.protectedStage,
                ControlLibrary.isProtected(frame.native)
            {
                return index
            }
            index -= 1
        }
        return nil
    }

    /// An xpcall's handler runs on top of the frames that failed. Whether one was called.
    private mutating func runHandler(_ index: Int, _ failures: Int) throws(Raised) -> Bool {
        let frame = thread.frames[index]
        guard ControlLibrary.hasHandler(frame.native), !heap.isOutOfMemory else { return false }
        let handler = thread.stack[Int(frame.base) + 1]
        let level = Int(topFramePointer.level) + failures
        guard handler.isFunction, level < Int(Machine.nativeLevels) * 9 / 8 else {
            _ = errorInErrorHandling()
            return false
        }
        let slot = firstFreeSlot
        try ensureSlots(upTo: slot + 2 + Machine.freeSlots)
        thread.stack[slot] = handler
        thread.stack[slot + 1] = raised
        try call(slot, arguments: 1, wanted: 1, purpose: .handler)
        return true
    }

    /// The innermost protected call returns false and the error.
    mutating func leaveProtected() throws(Raised) {
        guard let index = protectedFrame else { throw Raised() }
        let frame = thread.frames[index]
        closeUpvalues(from: Int(frame.base))
        // What failed for want of memory should not be held by the slots that it leaves.
        for slot in Int(frame.base)..<max(Int(frame.base), thread.liveSlots(heap)) { thread.stack[slot] = .nil }
        thread.frameCount = index + 1
        thread.top = Int(frame.base)
        isHandlingOverflow = false
        push(.false)
        push(ControlLibrary.hasHandler(frame.native) ? raised : unwrapped(raised))
        try leave(first: Int(frame.base), count: 2)
    }

    /// Where Redis's pcall shows the text of an error table.
    private func unwrapped(_ error: Value) -> Value {
        guard unwrapsErrorTables, error.isTable else { return error }
        let text = rawGet(error, field: "err")
        return text.isString || text.isNumber ? text : error
    }

    /// Forgets all that runs.
    mutating func abandon() {
        suspension = .none
        while currentThread != noHandle { leaveThread(status: .dead) }
        if thread.highestOpen >= 0 { closeUpvalues(from: 0) }
        thread.frameCount = 0
        thread.top = 0
        isKilled = false
        isRaising = false
        isHandlingOverflow = false
    }
}
