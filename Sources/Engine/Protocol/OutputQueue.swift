// What a client has not been sent yet: replies that its socket did not take, and messages of others. A list of chunks,
// so that a slow reader's backlog is neither moved nor copied when it is sent piece by piece. An empty queue owns no
// memory. A long string has a chunk that holds it instead of a copy.
// Ownership rule: the queue owns its chunks; pieces handed to the network end at the next change.

internal import Platform

/// Bytes on their way to one client.
@safe struct OutputQueue: ~Copyable {
    /// At the start of each chunk; the bytes follow.
    @safe private struct Chunk {
        var next: UnsafeMutablePointer<Chunk>?
        /// The first byte that has not been sent.
        var start = 0
        var end = 0
        let capacity: Int
        /// The string whose bytes these are; the chunk has none of its own then.
        let string: RetainedString?
    }

    private static let headerSize = MemoryLayout<Chunk>.size
    /// With its header a small chunk is one that the C library keeps at hand.
    private static let smallCapacity = 992
    private static let usualCapacity = (16 << 10) - 64
    private static let largestCapacity = 1 << 20

    /// The protocol that the client speaks.
    var version = ReplyWriter.ProtocolVersion.two
    /// Bytes that wait.
    private(set) var count = 0
    private(set) var chunkCount = 0
    /// Bytes that the queue occupies.
    private(set) var memoryUsed = 0
    private var first: UnsafeMutablePointer<Chunk>?
    private var last: UnsafeMutablePointer<Chunk>?

    init() {
        unsafe first = nil
        unsafe last = nil
    }

    deinit {
        var chunk = unsafe first
        while let current = unsafe chunk {
            unsafe chunk = current.pointee.next
            unsafe current.pointee.string?.release()
            unsafe HeapBlock.deallocate(current)
        }
    }

    @inline(__always) var isEmpty: Bool { count == 0 }

    mutating func append(encoded bytes: Bytes) {
        var rest = unsafe bytes.start, left = bytes.count
        count &+= left
        while left > 0 {
            let chunk = unsafe chunkWithRoom(for: left)
            let taken = unsafe min(left, chunk.pointee.capacity - chunk.pointee.end)
            unsafe OutputQueue.bytes(of: chunk).advanced(by: chunk.pointee.end).copyMemory(from: rest, byteCount: taken)
            unsafe chunk.pointee.end += taken
            unsafe rest += taken
            left -= taken
        }
    }

    /// Replies that lie in the writer between two places.
    mutating func append(_ writer: borrowing ReplyWriter, from start: Int, to end: Int) {
        var place = start
        if _slowPath(writer.hasAttachments) {
            for attachment in writer.attachments where attachment.offset >= start && attachment.offset < end {
                append(encoded: writer.pending().prefix(attachment.offset).dropping(first: place))
                append(attachment.string)
                place = attachment.offset
            }
        }
        append(encoded: writer.pending().prefix(end).dropping(first: place))
    }

    /// A string to be sent from where it lies.
    private mutating func append(_ string: RetainedString) {
        string.retain()
        let block = unsafe HeapBlock.allocate(OutputQueue.headerSize)
        let chunk = unsafe block.bindMemory(to: Chunk.self, capacity: 1)
        unsafe chunk.initialize(to: Chunk(next: nil, end: string.count, capacity: string.count, string: string))
        unsafe append(chunk)
        count += string.count
    }

    mutating func append(contentsOf other: borrowing OutputQueue) {
        var chunk = unsafe other.first
        while let current = unsafe chunk {
            let start = unsafe OutputQueue.bytes(of: current) + current.pointee.start
            // What has not begun to be sent can be held once more.
            if let string = unsafe current.pointee.string, unsafe current.pointee.start == 0 {
                append(string)
            } else {
                unsafe append(encoded: Bytes(unsafeStart: start, count: current.pointee.end - current.pointee.start))
            }
            unsafe chunk = current.pointee.next
        }
    }

