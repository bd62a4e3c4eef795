// Functions, variables and threads as the heap makes them; what they are is the machine's (`Machine/Objects.swift`).

extension Heap {
    /// A function whose upvalues are still to be named. "not enough memory"
    @inline(__always) mutating func makeClosure(
        code: UInt32, environment: Value, upvalueCount: Int
    ) throws(Raised) -> Value {
        let names: Block<UInt32> =
            upvalueCount == 0 ? .empty : try makeBlock(upvalueCount, repeating: noHandle, permanent: isPermanent)
        let closure = Closure(code: code, environment: environment, upvalues: names)
        guard let handle = closures.insert(closure, permanently: isPermanent, &account) else {
            free(names, permanent: isPermanent)
            throw outOfMemory()
        }
        return Value(tag: .closure, payload: handle)
    }

    @inline(__always) mutating func insert(upvalue: Upvalue) throws(Raised) -> UInt32 {
        guard let handle = upvalues.insert(upvalue, permanently: isPermanent, &account) else { throw outOfMemory() }
        return handle
    }

    mutating func insert(code: FunctionCode) throws(Raised) -> UInt32 {
        guard let handle = codes.insert(code, permanently: isPermanent, &account) else {
            var code = code
            purpose = .release(permanent: isPermanent)
            code.visitBlocks(&self)
            throw outOfMemory()
        }
        return handle
    }

    mutating func insert(thread: ThreadState) throws(Raised) -> UInt32 {
        guard let handle = threads.insert(thread, permanently: isPermanent, &account) else {
            var thread = thread
            purpose = .release(permanent: isPermanent)
            thread.visitBlocks(&self)
            throw outOfMemory()
        }
        return handle
    }
}
