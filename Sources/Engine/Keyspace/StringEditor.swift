// A string that is edited where it is: APPEND, SETRANGE, SETBIT, BITFIELD. It leaves its entry for a block of its own
// when it outgrows it, with room to grow further.
// Ownership rule: the editor owns a block that it has made until the door takes it over.

/// The bytes of one string while a command changes them.
@safe struct StringEditor: ~Escapable {
    private var start: UnsafeMutableRawPointer
    private(set) var count: Int
    private var capacity: Int
    private let heap: Heap
    /// What the bytes are in, if they are not in the entry.
    private(set) var block: LargeString?
    /// There is no such key yet.
    fileprivate(set) var isNew = false
    /// Where pages are kept as they were, for a snapshot that has still to save them; those before this end.
    private var pages: KeptPages?
    private var keptEnd = 0

    /// Edits a string in its entry, which has room for `capacity` bytes.
    @_lifetime(immortal)
    init(inline start: UnsafeMutableRawPointer, count: Int, heap: Heap) {
        unsafe self.start = start
        (self.count, capacity) = (count, count)
        self.heap = heap
    }

    /// Edits a string that is no key's; `end` gives its memory back.
    @_lifetime(immortal)
    init(capacity: Int, heap: Heap) {
        let own = LargeString(capacity: capacity, in: heap)
        unsafe self.init(inline: own.start, count: 0, heap: heap)
        (self.capacity, block) = (own.capacity, own)
    }

    /// A string that was no key's is needed no more.
    consuming func end() { block?.release(to: heap) }

    /// Edits a string that has a block of its own; `pages` keeps what a snapshot needs of it.
    @_lifetime(immortal)
    init(_ string: LargeString, heap: Heap, keeping pages: KeptPages? = nil) {
        let own = string.isShared ? string.enlarged(to: string.count, in: heap) : string
        unsafe start = own.start
        (count, capacity) = (own.count, own.capacity)
        self.heap = heap
        block = own
        self.pages = pages
        keptEnd = pages?.byteCount ?? 0
    }

    /// What is there from `start` to `end` is about to change, or to go.
    @inline(__always) private func willChange(_ start: Int, _ end: Int) {
        if _slowPath(start < keptEnd) { keep(start, end) }
    }

    @inline(never) private func keep(_ start: Int, _ end: Int) {
        guard start < end else { return }
        pages?.keep(start..<end, of: unsafe Bytes(unsafeStart: self.start, count: keptEnd), in: heap)
    }

    /// What the string is now.
    var bytes: Bytes {
        @_lifetime(borrow self) get {
            unsafe _overrideLifetime(Bytes(unsafeStart: start, count: count), borrowing: self)
        }
    }

    subscript(index: Int) -> UInt8 {
        get {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            return unsafe start.load(fromByteOffset: index, as: UInt8.self)
        }
        set {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            willChange(index, index &+ 1)
            unsafe start.storeBytes(of: newValue, toByteOffset: index, as: UInt8.self)
        }
    }

    /// At least `size` bytes long from now on; new bytes are zero. If it must move, it gets room for `spare` more.
    @_lifetime(self: copy self)
    mutating func grow(to size: Int, spare: Int = 1 << 20) {
        guard size > count else { return }
        reserve(size, spare: spare)
        willChange(count, size)
        unsafe (start + count).initializeMemory(as: UInt8.self, repeating: 0, count: size - count)
        count = size
    }

    @_lifetime(self: copy self)
    mutating func append(_ bytes: Bytes, spare: Int = 1 << 20) {
        reserve(count + bytes.count, spare: spare)
        willChange(count, count + bytes.count)
        unsafe (start + count).copyMemory(from: bytes.start, byteCount: bytes.count)
        count += bytes.count
    }

    /// Writes `bytes` over what is at `offset`; the string grows as far as it must.
    @_lifetime(self: copy self)
    mutating func overwrite(at offset: Int, with bytes: Bytes) {
        precondition(offset >= 0)
        grow(to: offset + bytes.count)
        willChange(offset, offset + bytes.count)
        unsafe (start + offset).copyMemory(from: bytes.start, byteCount: bytes.count)
    }

    /// Forgets everything after the first `kept` bytes.
    @_lifetime(self: copy self)
    mutating func truncate(to kept: Int) {
        precondition(kept >= 0 && kept <= count)
        willChange(kept, count)
        count = kept
    }

    /// Puts 8 bytes at `offset`, where the string has as many.
    @_lifetime(self: copy self)
    mutating func setWord(_ word: UInt64, at offset: Int) {
        precondition(offset >= 0 && offset &+ 8 <= count)
        willChange(offset, offset &+ 8)
        unsafe start.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
    }

    /// Puts 32 bytes at `offset`, where the string has as many.
    @_lifetime(self: copy self)
    @inline(__always) mutating func setBlock(_ block: SIMD4<UInt64>, at offset: Int) {
        precondition(offset >= 0 && offset &+ 32 <= count)
        willChange(offset, offset &+ 32)
        unsafe (start + offset).storeBytes(of: block, as: SIMD4<UInt64>.self)
    }

    /// Puts 4 bytes at `offset`, where the string has as many.
    @_lifetime(self: copy self)
    mutating func setHalfWord(_ word: UInt64, at offset: Int) {
        precondition(offset >= 0 && offset &+ 4 <= count)
        willChange(offset, offset &+ 4)
        unsafe start.storeBytes(of: UInt32(truncatingIfNeeded: word), toByteOffset: offset, as: UInt32.self)
    }

