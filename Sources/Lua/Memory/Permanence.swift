// What outlives a script: the notes about permanent objects that may point at its objects, and what happens at its end.

extension Heap {
    // MARK: the write barrier

    /// A permanent table was given a value (or a key).
    @inline(never) mutating func remember(table: UInt32, _ value: Value) {
        guard isOfScript(value), !tables[table].isRemembered else { return }
        tables[table].isRemembered = true
        remembered.append(Value(tag: .table, payload: table))
    }

    /// A key that must be marked came into a table.
    @inline(__always) mutating func noteKey(_ key: Value, in table: UInt32) {
        if tables.isPermanent(table) { remember(table: table, key) }
    }

    /// An upvalue was given a value.
    @inline(__always) mutating func remember(upvalue: UInt32, _ value: Value) {
        if upvalues.isPermanent(upvalue), isOfScript(value) { rememberedUpvalues.append(upvalue) }
    }

    /// A function was given another environment.
    mutating func remember(closure: UInt32) {
        if closures.isPermanent(closure) { remembered.append(Value(tag: .closure, payload: closure)) }
    }

    /// A thread goes on.
    mutating func remember(thread: UInt32) {
        if threads.isPermanent(thread) { remembered.append(Value(subkind: .thread, payload: thread)) }
    }

    /// Whether it is an object that was made while the script ran.
    func isOfScript(_ value: Value) -> Bool {
        if value.bits < 0xFFFB_0000_0000_0000 { return false }
        let handle = value.payload
        if value.isString { return !strings.isPermanent(handle) }
        if value.isTable { return !tables.isPermanent(handle) }
        if value.isClosure { return !closures.isPermanent(handle) }
        if value.isNative { return handle != 0 && !tables.isPermanent(handle &- 1) }
        return value.isThread && !threads.isPermanent(handle)
    }

    // MARK: the end of a script

    /// Drops all objects of the script, unless a permanent one holds some: then those stay, and are permanent.
    mutating func end() {
        while let field = temporaries.popLast() { clear(field) }
        if !remembered.isEmpty || !rememberedUpvalues.isEmpty { rescue() }
        interned.drop(strings)
        strings.drop(&account)
        tables.drop(&account)
        closures.drop(&account)
        upvalues.drop(&account)
        threads.drop(&account)
        if codes.hasScriptObjects { codes.drop(&account) }
        scriptArena.reset(&account)
        account.resetThreshold()
        shortages = 0
        isPermanent = false
    }

    /// What permanent objects hold of the script's is kept.
    private mutating func rescue() {
        if holdsObjectsOfScript() {
            raised = .nil
            beginCollection()
            finishCollection()
            keep()
        }
        forgetRemembered()
    }

    private mutating func forgetRemembered() {
        while let value = remembered.popLast() {
            if value.isTable { tables[value.payload].isRemembered = false }
        }
        rememberedUpvalues.removeAll()
    }

    private func holdsObjectsOfScript() -> Bool {
        for index in 0..<rememberedUpvalues.count {
            if isOfScript(upvalues[rememberedUpvalues[index]].value) { return true }
        }
        for index in 0..<remembered.count {
            let value = remembered[index]
            if !value.isTable || refersToScript(tables[value.payload]) { return true }
        }
        return false
    }

    private func refersToScript(_ table: TableObject) -> Bool {
        if table.metatable != TableObject.noTable, !tables.isPermanent(table.metatable) { return true }
        for index in 0..<table.array.count where isOfScript(table.array[index]) { return true }
        for index in 0..<table.nodes.count {
            let node = table.nodes[index]
            if !node.value.isNil, isOfScript(node.value) || isOfScript(node.key) { return true }
        }
        return false
    }

    /// All that is there becomes permanent; the blocks move from the script's arena.
    mutating func keep() {
        purpose = .keep
        for handle in strings.swept(full: false) where strings.isOfScript(handle) {
            var string = strings[handle]
            string.visitBlocks(&self)
            strings[handle] = string
        }
        strings.keep(&account)
        for handle in tables.swept(full: false) where tables.isOfScript(handle) {
            var table = tables[handle]
            table.visitBlocks(&self)
            tables[handle] = table
        }
        tables.keep(&account)
        for handle in closures.swept(full: false) where closures.isOfScript(handle) {
            var closure = closures[handle]
            closure.visitBlocks(&self)
            closures[handle] = closure
        }
        closures.keep(&account)
        for handle in threads.swept(full: false) where threads.isOfScript(handle) {
            var thread = threads[handle]
            thread.visitBlocks(&self)
            threads[handle] = thread
        }
        threads.keep(&account)
        upvalues.keep(&account)
        if codes.hasScriptObjects { moveCodes() }
        codes.keep(&account)
        if !isFounded { setFoundation() }
        interned.keep()
        scriptArena.reset(&account)
        forgetRemembered()
        isPermanent = false
    }

    /// Calls that wait in coroutines point into the code that they run: they are shown to where it has moved.
    private mutating func moveCodes() {
        var positions = Stack<Int>()
        forEachWaitingCall { frame, code in positions.append(frame.position.index(in: code.instructions)) }
        for handle in codes.swept(full: false) where codes.isOfScript(handle) {
            var code = codes[handle]
            code.visitBlocks(&self)
            codes[handle] = code
        }
        var next = 0
        forEachWaitingCall { frame, code in
            frame.position = CodePosition(code.instructions)
            frame.position.jump(positions[next])
            frame.constants = Constants(code.constants)
            next += 1
        }
    }

    /// The calls of Lua functions in coroutines, which may be changed.
    private func forEachWaitingCall(_ body: (inout Frame, FunctionCode) -> Void) {
        for handle in 0..<UInt32(threads.count) where threads.isPresent(handle) {
            let thread = threads[handle]
            for index in 0..<thread.frameCount where thread.frames[index].kind == .lua {
                let closure = thread.frames[index].closure
                guard closures.isPresent(closure), codes.isPresent(closures[closure].code) else { continue }
                body(&thread.frames[index], codes[closures[closure].code])
            }
        }
    }

    private mutating func setFoundation() {
        isFounded = true
        strings.setFoundation()
        tables.setFoundation()
        closures.setFoundation()
        upvalues.setFoundation()
        codes.setFoundation()
        threads.setFoundation()
    }

    // MARK: making permanent objects between scripts

    /// What is made from here on is permanent; what the script has made becomes so.
    mutating func beginPermanent() {
        if strings.hasScriptObjects || tables.hasScriptObjects || closures.hasScriptObjects
            || threads.hasScriptObjects || codes.hasScriptObjects || upvalues.hasScriptObjects
        {
            keep()
        }
        isPermanent = true
    }

    mutating func endPermanent() { interned.keep(); isPermanent = false }

    private mutating func clear(_ field: TemporaryField) {
        let node = tables[field.table].find(field.key, hash: hash(of: field.key))
        if node >= 0 { tables[field.table].nodes[node].value = .nil }
    }

    /// The host holds a permanent object.
    mutating func retain(_ value: Value) { if value.isCollectable { retained.append(value) } }

    /// The host no longer does.
    mutating func forget(_ value: Value) {
        for index in 0..<retained.count where retained[index].bits == value.bits {
            let last = retained.popLast() ?? .nil
            if index < retained.count { retained[index] = last }
            return
        }
    }
}
