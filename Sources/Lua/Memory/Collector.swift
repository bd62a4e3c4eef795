// Which objects are still needed: marked from the roots, then the others are freed. It runs only between instructions, so
// nothing that Swift code holds can be taken from it.
//
// A collection in the midst of a script looks at the script's objects alone: permanent ones count as marked, and those of
// them that may point at objects of the script are remembered. A full one, between scripts, looks at all.

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

    // MARK: marking

    @inline(__always) mutating func mark(_ value: Value) {
        if value.isString {
            if strings.mark(value.payload), strings[value.payload].isTwin {
                _ = strings.mark(strings[value.payload].hash)
            }
        } else if value.isCollectable {
            markReference(value)
        }
    }

    private mutating func markReference(_ value: Value) {
        let handle = value.payload
        if value.isTable {
            if tables.mark(handle) { unvisited.append(value) }
        } else if value.isClosure {
            if closures.mark(handle) { unvisited.append(value) }
        } else if value.isThread {
            mark(thread: handle)
        } else if value.isNative, handle != 0 {
            markReference(Value(tag: .table, payload: handle &- 1))
        }
    }

    /// A variable may lead to itself only through an object of another kind, so it is followed at once.
    mutating func mark(upvalue: UInt32) { if upvalues.mark(upvalue) { upvalues[upvalue].mark(&self) } }

    /// Functions nest no deeper than the compiler allows.
    mutating func mark(code: UInt32) { if codes.mark(code) { codes[code].mark(&self) } }

    mutating func mark(thread: UInt32) {
        if threads.mark(thread) { unvisited.append(Value(subkind: .thread, payload: thread)) }
    }

    /// Follows the references of what was marked.
    private mutating func visitMarked() {
        while let value = unvisited.popLast() { visit(value) }
    }

    private mutating func visit(_ value: Value) {
        let handle = value.payload
        if value.isTable {
            let table = tables[handle]
            let weakness = table.metatable == TableObject.noTable ? Weakness.none : weakness(table.metatable)
            if !weakness.isNone { weakTables.append(handle) }
            table.mark(&self, weakness)
        } else if value.isClosure {
            let closure = closures[handle]
            closure.mark(&self)
        } else {
            let thread = threads[handle]
            thread.mark(&self)
        }
    }

    // MARK: a collection

    /// From here on the roots are to be marked by `mark`. `full`: permanent objects too, between scripts.
    mutating func beginCollection(full: Bool = false) {
        isFull = full
        strings.beginMarking(full: full)
        tables.beginMarking(full: full)
        closures.beginMarking(full: full)
        upvalues.beginMarking(full: full)
        codes.beginMarking(full: full)
        threads.beginMarking(full: full)
        if full {
            markFoundation()
            for index in 0..<retained.count { mark(retained[index]) }
        }
        markRemembered()
    }

    /// What was there before the first script stays, for the host may hold it.
    private mutating func markFoundation() {
        for handle in 0..<UInt32(strings.foundation) { mark(Value(tag: .string, payload: handle)) }
        for handle in 0..<UInt32(tables.foundation) { mark(Value(tag: .table, payload: handle)) }
        for handle in 0..<UInt32(closures.foundation) { mark(Value(tag: .closure, payload: handle)) }
        for handle in 0..<UInt32(upvalues.foundation) { mark(upvalue: handle) }
        for handle in 0..<UInt32(codes.foundation) { mark(code: handle) }
        for handle in 0..<UInt32(threads.foundation) { mark(thread: handle) }
    }

    /// The permanent objects that may point at the script's.
    private mutating func markRemembered() {
        if isFull { return }
        for index in 0..<remembered.count { visit(remembered[index]) }
        for index in 0..<rememberedUpvalues.count { mark(upvalues[rememberedUpvalues[index]].value) }
        for index in 0..<temporaries.count {
            mark(temporaries[index].key)
            mark(temporaries[index].value)
        }
    }

    /// Frees what was not marked.
    mutating func finishCollection() {
        mark(raised)
        visitMarked()
        while let table = weakTables.popLast() { clearWeak(table) }
        sweep()
        if isFull {
            permanentFloor = permanentArena.used
            account.resetThreshold()
        } else {
            account.setThreshold()
        }
    }

    private mutating func sweep() {
        for handle in strings.swept(full: isFull) where strings.isGarbage(handle) {
            let string = strings[handle]
            free(string.bytes, permanent: strings.isPermanent(handle))
            if string.isInterned { hasLostInterned = true }
            strings.remove(handle, &account)
        }
        for handle in tables.swept(full: isFull) where tables.isGarbage(handle) {
            let table = tables[handle]
            free(table.array, permanent: tables.isPermanent(handle))
            free(table.nodes, permanent: tables.isPermanent(handle))
            tables.remove(handle, &account)
        }
        for handle in closures.swept(full: isFull) where closures.isGarbage(handle) {
            purpose = .release(permanent: closures.isPermanent(handle))
            var closure = closures[handle]
            closure.visitBlocks(&self)
            closures.remove(handle, &account)
        }
        for handle in upvalues.swept(full: isFull) where upvalues.isGarbage(handle) {
            upvalues.remove(handle, &account)
        }
        for handle in threads.swept(full: isFull) where threads.isGarbage(handle) {
            purpose = .release(permanent: threads.isPermanent(handle))
            var thread = threads[handle]
            thread.visitBlocks(&self)
            threads.remove(handle, &account)
        }
        for handle in codes.swept(full: isFull) where codes.isGarbage(handle) {
            releaseCode(handle)
        }
        if hasLostInterned {
            interned.rebuild(strings, permanentOnly: false)
            hasLostInterned = false
        }
    }

    /// The blocks of code never move, for frames point into them: they always are in the permanent arena.
    private mutating func releaseCode(_ handle: UInt32) {
        purpose = .release(permanent: true)
        var code = codes[handle]
        code.visitBlocks(&self)
        codes.remove(handle, &account)
    }

    /// Frees or moves a block of an object, as `purpose` says.
    mutating func visit<Element: BitwiseCopyable>(_ block: inout Block<Element>) {
        if block.count == 0 { return }
        switch purpose {
        case .release(let permanent):
            free(block, permanent: permanent)
            block = .empty
        case .keep:
            let start = unsafe permanentArena.allocateUnlimited(block.size, &account)
            unsafe start.copyMemory(from: block.start, byteCount: block.size)
            block = unsafe Block(unsafeStart: start.assumingMemoryBound(to: Element.self), count: block.count)
        }
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
        if codes.hasScriptObjects { dropCodes() }
        scriptArena.reset(&account)
        account.resetThreshold()
        isPermanent = false
    }

    private mutating func dropCodes() {
        for handle in codes.swept(full: false) where codes.isOfScript(handle) {
            releaseCode(handle)
        }
        codes.drop(&account)
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
        codes.keep(&account)
        if !isFounded { setFoundation() }
        interned.keep()
        scriptArena.reset(&account)
        forgetRemembered()
        isPermanent = false
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
