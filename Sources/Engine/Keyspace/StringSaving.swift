// The saving of one long string, in parts, while commands edit it. What is shown is the string as it was when the
// saving began: its bytes that are still where they were, and what was kept of the pages that have changed since. Who
// edits the string is given the place where pages are kept (`KeptPages`); it may move, grow and go meanwhile.

/// How far the saving of one long string has come.
struct StringSaving {
    private(set) var string: LargeString
    /// Bytes of the string as it was.
    let count: Int
    /// So many have been shown.
    private(set) var offset = 0
    /// There are some once the string has changed.
    private var pages: KeptPages?
    /// The string is nobody's any more.
    private(set) var isOwned = false

    init(_ string: LargeString) {
        self.string = string
        count = string.count
    }

    /// Shows the next part: true when all has been shown.
    mutating func show(_ limit: Int, in heap: Heap, _ body: (Bytes) -> Void) -> Bool {
        if let pages {
            pages.show(limit, of: string.bytes(count), in: heap, body)
            offset = pages.shown
        } else {
            let part = string.bytes(count).dropping(first: offset).prefix(min(limit, count - offset))
            body(part)
            offset += part.count
        }
        return offset == count
    }

    /// The string is about to be edited: this is where its pages are to be kept.
    mutating func beginChanges(in heap: Heap) -> KeptPages {
        if let pages { return pages }
        let made = KeptPages(byteCount: count, shown: offset, in: heap)
        pages = made
        return made
    }

    /// The string is in this block now.
    mutating func endChanges(_ string: LargeString) { self.string = string }

    /// Nobody else has the string any more.
    mutating func takeOver() { isOwned = true }

    /// Bytes of pages that changes have left here.
    var keptBytes: Int { pages?.keptBytes ?? 0 }
    /// Bytes that would be free but for the saving.
    var ownedBytes: Int { isOwned ? count - offset : 0 }

    /// The saving is over, or given up. Answers the string if it is nobody's.
    func end(_ heap: Heap) -> StoredValue? {
        pages?.free(to: heap)
        return isOwned ? StoredValue(kind: .largeString, word: string.word) : nil
    }
}
