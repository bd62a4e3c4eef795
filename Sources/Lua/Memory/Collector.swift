// Which objects are still needed: marked from the roots, then the others are freed. It runs only between instructions,
// so nothing that Swift code holds can be taken from it.
//
// A collection in the midst of a script looks at the script's objects alone: permanent ones count as marked, and those
// of them that may point at objects of the script are remembered. A full one, between scripts, looks at all.

extension Heap {
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

    mutating func visit(_ value: Value) {
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
        charge(items: (strings.count &+ tables.count &+ closures.count &+ upvalues.count) &<< 2)
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
            purpose = .release(permanent: codes.isPermanent(handle))
            var code = codes[handle]
            code.visitBlocks(&self)
            codes.remove(handle, &account)
        }
        if hasLostInterned {
            interned.rebuild(strings, permanentOnly: false)
            hasLostInterned = false
        }
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
}
