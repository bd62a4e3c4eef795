// The memory of objects: chunks that are filled from front to end, lists of freed blocks by size, large blocks singly.
// Ownership rule: the arena owns all its blocks; who frees one says its size. `reset` drops everything at once.
//
//     up to 1 KiB   in steps of 16 bytes, from the list of that size or from the end of the newest chunk
//     up to 1 MiB   from the list of freed ones of that size, in eighths of powers of two, or from the system
//     beyond        from the system
//
// Blocks from the system are in a doubly linked list (two words before the block). One beyond 1 MiB may be a builder's.

import Platform

/// One of the two memories of a heap: of what is permanent, or of the running script.
@safe struct Arena: ~Copyable {
    private var cursor: UnsafeMutableRawPointer
    private var end: UnsafeMutableRawPointer
    /// All chunks; the first one is kept by `reset`.
    private var chunks = unsafe Stack<UnsafeMutableRawPointer>()
    private let lists: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    /// Some list is not empty.
    private var hasLists = false
    private var large: UnsafeMutableRawPointer?
    /// Bytes in lists.
    private var listed = 0
    /// Bytes in large blocks.
    private var largeBytes = 0
    /// Large blocks that were freed and wait to be used again: the system would take their pages away.
    private let waiting: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    private(set) var waitingBytes = 0

    static let firstChunk = 64 << 10
    private static let chunk = 256 << 10
    private static let largest = 1024
    private static let listCount = largest / 16 + 1
    /// Larger blocks have the size that was asked for, and go back to the system at once.
    static let largestWaiting = 1 << 20
    private static let mostWaiting = 8 << 20
    private static let waitingCount = 8 * 11
    static let header = 16

    init() {
        unsafe cursor = UnsafeMutableRawPointer.allocate(byteCount: Arena.firstChunk, alignment: 16)
        unsafe end = unsafe cursor + Arena.firstChunk
        unsafe lists = .allocate(capacity: Arena.listCount)
        unsafe lists.initialize(repeating: nil, count: Arena.listCount)
        unsafe large = nil
        unsafe waiting = .allocate(capacity: Arena.waitingCount)
        unsafe waiting.initialize(repeating: nil, count: Arena.waitingCount)
        unsafe chunks.append(cursor)
    }

    deinit {
        unsafe Arena.deallocate(large)
        for index in 0..<Arena.waitingCount { unsafe Arena.deallocate(waiting[index]) }
        for index in unsafe 0..<chunks.count { unsafe chunks[index].deallocate() }
        unsafe lists.deallocate()
        unsafe waiting.deallocate()
    }

    /// Gives all blocks of a list back to the system.
    private static func deallocate(_ list: UnsafeMutableRawPointer?) {
        var block = unsafe list
        while let this = unsafe block {
            unsafe block = this.load(as: UnsafeMutableRawPointer?.self)
            unsafe HeapBlock.deallocate(this)
        }
    }

    /// Bytes that blocks in use take.
    var used: Int {
        let room = unsafe end - cursor
        return unsafe Arena.firstChunk + (chunks.count - 1) * Arena.chunk - room - listed + largeBytes
    }

    /// A block of at least so many bytes, aligned to 16, or nothing if the account is at its limit.
    @inline(__always) mutating func allocate(_ size: Int, _ account: inout Account) -> UnsafeMutableRawPointer? {
        let rounded = (size &+ 15) & ~15
        let room = unsafe end - cursor
        if rounded <= Arena.largest, hasLists, let block = unsafe lists[rounded &>> 4] {
            unsafe lists[rounded &>> 4] = block.load(as: UnsafeMutableRawPointer?.self)
            listed &-= rounded
            account.spare &-= rounded
            return unsafe block
        }
        if rounded > room || rounded > Arena.largest { return unsafe allocateSlowly(rounded, &account) }
        let block = unsafe cursor
        unsafe cursor = unsafe block + rounded
        return unsafe block
    }

    /// A block that is given even beyond the limit: objects that become permanent take no more than they had.
    mutating func allocateUnlimited(_ size: Int, _ account: inout Account) -> UnsafeMutableRawPointer {
        let limit = account.limit
        account.limit = .max / 4
        defer { account.limit = limit }
        guard let block = unsafe allocate(size, &account) else { preconditionFailure("a block of no size") }
        return unsafe block
    }

    @inline(never) private mutating func allocateSlowly(
        _ size: Int, _ account: inout Account
    ) -> UnsafeMutableRawPointer? {
        if size > Arena.largest { return unsafe allocateLarge(size, &account) }
        if unsafe end - cursor < size {
            guard take(Arena.chunk, &account) else { return nil }
            unsafe cursor = UnsafeMutableRawPointer.allocate(byteCount: Arena.chunk, alignment: 16)
            unsafe end = unsafe cursor + Arena.chunk
            unsafe chunks.append(cursor)
        }
        let block = unsafe cursor
        unsafe cursor = unsafe block + size
        return unsafe block
    }

    /// From the account; if it is at its limit, what waits to be used again goes first.
    private mutating func take(_ size: Int, _ account: inout Account) -> Bool {
        if size > account.limit &- account.reserved { releaseWaiting(&account) }
        return account.take(size)
    }

