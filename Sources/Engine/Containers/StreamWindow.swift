// The last part of a stream of bytes, by position: it grows at its end, is cut at its start in whole blocks, and may be
// read from any position that it still has. Nothing is moved or copied when somebody reads.
// Ownership rule: the window owns its blocks; pieces handed to the network end at the next change.

internal import Platform

/// Bytes of a stream from `start` to `end`.
@safe struct StreamWindow: ~Copyable {
    /// With what the C heap adds it is a whole number of pages.
    static let blockSize = (16 << 10) - 16

    /// One piece of the stream.
    @safe private struct Block {
        let start = unsafe HeapBlock.allocate(StreamWindow.blockSize)

        func free() { unsafe HeapBlock.deallocate(start) }
    }

    /// The first ones may be gone already: `firstBlock` says which is the first that is not.
    private var blocks: [Block] = []
    private var firstBlock = 0
    /// The position of the first byte, and that behind the last one.
    private(set) var start: Int
    private(set) var end: Int

    /// An empty window, of a stream that has come so far.
    init(at position: Int) { (start, end) = (position, position) }

    deinit { for index in firstBlock..<blocks.count { blocks[index].free() } }

    var count: Int { end &- start }
    var blockCount: Int { blocks.count &- firstBlock }

    /// What the window occupies.
    var memoryUsed: Int {
        blockCount &* (StreamWindow.blockSize &+ 16 &+ MemoryLayout<Int>.size)
    }

    /// Adds bytes to the end.
    mutating func append(_ bytes: Bytes) {
        var rest = unsafe bytes.start, left = bytes.count
        while left > 0 {
            let used = count &- (blockCount &- 1) &* StreamWindow.blockSize
            if blockCount == 0 || used == StreamWindow.blockSize {
                blocks.append(Block())
                continue
            }
            let taken = min(left, StreamWindow.blockSize &- used)
            unsafe (blocks[blocks.count - 1].start + used).copyMemory(from: rest, byteCount: taken)
            unsafe rest += taken
            left &-= taken
            end &+= taken
        }
    }

    /// Forgets whole blocks at the start, at most so many, as long as `size` bytes are left, and all from `position`.
    mutating func trim(to size: Int, keepingFrom position: Int = .max, atMost most: Int = .max) {
        var left = most
        while left > 0, blockCount > 1, count &- StreamWindow.blockSize > size,
            start &+ StreamWindow.blockSize <= position
        {
            blocks[firstBlock].free()
            firstBlock &+= 1
            start &+= StreamWindow.blockSize
            left &-= 1
        }
        // The list of blocks is moved once for as many as it has.
        if firstBlock > 64, firstBlock > blocks.count / 2 {
            blocks.removeFirst(firstBlock)
            firstBlock = 0
        }
    }

    /// Whether it has, or may get next, the byte at that position.
    func contains(_ position: Int) -> Bool { position >= start && position <= end }

    /// Adds the bytes from `position` on, as many as fit and at most so many. They end at the next change.
    func append(from position: Int, to pieces: inout Pieces, atMost size: Int) {
        guard contains(position) else { return }
        var offset = position &- start
        while offset < count, !pieces.isFull, pieces.byteCount < size {
            let index = offset / StreamWindow.blockSize, inside = offset % StreamWindow.blockSize
            let taken = min(StreamWindow.blockSize &- inside, count &- offset, size &- pieces.byteCount)
            unsafe pieces.append(blocks[firstBlock + index].start + inside, taken)
            offset &+= taken
        }
    }
}
