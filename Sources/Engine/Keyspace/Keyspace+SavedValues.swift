// What the doors and the walk do about large values that are still to be saved (`SavedValues`): changes are prepared
// and noted, values that go are left to the snapshot, and parts are saved.

internal import Platform

extension Keyspace {
    /// A container is about to change: a snapshot that has still to save it is prepared for that. Answers where it is
    /// noted there, for `endValueChanges`.
    @inline(never) mutating func beginValueChanges(_ word: UInt64) -> Int? {
        guard let place = savedValues.place(of: word) else { return nil }
        savedValues[place].saving?.beginChanges(in: heap)
        return place
    }

    /// The container had one word and has another one now.
    @inline(never) mutating func endValueChanges(_ place: Int, from old: UInt64, to new: UInt64) {
        savedValues[place].saving?.endChanges(new, in: heap)
        let stays = savedValues[place].saving?.isSaving(new) == true
        if !stays { savedValues.rename(old, to: nil) } else if old != new { savedValues.rename(old, to: new) }
        noteKept(place)
    }

    /// The container is to be freed: true if that is up to the snapshot.
    @inline(never) mutating func leaveToSnapshot(_ value: StoredValue) -> Bool {
        guard let place = savedValues.place(of: value.word) else { return false }
        savedValues.takeOver(place, heap)
        savedValues.rename(value.word, to: nil)
        noteKept(place)
        return true
    }

    /// A string with a block of its own is about to be edited: where its pages are to be kept, if a snapshot has still
    /// to save it; for `endStringChanges`.
    @inline(never) mutating func beginStringChanges(_ word: UInt64) -> EditedString? {
        guard let place = savedValues.place(of: word) else { return nil }
        let string = LargeString(word: word)
        if string.isShared {
            // Whoever edits a string that a reply holds gets a copy: this one is up to the snapshot.
            string.retain()
            _ = leaveToSnapshot(StoredValue(kind: .largeString, word: word))
            return nil
        }
        let pages = savedValues[place].string?.beginChanges(in: heap)
        return pages.map { EditedString(place: place, word: word, pages: $0) }
    }

    /// The string is in this block now.
    @inline(never) mutating func endStringChanges(_ edited: EditedString, in block: LargeString) {
        savedValues[edited.place].string?.endChanges(block)
        if block.word != edited.word { savedValues.rename(edited.word, to: block.word) }
        noteKept(edited.place)
    }

    /// What changes have left to the snapshot counts; when that is much, writers shall wait.
    private mutating func noteKept(_ place: Int) {
        savedValues.countKept(place)
        if keepsTooMuch { feed.noteCollected() }
    }

    /// Changes have left more to the snapshot than it may keep; or so much that it should get on first.
    var keepsTooMuch: Bool { keepsMore(than: 1) }
    var keepsMuch: Bool { keepsMore(than: 0.75) }

    private func keepsMore(than share: Double) -> Bool {
        switch snapshot {
        case .some(let snapshot):
            // What has gone, and nothing has come instead, is no burden.
            let owned = min(savedValues.ownedBytes, max(0, heap.used - snapshot.memoryBefore))
            return Double(savedValues.keptBytes + owned) > Double(snapshot.mostToKeep) * share
        case .none: return false
        }
    }

    /// Saves parts of large values until this tick, or until a chunk is full. True when there are none left.
    mutating func saveValues(until end: UInt64, mostParts: Int) -> Bool {
        var parts = 0
        while let place = savedValues.next() {
            if Ticks.now >= end || parts >= mostParts || snapshot?.hasChunks == true { return false }
            parts += 1
            let isDone = snapshot?.savePart(of: &savedValues[place], heap) != false
            savedValues.countKept(place)
            guard isDone else { continue }
            if let value = savedValues.endCurrent(heap) { dispose(value) }
        }
        return true
    }

    mutating func abandonSavedValues() {
        while let value = savedValues.abandonNext(heap) {
            if let value { dispose(value) }
        }
    }
}