    /// Everything that waits in `other` waits here instead, behind what there is.
    mutating func takeOver(_ other: inout OutputQueue) {
        guard let chain = unsafe other.first else { return }
        if let last = unsafe last { unsafe last.pointee.next = chain } else { unsafe first = chain }
        unsafe last = other.last
        count += other.count
        chunkCount += other.chunkCount
        memoryUsed += other.memoryUsed
        unsafe other.first = nil
        unsafe other.last = nil
        (other.count, other.chunkCount, other.memoryUsed) = (0, 0, 0)
    }

    private static func bytes(of chunk: UnsafeMutablePointer<Chunk>) -> UnsafeMutableRawPointer {
        unsafe chunk.pointee.string?.start ?? UnsafeMutableRawPointer(chunk) + headerSize
    }

    /// The last chunk if it has room left, or a new one.
    private mutating func chunkWithRoom(for size: Int) -> UnsafeMutablePointer<Chunk> {
        if let last = unsafe last, unsafe last.pointee.end < last.pointee.capacity { return unsafe last }
        let least = capacityOfNextChunk
        let capacity = max(least, min(size, OutputQueue.largestCapacity))
        let block = unsafe HeapBlock.allocate(OutputQueue.headerSize + capacity)
        let chunk = unsafe block.bindMemory(to: Chunk.self, capacity: 1)
        unsafe chunk.initialize(to: Chunk(next: nil, capacity: capacity, string: nil))
        unsafe append(chunk)
        return unsafe chunk
    }

    /// The more waits already, the larger.
    private var capacityOfNextChunk: Int {
        guard let last = unsafe last else { return OutputQueue.smallCapacity }
        let doubled = unsafe (last.pointee.capacity + OutputQueue.headerSize) * 2 - OutputQueue.headerSize
        return min(max(doubled, OutputQueue.smallCapacity), OutputQueue.usualCapacity)
    }

    private mutating func append(_ chunk: UnsafeMutablePointer<Chunk>) {
        if let last = unsafe last { unsafe last.pointee.next = chunk } else { unsafe first = chunk }
        unsafe last = chunk
        chunkCount += 1
        unsafe memoryUsed += OutputQueue.headerSize + chunk.pointee.capacity
    }

    /// Adds the pieces that wait, from the first on, as many as fit and at most so many bytes. They end at the next
    /// change of the queue.
    func append(to pieces: inout Pieces, atMost size: Int) {
        var chunk = unsafe first
        while let current = unsafe chunk, !pieces.isFull, pieces.byteCount < size {
            let start = unsafe current.pointee.start
            let taken = unsafe min(current.pointee.end - start, size - pieces.byteCount)
            unsafe pieces.append(OutputQueue.bytes(of: current) + start, taken)
            unsafe chunk = current.pointee.next
        }
    }

    /// Forgets the first `sent` bytes, which the client has got.
    mutating func removeFirst(_ sent: Int) {
        precondition(sent >= 0 && sent <= count)
        count -= sent
        var left = sent
        while left > 0, let chunk = unsafe first {
            let taken = unsafe min(left, chunk.pointee.end - chunk.pointee.start)
            unsafe chunk.pointee.start += taken
            left -= taken
            if unsafe chunk.pointee.start == chunk.pointee.end { removeFirstChunk() }
        }
    }

    private mutating func removeFirstChunk() {
        guard let chunk = unsafe first else { return }
        unsafe first = chunk.pointee.next
        if unsafe first == nil { unsafe last = nil }
        chunkCount -= 1
        unsafe memoryUsed -= OutputQueue.headerSize + chunk.pointee.capacity
        unsafe chunk.pointee.string?.release()
        unsafe HeapBlock.deallocate(chunk)
    }

    mutating func removeAll() { removeFirst(count) }

    /// A copy of everything that waits, for tests.
    var array: [UInt8] {
        var copy: [UInt8] = []
        var chunk = unsafe first
        while let current = unsafe chunk {
            let start = unsafe OutputQueue.bytes(of: current) + current.pointee.start
            unsafe copy += UnsafeRawBufferPointer(start: start, count: current.pointee.end - current.pointee.start)
            unsafe chunk = current.pointee.next
        }
        return copy
    }
}
