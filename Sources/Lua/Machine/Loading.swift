// From source text to a function: the compiler's prototypes become code in stable memory, verified once.

extension Machine {
    /// Compiles a chunk into a function, permanent if no script runs. The message of a syntax error is then in
    /// `raised`.
    public mutating func load(_ source: RawSpan, chunkName: RawSpan) throws(Raised) -> Value {
        let name = (0..<chunkName.byteCount).map {
            unsafe chunkName.unsafeLoad(fromUncheckedByteOffset: $0, as: UInt8.self)
        }
        var result = Result<Value, Raised>.failure(Raised())
        unsafe source.withUnsafeBytes { (bytes) in
            let start = unsafe bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 16).unsafelyUnwrapped
            let text = unsafe Text(unsafeStart: start, count: bytes.count)
            do throws(Raised) { result = .success(try load(text, chunkName: name)) } catch { result = .failure(error) }
        }
        return try result.get()
    }

    /// The longest text that a running script may compile: it takes about half a second.
    private static let longestLoadedSource = 16 << 20

    /// The same, for `load` and `loadstring`.
    mutating func load(_ source: Text, chunkName: [UInt8]) throws(Raised) -> Value {
        let prototype: Prototype
        // What is compiled while a script runs counts: about thirty nanoseconds for each byte.
        if thread.frameCount > 0 {
            guard source.count <= Machine.longestLoadedSource else { throw raise(Array("chunk too large".utf8)) }
            budgetLeft &-= source.count &>> 3
        }
        // Nesting in the source counts on from the levels that the running script is at.
        let depth = thread.frameCount > 0 ? max(1, Int(topFramePointer.level)) : 0
        let memory = max(0, limits.memory - memoryUsed)
        do {
            prototype = try Compiler.compile(source, chunkName: chunkName, depth: depth, memory: memory)
        } catch { throw error.isOutOfMemory ? heap.outOfMemory() : raise(error.message) }
        let isPermanent = thread.frameCount == 0 && currentThread == noHandle
        if isPermanent { heap.beginPermanent() }
        defer { if isPermanent { heap.endPermanent() } }
        let name = try makeString(chunkName)
        let shortName = try makeString(Compiler.shortName(of: chunkName))
        let code = try loadCode(prototype, name, shortName)
        let function = try heap.makeClosure(code: code, environment: environmentOfThread, upvalueCount: 0)
        if isPermanent { heap.retain(function) }
        return function
    }

    /// Its blocks move only when the script has ended and leaves it behind: frames point into them.
    private mutating func loadCode(_ prototype: Prototype, _ name: Value, _ shortName: Value) throws(Raised) -> UInt32 {
        guard Verifier.isSound(prototype) else { throw raise(Array("bad code".utf8)) }
        var code = FunctionCode()
        code.chunkName = name
        code.shortName = shortName
        code.parameterCount = UInt8(truncatingIfNeeded: prototype.parameterCount)
        code.registerCount = UInt8(clamping: prototype.registerCount)
        code.isVariadic = prototype.isVariadic
        code.needsArgumentTable = prototype.needsArgumentTable
        code.firstLine = Int32(truncatingIfNeeded: prototype.firstLine)
        do throws(Raised) { try fill(&code, prototype) } catch {
            heap.purpose = .release(permanent: heap.isPermanent)
            code.visitBlocks(&heap)
            throw error
        }
        return try heap.insert(code: code)
    }

    private mutating func fill(_ code: inout FunctionCode, _ prototype: Prototype) throws(Raised) {
        code.instructions = try heap.makeBlock(
            prototype.instructions.count, repeating: Instruction(bits: 0))
        for (index, instruction) in prototype.instructions.enumerated() { code.instructions[index] = instruction }
        code.lines = try heap.makeBlock(prototype.lines.count, repeating: 0)
        for (index, line) in prototype.lines.enumerated() { code.lines[index] = line }
        code.constants = try heap.makeBlock(prototype.constants.count, repeating: .nil)
        for (index, constant) in prototype.constants.enumerated() { code.constants[index] = try value(of: constant) }
        code.children = try heap.makeBlock(prototype.children.count, repeating: noHandle)
        for (index, child) in prototype.children.enumerated() {
            code.children[index] = try loadCode(child, code.chunkName, code.shortName)
        }
        code.upvalueSources = try heap.makeBlock(prototype.upvalues.count, repeating: 0)
        code.upvalueNames = try heap.makeBlock(prototype.upvalues.count, repeating: .nil)
        for (index, upvalue) in prototype.upvalues.enumerated() {
            code.upvalueSources[index] = UInt16(truncatingIfNeeded: upvalue.index + (upvalue.isRegister ? 0 : 0x100))
            code.upvalueNames[index] = try makeInterned(upvalue.name)
        }
        code.locals = try heap.makeBlock(
            prototype.locals.count, repeating: LocalName(name: .nil, register: 0, start: 0, end: 0))
        for (index, local) in prototype.locals.enumerated() {
            code.locals[index] = LocalName(
                name: try makeInterned(local.name), register: Int32(truncatingIfNeeded: local.register),
                start: Int32(truncatingIfNeeded: local.start), end: Int32(truncatingIfNeeded: local.end))
        }
    }

    private mutating func value(of constant: Prototype.Constant) throws(Raised) -> Value {
        switch constant {
        case .number(let number): Value(number)
        case .string(let bytes): try makeInterned(bytes)
        case .nil: .nil
        case .boolean(let truth): Value(truth)
        }
    }

    private mutating func makeInterned(_ bytes: [UInt8]) throws(Raised) -> Value {
        try heap.makeInterned(bytes)
    }
}
