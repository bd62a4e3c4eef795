// What the pages of a long string were before they changed, for whoever has still to show the string as it was. A page
// is 4 KiB; what is kept of one is a block of the heap, found by way of two rows of words:
//
//     0…7 bytes of the string as it was   8…15 bytes that have been shown   16…23 bytes kept   24… rows: one word each
//     a row: the words of 512 pages; 0 for one that has not changed
//
// Ownership rule: an address, not an owner. Whoever made it frees it; blocks of pages are its own.

/// The place of the pages that have been kept of one string.
@safe struct KeptPages: BitwiseCopyable {
    static let pageSize = 4096
    private static let headSize = 24, rowLength = 512
    private static let rowSpan = rowLength * pageSize

    private let start: UnsafeMutableRawPointer

    /// For a string of so many bytes, of which the first have been shown.
    init(byteCount: Int, shown: Int, in heap: Heap) {
        let rows = (byteCount + KeptPages.rowSpan - 1) / KeptPages.rowSpan
        unsafe start = heap.allocate(KeptPages.headSize + rows * 8)
        unsafe start.initializeMemory(as: UInt8.self, repeating: 0, count: KeptPages.headSize + rows * 8)
        unsafe start.storeBytes(of: byteCount, as: Int.self)
        self.shown = shown
    }

    /// Bytes of the string as it was.
    var byteCount: Int { unsafe start.load(as: Int.self) }

    /// What comes before has been shown, and is of no interest any more.
    private(set) var shown: Int {
        get { unsafe start.load(fromByteOffset: 8, as: Int.self) }
        nonmutating set { unsafe start.storeBytes(of: newValue, toByteOffset: 8, as: Int.self) }
    }

    /// Bytes of heap in pages and rows.
    private(set) var keptBytes: Int {
        get { unsafe start.load(fromByteOffset: 16, as: Int.self) }
        nonmutating set { unsafe start.storeBytes(of: newValue, toByteOffset: 16, as: Int.self) }
    }

    private func rowPlace(_ row: Int) -> Int {
        precondition(row >= 0 && row * KeptPages.rowSpan < byteCount)
        return KeptPages.headSize + row * 8
    }

    private func row(_ index: Int) -> UnsafeMutableRawPointer? {
        unsafe UnsafeMutableRawPointer(bitPattern: start.load(fromByteOffset: rowPlace(index), as: UInt.self))
    }

    /// What was kept of a page, if it was.
    private func page(_ index: Int) -> UnsafeMutableRawPointer? {
        guard let row = unsafe row(index / KeptPages.rowLength) else { return nil }
        return unsafe row.load(fromByteOffset: index % KeptPages.rowLength * 8, as: UnsafeMutableRawPointer?.self)
    }

    private func setPage(_ index: Int, _ page: UnsafeMutableRawPointer?, in heap: Heap) {
        let number = index / KeptPages.rowLength, size = KeptPages.rowLength * 8
        if unsafe row(number) == nil {
            let made = unsafe heap.allocate(size)
            unsafe made.initializeMemory(as: UInt8.self, repeating: 0, count: size)
            unsafe start.storeBytes(of: made, toByteOffset: rowPlace(number), as: UnsafeMutableRawPointer.self)
            keptBytes += size
        }
        guard let row = unsafe row(number) else { return }
        unsafe row.storeBytes(
            of: page, toByteOffset: index % KeptPages.rowLength * 8, as: UnsafeMutableRawPointer?.self)
    }

    /// Bytes of a page: the last one may be shorter.
    private func size(_ page: Int) -> Int { min(KeptPages.pageSize, byteCount - page * KeptPages.pageSize) }

    // MARK: Changes

    /// The bytes of `range` are about to change in the string that `bytes` shows: the pages that they are in are kept
    /// if they are still to be shown, and have not been kept already. `bytes` reaches as far as the string did.
    func keep(_ range: Range<Int>, of bytes: Bytes, in heap: Heap) {
        let lower = max(range.lowerBound, shown), upper = min(range.upperBound, byteCount)
        guard lower < upper else { return }
        for index in lower / KeptPages.pageSize...(upper - 1) / KeptPages.pageSize where unsafe page(index) == nil {
            let size = size(index), kept = unsafe heap.allocate(size)
            let old = bytes.dropping(first: index * KeptPages.pageSize).prefix(size)
            unsafe kept.copyMemory(from: old.start, byteCount: size)
            unsafe setPage(index, kept, in: heap)
            keptBytes += size
        }
    }

    // MARK: Showing

    /// Shows the next bytes, about `limit` of them, as they were, in pieces; `bytes` shows what the string is now.
    func show(_ limit: Int, of bytes: Bytes, in heap: Heap, _ body: (Bytes) -> Void) {
        let first = shown / KeptPages.pageSize, pages = (byteCount + KeptPages.pageSize - 1) / KeptPages.pageSize
        let end = min(first + max(1, limit / KeptPages.pageSize), pages)
        var index = first
        while index < end {
            if let kept = unsafe page(index) {
                let size = size(index)
                unsafe body(Bytes(unsafeStart: kept, count: size))
                unsafe forget(kept, index, in: heap)
                index += 1
                continue
            }
            let start = index * KeptPages.pageSize
            while index < end, unsafe page(index) == nil { index += 1 }
            body(bytes.dropping(first: start).prefix(min(index * KeptPages.pageSize, byteCount) - start))
        }
        shown = min(end * KeptPages.pageSize, byteCount)
    }

    private func forget(_ page: UnsafeMutableRawPointer, _ index: Int, in heap: Heap) {
        unsafe setPage(index, nil, in: heap)
        unsafe heap.deallocate(page)
        keptBytes -= size(index)
    }

    /// Gives back all that there is.
    func free(to heap: Heap) {
        var number = 0
        while number * KeptPages.rowSpan < byteCount {
            if let row = unsafe row(number) {
                for index in 0..<KeptPages.rowLength {
                    let page = unsafe row.load(fromByteOffset: index * 8, as: UnsafeMutableRawPointer?.self)
                    if let page = unsafe page { unsafe heap.deallocate(page) }
                }
                unsafe heap.deallocate(row)
            }
            number += 1
        }
        unsafe heap.deallocate(start)
    }
}
