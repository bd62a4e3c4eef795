// A file that is read from its beginning to its end, of which a part is in memory: what has been read and not been used
// yet. It grows for what is being looked at, and never beyond what the file holds.

internal import Platform

/// A moving view of an open file.
struct FileWindow: ~Copyable {
    private let disk: any Disk
    private let file: DiskFile
    /// Bytes of the file, as it was when it was opened.
    private(set) var size: Int
    /// Lent to the reader while it looks at what is there.
    var buffer = Buffer()
    /// How much of the buffer is done with.
    var used = 0
    /// Where in the file the buffer begins.
    private var start = 0
    /// How much of the buffer is in the sum.
    private var summed = 0
    private var sum = CRC64()
    /// Whether what has been used is summed up.
    let sums: Bool

    private static let usualSize = 256 << 10
    /// A buffer that had to be larger is given back.
    private static let largestKept = 4 << 20

    /// The file stays open until `close`, and is read from `start` on.
    init(_ path: String, disk: any Disk, sums: Bool, from start: Int = 0) throws(DiskError) {
        let file = try disk.open(path, .read), size: Int
        do throws(DiskError) { size = try disk.size(of: file) } catch {
            try? disk.close(file)
            throw error
        }
        self.disk = disk
        self.file = file
        self.size = size
        self.sums = sums
        self.start = start
    }

    mutating func close() { try? disk.close(file) }

    /// Where in the file that begins which has not been used.
    @inline(__always) var offset: Int { start &+ used }

    /// The place in the buffer of a place in the file.
    @inline(__always) func place(of offset: Int) -> Int { offset &- start }

    /// Reads on, so that the buffer has so many bytes, or as many as the file has. What is done with is dropped.
    mutating func fill(_ count: Int) throws(DiskError) {
        let unread = buffer.count - used, wanted = max(count - used, 0)
        addToSum()
        let used = used
        if used > 0, buffer.capacity > FileWindow.largestKept, wanted < FileWindow.usualSize {
            var smaller = Buffer(capacity: max(FileWindow.usualSize, unread))
            smaller.append(buffer, droppingFirst: used)
            swap(&smaller, &buffer)
        } else {
            buffer.removeFirst(used)
        }
        start += used
        summed -= used
        self.used = 0
        let behind = max(0, size - start - buffer.count)
        let missing = min(max(wanted - unread, FileWindow.usualSize - unread, 4096), behind)
        buffer.reserve(missing)
        var left = missing
        let (disk, file) = (disk, file)
        while left > 0 {
            let place = start + buffer.count
            var unused = buffer.unused
            var space = unused._mutatingExtracting(..<left)
            let read = try disk.read(file, into: &space, at: place)
            if read == 0 {
                // The file has become shorter.
                size = start + buffer.count
                return
            }
            buffer.advance(read)
            left -= read
        }
    }

    /// How much of the file is behind the buffer.
    func following(_ buffered: Int) -> Int { max(0, size - start - buffered) }

    private mutating func addToSum() {
        guard sums, used > summed else { return }
        var sum = sum
        let (used, summed) = (used, summed)
        sum.add(buffer.contents.prefix(used).dropping(first: summed))
        self.sum = sum
        self.summed = used
    }

    /// The sum of all that has been used.
    mutating func checksum() -> UInt64 {
        addToSum()
        return sum.value
    }
}
