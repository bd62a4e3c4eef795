// The instruction `concatenate`: from the right, as many strings and numbers at once as lie side by side; a metamethod
// where two neighbours are not both of those. How many operands are left is in the frame, so that it can go on later.

extension Machine {
    /// Whether frames have changed. `frame.count` operands are left, from the instruction's first on.
    @inline(never)
    mutating func concatenate(_ instruction: Instruction, base: Int) throws(Raised) -> Bool {
        let first = base + instruction.b & 0xFF
        var left = topFramePointer.count
        while left > 1 {
            let last = first + left - 1
            let one = thread.stack[last - 1]
            let other = thread.stack[last]
            guard one.isString || one.isNumber, other.isString || other.isNumber else {
                var handler = metamethod(.concatenate, of: one)
                if handler.isNil { handler = metamethod(.concatenate, of: other) }
                if handler.isNil {
                    let isFirst = !(one.isString || one.isNumber)
                    throw typeError(isFirst ? one : other, "concatenate", slot: isFirst ? last - 1 : last)
                }
                topFramePointer.count = left - 1
                try callMetamethod(handler, (one, other))
                return true
            }
            var count = 2
            while count < left {
                let value = thread.stack[last - count]
                if !value.isString && !value.isNumber { break }
                count += 1
            }
            let joined = try join(from: last - count + 1, count: count)
            left -= count - 1
            thread.stack[first + left - 1] = joined
        }
        thread.stack[base + instruction.a] = thread.stack[first]
        return false
    }

    /// Strings and numbers of the stack, one behind the other.
    private mutating func join(from first: Int, count: Int) throws(Raised) -> Value {
        var length = 0
        for slot in first..<first + count {
            if thread.stack[slot].isNumber { thread.stack[slot] = try toString(thread.stack[slot]) ?? .nil }
            length += heap.stringLength(thread.stack[slot])
        }
        guard length < Int(Int32.max) else { throw runtimeError("string length overflow") }
        return try heap.join(thread.stack, first, count, length: length)
    }
}
