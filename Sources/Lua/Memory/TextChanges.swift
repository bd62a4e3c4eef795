// Strings that are made of one other in a single pass.

extension Heap {
    /// As in the C locale.
    mutating func makeString(lowercasing text: Text) throws(Raised) -> Value {
        try makeString(of: text) { $0.lowercased }
    }

    mutating func makeString(uppercasing text: Text) throws(Raised) -> Value {
        try makeString(of: text) { $0.uppercased }
    }

    mutating func makeString(reversing text: Text) throws(Raised) -> Value {
        let handle = try makeString(count: text.count)
        let target = strings[handle].bytes
        unsafe text.withPointer { (source) in
            let bytes = unsafe source.assumingMemoryBound(to: UInt8.self)
            let last = target.count &- 1
            for index in 0..<target.count { unsafe target.start[index] = bytes[last &- index] }
        }
        charge(bytes: target.count)
        return Value(tag: .string, payload: handle)
    }

    /// Each byte as `change` has it; the closure is inlined, so that many bytes are changed at once.
    @inline(__always)
    private mutating func makeString(of text: Text, _ change: (UInt8) -> UInt8) throws(Raised) -> Value {
        let handle = try makeString(count: text.count)
        let target = strings[handle].bytes
        unsafe text.withPointer { (source) in
            let bytes = unsafe source.assumingMemoryBound(to: UInt8.self)
            for index in 0..<target.count { unsafe target.start[index] = change(bytes[index]) }
        }
        charge(bytes: target.count)
        return Value(tag: .string, payload: handle)
    }

    /// The text so many times: what is there is doubled as long as it fits. "not enough memory"
    mutating func makeString(repeating text: Text, count: Int) throws(Raised) -> Value {
        let (size, overflow) = text.count.multipliedReportingOverflow(by: count)
        guard !overflow, size > 0 else { throw outOfMemory() }
        let handle = try makeString(count: size)
        let target = strings[handle].bytes
        let start = unsafe UnsafeMutableRawPointer(target.start)
        var filled = min(text.count, target.count)
        unsafe text.withPointer { unsafe start.copyMemory(from: $0, byteCount: filled) }
        // Pieces of whole texts that stay in the processor's cache.
        let longest = max(text.count, (1 << 16) &- (1 << 16) % text.count)
        while filled < target.count {
            let length = min(filled, longest, target.count &- filled)
            unsafe (start + filled).copyMemory(from: start, byteCount: length)
            filled &+= length
        }
        charge(bytes: size)
        return Value(tag: .string, payload: handle)
    }
}
