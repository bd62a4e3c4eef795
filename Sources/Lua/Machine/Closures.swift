// Closures and the variables they share. An upvalue is open while its variable is on a stack, and takes the value along
// when the variable's scope ends.

extension Machine {
    /// A new closure of a child of the running function.
    @inline(never)
    mutating func makeClosure(_ instruction: Instruction, _ frame: FramePointer, base: Int) throws(Raised) {
        let child = instruction.wide
        let outer = frame.closure
        let code = heap.codes[heap.closures[outer].code].children[child]
        let sources = heap.codes[code].upvalueSources
        let environment = heap.closures[outer].environment
        let closure = try heap.makeClosure(code: code, environment: environment, upvalueCount: sources.count)
        for index in 0..<sources.count {
            let source = Int(sources[index])
            let upvalue: UInt32
            if source < 0x100 {
                upvalue = try openUpvalue(slot: base + source)
            } else {
                upvalue = heap.closures[outer].upvalues[source - 0x100]
            }
            heap.closures[closure.payload].upvalues[index] = upvalue
        }
        thread.stack[base + instruction.a] = closure
    }

    /// The open upvalue of a slot; they are listed from the highest slot down.
    private mutating func openUpvalue(slot: Int) throws(Raised) -> UInt32 {
        var above = noHandle
        var current = thread.openUpvalues
        while current != noHandle, Int(heap.upvalues[current].slot) >= slot {
            if Int(heap.upvalues[current].slot) == slot { return current }
            above = current
            current = heap.upvalues[current].next
        }
        let made = try heap.insert(
            upvalue: Upvalue(slot: Int32(truncatingIfNeeded: slot), thread: currentThread, next: current))
        if above == noHandle {
            thread.openUpvalues = made
            thread.highestOpen = slot
        } else {
            heap.upvalues[above].next = made
        }
        return made
    }

    /// The variables at and above a slot end.
    @inline(never)
    mutating func closeUpvalues(from slot: Int) {
        while thread.openUpvalues != noHandle {
            let handle = thread.openUpvalues
            let upvalue = heap.upvalues[handle]
            if Int(upvalue.slot) < slot {
                thread.highestOpen = Int(upvalue.slot)
                return
            }
            let value = upvalue.slot >= 0 ? thread.stack[Int(upvalue.slot)] : .nil
            thread.openUpvalues = upvalue.next
            heap.upvalues[handle] = Upvalue(value: value, slot: -1, thread: noHandle, next: noHandle)
            heap.remember(upvalue: handle, value)
        }
        thread.highestOpen = -1
    }

    /// Reads a variable that is on the stack of another thread.
    @inline(never)
    mutating func copyOpenUpvalue(_ upvalue: Upvalue, to slot: Int) {
        let stack = upvalue.thread == noHandle ? mainThread.stack : heap.threads[upvalue.thread].stack
        thread.stack[slot] = stack[Int(upvalue.slot)]
    }

    @inline(never)
    mutating func setUpvalue(_ handle: UInt32, _ value: Value) {
        let slot = Int(heap.upvalues[handle].slot)
        if slot < 0 {
            heap.upvalues[handle].value = value
            heap.remember(upvalue: handle, value)
        } else if heap.upvalues[handle].thread == currentThread {
            thread.stack[slot] = value
        } else {
            setElsewhere(heap.upvalues[handle], value)
        }
    }

    @inline(never)
    private mutating func setElsewhere(_ upvalue: Upvalue, _ value: Value) {
        let stack = upvalue.thread == noHandle ? mainThread.stack : heap.threads[upvalue.thread].stack
        stack[Int(upvalue.slot)] = value
    }
}