    /// The size that a large block really has, and the list in which it waits; -1 if it does not wait.
    private static func sizeClass(of size: Int) -> (size: Int, list: Int) {
        if size > largestWaiting { return (size, -1) }
        let exponent = Int.bitWidth - 1 - size.leadingZeroBitCount
        let step = 1 << (exponent - 3)
        let rounded = (size + step - 1) & ~(step - 1)
        let power = Int.bitWidth - 1 - rounded.leadingZeroBitCount
        return (rounded, (power - 10) * 8 + (rounded >> (power - 3)) & 7)
    }

    private mutating func allocateLarge(_ size: Int, _ account: inout Account) -> UnsafeMutableRawPointer? {
        guard size < Int.max / 2 else { return nil }
        let (size, list) = Arena.sizeClass(of: size)
        let block: UnsafeMutableRawPointer
        if list >= 0, let known = unsafe waiting[list] {
            unsafe waiting[list] = known.load(as: UnsafeMutableRawPointer?.self)
            waitingBytes -= size + Arena.header
            account.spare -= size + Arena.header
            account.noteUse()
            unsafe block = known
        } else {
            guard take(size + Arena.header, &account) else { return nil }
            unsafe block = HeapBlock.allocate(size + Arena.header)
        }
        unsafe link(block, size)
        return unsafe block + Arena.header
    }

    /// What was built, more than `largestWaiting` bytes, as a block: its memory is counted from now on.
    mutating func adopt(
        _ builder: consuming ByteBuilder, _ account: inout Account
    ) -> UnsafeMutableRawPointer? {
        let size = (builder.count &+ 15) & ~15
        precondition(size > Arena.largestWaiting)
        guard take(size + Arena.header, &account) else { return nil }
        let block = unsafe builder.release(size: size)
        unsafe link(block, size)
        return unsafe block + Arena.header
    }

    /// Puts a block of the system into the list.
    private mutating func link(_ block: UnsafeMutableRawPointer, _ size: Int) {
        unsafe block.storeBytes(of: large, as: UnsafeMutableRawPointer?.self)
        unsafe block.storeBytes(of: nil, toByteOffset: 8, as: UnsafeMutableRawPointer?.self)
        if let next = unsafe large {
            unsafe next.storeBytes(of: block, toByteOffset: 8, as: UnsafeMutableRawPointer?.self)
        }
        unsafe large = block
        largeBytes += size + Arena.header
    }

    /// Takes a block back. `size` is what was asked for.
    mutating func free(_ block: UnsafeMutableRawPointer, size: Int, _ account: inout Account) {
        let rounded = (size &+ 15) & ~15
        if rounded == 0 { return }
        if rounded > Arena.largest { return unsafe freeLarge(block - Arena.header, rounded, &account) }
        unsafe block.storeBytes(of: lists[rounded &>> 4], as: UnsafeMutableRawPointer?.self)
        unsafe lists[rounded &>> 4] = block
        hasLists = true
        listed += rounded
        account.spare += rounded
    }

    private mutating func freeLarge(_ block: UnsafeMutableRawPointer, _ size: Int, _ account: inout Account) {
        let next = unsafe block.load(as: UnsafeMutableRawPointer?.self)
        let previous = unsafe block.load(fromByteOffset: 8, as: UnsafeMutableRawPointer?.self)
        if let previous = unsafe previous {
            unsafe previous.storeBytes(of: next, as: UnsafeMutableRawPointer?.self)
        } else {
            unsafe large = next
        }
        if let next = unsafe next {
            unsafe next.storeBytes(of: previous, toByteOffset: 8, as: UnsafeMutableRawPointer?.self)
        }
        let (size, list) = Arena.sizeClass(of: size)
        largeBytes -= size + Arena.header
        if list < 0 || waitingBytes + size > Arena.mostWaiting {
            unsafe HeapBlock.deallocate(block)
            account.giveBack(size + Arena.header)
            return
        }
        unsafe block.storeBytes(of: waiting[list], as: UnsafeMutableRawPointer?.self)
        unsafe waiting[list] = block
        waitingBytes += size + Arena.header
        account.spare += size + Arena.header
    }

    /// Gives the large blocks that wait back to the system.
    private mutating func releaseWaiting(_ account: inout Account) {
        if waitingBytes == 0 { return }
        for index in 0..<Arena.waitingCount {
            unsafe Arena.deallocate(waiting[index])
            unsafe waiting[index] = nil
        }
        account.spare -= waitingBytes
        account.giveBack(waitingBytes)
        waitingBytes = 0
    }

    /// Drops all blocks.
    @inline(__always) mutating func reset(_ account: inout Account) {
        let isClean = unsafe chunks.count == 1 && !hasLists && large == nil && waitingBytes == 0
        if !isClean { resetSlowly(&account) }
        unsafe cursor = chunks[0]
        unsafe end = unsafe cursor + Arena.firstChunk
    }

    @inline(never) private mutating func resetSlowly(_ account: inout Account) {
        releaseWaiting(&account)
        unsafe Arena.deallocate(large)
        unsafe large = nil
        unsafe account.giveBack(largeBytes + (chunks.count - 1) * Arena.chunk)
        largeBytes = 0
        while unsafe chunks.count > 1, let chunk = unsafe chunks.popLast() { unsafe chunk.deallocate() }
        unsafe lists.update(repeating: nil, count: Arena.listCount)
        hasLists = false
        account.spare -= listed
        listed = 0
    }
}
