// The nodes of a long list that leave sparse pages, a segment at a time.

extension PackedDirectory {
    /// The directory whose row of segments is where the heap wants it.
    func moved() -> PackedDirectory { PackedDirectory(word: heap.moved(word), heap: heap) }

    /// Moves segment number `index` and its nodes. Answers how many there are; nil if there is no such segment.
    func moveSegment(_ index: Int) -> Int? {
        guard index < top.count else { return nil }
        top.setWord(index, heap.moved(top.word(index)))
        let row = segment(index)
        for node in 0..<row.count {
            let word = row.word(node), moved = heap.moved(word)
            if moved != word { row.setWord(node, moved) }
        }
        return row.count
    }
}
