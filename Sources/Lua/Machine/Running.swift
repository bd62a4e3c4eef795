// How the host runs a script.

extension Machine {
    /// Puts the function on the stack of the main thread; arguments may be pushed behind it before the first `run`.
    public mutating func begin(_ function: Value) {
        if thread.frameCount > 0 || currentThread != noHandle { abandon() }
        failedAt = nil
        thread.top = 0
        push(function)
        isBegun = true
    }

    /// Runs until the script ends, asks the host for something or has spent its budget.
    public mutating func run() -> Outcome {
        budgetLeft = limits.budget
        isStepping = false
        if isKilled || isRaising {
            isRaising = false
            if !unwind() { return .failed }
        }
        while true {
            do throws(Raised) {
                if isBegun {
                    isBegun = false
                    try call(0, arguments: thread.top - 1, wanted: -1, purpose: .thread)
                }
                return try interpret()
            } catch {
                if !unwind() { return .failed }
            }
        }
    }

    /// The last `results` pushed values are what the host function returns; the next `run` goes on behind the call.
    public mutating func finishHostCall(results: Int) {
        guard topKind == .host else { return }
        isStepping = false
        let count = max(0, min(results, thread.top - topFramePointer.base))
        do throws(Raised) { try leave(first: thread.top - count, count: count) } catch { isRaising = true }
    }

    /// The host function ends with the error in `raised`, which `pcall` can catch.
    public mutating func failHostCall() { isRaising = true }

    /// Ends the running script with an error that nothing in it can catch; the next `run` returns `.failed`.
    public mutating func kill(_ message: String) {
        isKilled = true
        var index = thread.frameCount - 1
        while index >= 0 && thread.frames[index].kind != .lua { index -= 1 }
        _ = raise((index < 0 ? [] : position(ofFrame: index)) + Array(message.utf8))
    }

    /// Forgets the script: its stack, and all objects made since the last `keep`, unless a permanent object holds them.
    public mutating func end() {
        abandon()
        shrinkMainThread()
        thread.environment = .nil
        raised = .nil
        failedAt = nil
        isBegun = false
        heap.end()
        if heap.wantsFullCollection { collect(full: true) }
    }

    /// What exists now is permanent: it survives `end`, until `forget(function)` and a collection.
    public mutating func keep() { heap.keep() }

    /// The most steps of one turn of a native function: they take about half a second. Functions that can wait for
    /// another turn do so long before.
    static let nativeStepLimit = 50_000_000

    /// A native function has done so many steps, of about ten nanoseconds each.
    @inline(__always)
    mutating func spend(_ steps: Int) throws(Raised) {
        let before = nativeSteps
        nativeSteps &+= max(steps, 0)
        budgetLeft &-= nativeSteps &>> 4 &- before &>> 4
        if nativeSteps > Machine.nativeStepLimit || nativeSteps < 0 {
            throw error("a library function takes too long")
        }
    }
}
