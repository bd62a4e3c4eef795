// Remembers keys that are gone: 16 bits of a hash and 16 bits of what was known of the key, in rows of one cache line
// that the hash chooses. A full row forgets the one that has been there longest. Memory comes in chunks as rows are
// first needed, so that no step takes long.
//
//     row      16 times: 0…1  fingerprint, 0 = free    2…3  mark
//     chunk    64 rows
//
// Ownership rule: the table owns the chunks; `reset` gives them back.

internal import Platform

/// Fingerprints with marks; at first there is room for none.
@safe struct GhostTable: ~Copyable {
    private static let rowsPerChunk = 64, ghostsPerRow = 16
    private static let chunkSize = rowsPerChunk * ghostsPerRow * 4
    /// The smallest table has room for so many.
    static let least = rowsPerChunk * ghostsPerRow

    private let heap: Heap
    private var rowCount = 0
    /// Bytes of its blocks.
    private(set) var memoryUsed = 0
    private var chunks: UnsafeMutablePointer<UnsafeMutableRawPointer?>?

    init(in heap: Heap) { self.heap = heap }

    /// How many it can remember.
    var capacity: Int { rowCount * GhostTable.ghostsPerRow }

    /// Forgets everything, and has room for about so many from now on; 0 gives back all memory.
    mutating func reset(capacity: Int) {
        if let old = unsafe chunks {
            for index in 0..<rowCount / GhostTable.rowsPerChunk {
                if let chunk = unsafe old[index] { unsafe heap.deallocate(chunk) }
            }
            unsafe heap.deallocate(old)
        }
        unsafe (rowCount, chunks) = (0, nil)
        memoryUsed = 0
        guard capacity > 0 else { return }
        let count = max(1, capacity / GhostTable.least)
        let table = unsafe heap.allocate(count * 8).bindMemory(to: UnsafeMutableRawPointer?.self, capacity: count)
        unsafe table.initialize(repeating: nil, count: count)
        unsafe (rowCount, chunks) = (count * GhostTable.rowsPerChunk, table)
        unsafe memoryUsed = Heap.capacity(of: table)
    }

    /// Where a hash is remembered, and as what. The bits of the row are not those of the fingerprint.
    @inline(__always) private func rowIndex(_ hash: UInt64) -> Int {
        Int(truncatingIfNeeded: (hash & 0xFFFF_FFFF).multipliedFullWidth(by: UInt64(rowCount) &<< 32).high)
    }
    @inline(__always) private func fingerprint(_ hash: UInt64) -> UInt32 {
        max(1, UInt32(truncatingIfNeeded: hash &>> 40) & 0xFFFF)
    }

    private func row(_ index: Int) -> UnsafeMutablePointer<UInt32>? {
        guard let chunk = unsafe chunks?[index / GhostTable.rowsPerChunk] else { return nil }
        return unsafe (chunk + index % GhostTable.rowsPerChunk * 64).assumingMemoryBound(to: UInt32.self)
    }

    private mutating func makeChunk(for index: Int) {
        let size = GhostTable.chunkSize
        let chunk = unsafe heap.allocate(size)
        unsafe chunk.initializeMemory(as: UInt32.self, repeating: 0, count: size / 4)
        unsafe chunks?[index / GhostTable.rowsPerChunk] = chunk
        unsafe memoryUsed += Heap.capacity(of: chunk)
    }

    /// Remembers a key by its hash, with its mark. Answers the mark of one that is forgotten instead.
    mutating func insert(_ hash: UInt64, mark: UInt16) -> UInt16? {
        guard rowCount > 0 else { return nil }
        let index = rowIndex(hash)
        if unsafe row(index) == nil { makeChunk(for: index) }
        guard let row = unsafe row(index) else { return nil }
        let last = unsafe row[GhostTable.ghostsPerRow - 1]
        // The latest stands first.
        unsafe (row + 1).update(from: row, count: GhostTable.ghostsPerRow - 1)
        unsafe row[0] = fingerprint(hash) | UInt32(mark) << 16
        return last == 0 ? nil : UInt16(truncatingIfNeeded: last >> 16)
    }

    /// Forgets a key that is there again, and answers its mark; nil if it is not remembered.
    mutating func take(_ hash: UInt64) -> UInt16? {
        guard let row = unsafe row(rowIndex(hash)) else { return nil }
        let wanted = fingerprint(hash)
        for index in 0..<GhostTable.ghostsPerRow {
            let ghost = unsafe row[index]
            if ghost & 0xFFFF != wanted { continue }
            let rest = GhostTable.ghostsPerRow - 1 - index
            unsafe (row + index).update(from: row + index + 1, count: rest)
            unsafe row[GhostTable.ghostsPerRow - 1] = 0
            return UInt16(truncatingIfNeeded: ghost >> 16)
        }
        return nil
    }
}