    /// Puts the first `added` bytes of `word`, the first one lowest, in the place of `removed` bytes; what lies behind
    /// moves. If the string must move itself, it gets room for `spare` more.
    @_lifetime(self: copy self)
    mutating func replace(at offset: Int, removing removed: Int, with word: UInt64, count added: Int, spare: Int = 0) {
        precondition(offset >= 0 && removed >= 0 && added >= 0 && added <= 8 && offset + removed <= count)
        reserve(count + added - removed, spare: spare)
        willChange(offset, added == removed ? offset + added : count)
        let place = unsafe start + offset
        if added != removed {
            unsafe (place + added).copyMemory(from: place + removed, byteCount: count - offset - removed)
            count += added - removed
        }
        for index in 0..<added {
            let byte = UInt8(truncatingIfNeeded: word &>> UInt64(truncatingIfNeeded: 8 * index))
            unsafe place.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
        }
    }

    /// Room doubles, as long as that is less than `spare`.
    @_lifetime(self: copy self)
    private mutating func reserve(_ size: Int, spare: Int = 1 << 20) {
        guard size > capacity else { return }
        let enlarged = size + min(size, spare)
        if let block {
            block.setCount(count)
            self.block = block.enlarged(to: enlarged, in: heap)
        } else {
            let block = LargeString(capacity: enlarged, in: heap)
            unsafe block.start.copyMemory(from: start, byteCount: count)
            self.block = block
        }
        if let block {
            unsafe start = block.start
            capacity = block.capacity
        }
    }
}

extension Keyspace {
    /// Lets `body` change the string at `key`, which is empty if missing, and say how many changes it made; with none,
    /// nothing has happened. An integer is edited as its digits.
    @discardableResult
    mutating func editString(
        _ key: Key, event: KeyspaceEvent?, _ body: (inout StringEditor) throws(CommandError) -> Int
    ) throws(CommandError) -> Int {
        let hash = hash(of: key)
        willChange(key.bytes, hash)
        let place = find(key.bytes, hash)
        var editor = unsafe StringEditor(
            inline: UnsafeMutableRawPointer(mutating: key.bytes.start), count: 0, heap: heap)
        var before: LargeString?, countBefore = 0, saving: EditedString?
        editor.isNew = place == nil
        if let entry = place?.entry {
            switch try StringValue(entry) {
            case .integer(let integer):
                var digits = Buffer()
                digits.append(decimal: integer)
                editor.append(digits.contents)
            case .bytes:
                if entry.kind == .largeString {
                    countBefore = LargeString(word: entry.word).count
                    saving = _slowPath(savedValues.isWatching) ? beginStringChanges(entry.word) : nil
                    editor = StringEditor(LargeString(word: entry.word), heap: heap, keeping: saving?.pages)
                    before = editor.block
                    if let word = before?.word { entry.word = word }
                } else {
                    let value = entry.value
                    editor = unsafe StringEditor(
                        inline: UnsafeMutableRawPointer(mutating: value.start), count: value.count, heap: heap)
                }
            }
        }
        var failure: CommandError?
        var changes = 0
        do throws(CommandError) { changes = try body(&editor) } catch { failure = error }
        if before != nil, let block = editor.block, let entry = place?.entry {
            block.setCount(editor.count)
            entry.word = block.word
            noteSize(.strings, countBefore, became: editor.count)
            if let saving { endStringChanges(saving, in: block) }
        }
        if let failure {
            if before == nil { editor.block?.release(to: heap) }
            throw failure
        }
        if changes == 0 {
            if before == nil { leaveAsText(editor, key.bytes, hash, place) }
            return 0
        }
        if before == nil { keep(editor, key.bytes, hash, place) } else if let place { touch(place.entry) }
        feed.keyChanged(key.bytes, hash, event, count: changes)
        return changes
    }

    /// Nothing has changed, but like Redis the string has been made ready for it: it is a raw one from now on.
    private mutating func leaveAsText(
        _ editor: borrowing StringEditor, _ key: Bytes, _ hash: UInt64, _ place: Shard.Place?
    ) {
        if let place, !place.entry.flags.contains(.isEdited) {
            keep(editor, key, hash, place)
        } else {
            editor.block?.release(to: heap)
        }
    }

    /// Gives `key` a string that was made apart, whatever it held before; a long one is not copied.
    mutating func store(_ key: Key, _ made: consuming StringEditor, event: KeyspaceEvent) throws(CommandError) {
        guard let block = made.block, made.count > Entry.longestInlineValue else {
            try replace(key, with: made.bytes, form: .isEdited, event: event)
            return made.end()
        }
        block.setCount(made.count)
        store(key, StoredValue(kind: .largeString, word: block.word), event: event)
    }

    /// The edited string was in its entry, or nowhere, before.
    private mutating func keep(_ editor: borrowing StringEditor, _ key: Bytes, _ hash: UInt64, _ place: Shard.Place?) {
        if editor.block == nil, let place, place.entry.kind == .string, place.entry.valueCount == editor.count {
            place.entry.flags = place.entry.flags.subtracting(.isText).union(.isEdited)
            return touch(place.entry)
        }
        if let block = editor.block, editor.count > Entry.longestInlineValue / 8 {
            block.setCount(editor.count)
            if let place {
                rebuild(place, .word(.largeString, block.word), .unchanged)
            } else {
                insert(make(key, .word(.largeString, block.word), nil), key, hash)
            }
            return
        }
        // Short strings stay in their entries.
        if let place {
            rebuild(place, .bytes(editor.bytes, .isEdited), .unchanged)
        } else {
            insert(make(key, .bytes(editor.bytes, .isEdited), nil), key, hash)
        }
        editor.block?.release(to: heap)
    }
}
