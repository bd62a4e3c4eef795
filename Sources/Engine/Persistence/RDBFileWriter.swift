// Writes the file of a snapshot, on the disk thread: compresses, sums, writes, syncs and renames. It knows the disk and
// nothing else. The order of calls:
//
//     RDBFileWriter(plan, disk) → begin() → write(chunk)… → finish()        abort() instead of any, or after a failure
//
// Chunks of different streams may come by turns. Each chunk of the main stream is made of whole records and begins with
// its own SELECTDB (in `.commands` form: SELECT), and so does the first chunk of each large value, since streams follow
// each other in another order than they came: one at a time goes straight to the file; what comes of others meanwhile
// lies in a second file, the spill, and is copied as soon as nothing is unfinished before it. The last chunk of a large
// value has `endsStream`. The main stream has no end of its own.

internal import Platform

/// A snapshot's file that is being written.
struct RDBFileWriter: ~Copyable, Sendable {
    private let plan: RDBFilePlan
    private let disk: any Disk
    private var file: DiskFile?
    private var spill: SpillFile
    private var output = Buffer(capacity: flushSize + (64 << 10))
    private var sum = CRC64()
    private var compressor = LZFCompressor()
    private var text = Buffer()
    private var pieces = ShortPieces()
    /// Bytes written, and up to where the disk has been asked to begin.
    private(set) var size = 0
    private var writtenBack = 0
    /// The stream that goes straight to the file.
    private var direct = SnapshotChunk.mainStream

    private static let flushSize = 256 << 10
    private static let writebackSize = 1 << 20
    /// What is summed and written at a time.
    private static let pieceSize = 64 << 10

    init(_ plan: RDBFilePlan, disk: any Disk) {
        self.plan = plan
        self.disk = disk
        spill = SpillFile(path: plan.spillPath)
    }

    /// Makes the temporary file and writes its head.
    mutating func begin() throws(DiskError) {
        file = try disk.open(plan.temporaryPath, .create)
        guard plan.form == .rdb else {
            if let date = plan.date { output.append(text: "#TS:\(date)\r\n") }
            for code in plan.functions {
                output.append(text: "*3\r\n$8\r\nFUNCTION\r\n$4\r\nLOAD\r\n$\(code.count)\r\n")
                output.append(array: code)
                output.append("\r\n")
            }
            return
        }
        var head = ObjectWriter(.never)
        head.append(headOf: plan)
        output.append(head.output, droppingFirst: 0)
    }

    mutating func write(_ chunk: borrowing SnapshotChunk) throws(DiskError) {
        pieces.begin()
        if chunk.stream != direct, direct != SnapshotChunk.mainStream {
            try pack(chunk)
            return try spill.append(&output, of: chunk.stream, isEnd: chunk.endsStream, disk)
        }
        if chunk.stream != direct {
            direct = chunk.stream
            try takeBack(direct)
        }
        try pack(chunk)
        if output.count >= RDBFileWriter.flushSize { try flush() }
        guard chunk.endsStream else { return }
        direct = SnapshotChunk.mainStream
        try takeBack(direct)
        while let complete = spill.takeComplete() { try takeBack(complete) }
    }

    /// Ends the file, and puts it in the place of the one before; a passing one is only ended.
    mutating func finish() throws(DiskError) {
        precondition(direct == SnapshotChunk.mainStream && spill.isEmpty, "a large value was not completed")
        if plan.form == .rdb {
            output.append(byte: SnapshotOpcode.end.rawValue)
            try flush()
            let checksum = plan.checksums ? sum.value : 0
            output.append(number: checksum, size: 8)
        }
        try flush()
        guard let file else { return }
        if !plan.isPassing { try disk.sync(file) }
        self.file = nil
        try disk.close(file)
        if plan.isPassing { return spill.remove(disk) }
        try disk.rename(plan.temporaryPath, to: plan.path)
        try disk.syncDirectory(plan.directory)
        spill.remove(disk)
    }

    /// Leaves nothing behind.
    mutating func abort() {
        if let file { try? disk.close(file) }
        file = nil
        spill.remove(disk)
        try? disk.remove(plan.temporaryPath)
    }

    // MARK: Chunks

    /// Puts a chunk behind what is to be written, its strings compressed.
    private mutating func pack(_ chunk: borrowing SnapshotChunk) throws(DiskError) {
        // What is spilled goes through the same buffer, which must hold nothing else.
        if chunk.stream != direct { try flush() }
        let bytes = chunk.bytes.contents
        var done = 0
        if plan.compresses {
            for place in chunk.compressible {
                let place = Int(place)
                output.append(bytes.dropping(first: done).prefix(place - done))
                done = place + append(compressing: bytes.dropping(first: place))
                pieces.pauseIfLong()
            }
        }
        output.append(bytes.dropping(first: done))
    }

    /// Appends the string that `bytes` begin with; returns how many bytes it was.
    private mutating func append(compressing bytes: Bytes) -> Int {
        var reader = PayloadReader(bytes)
        guard let length = try? reader.length(), let size = Int(exactly: length), size <= reader.remaining else {
            preconditionFailure("there is no string where one was noted")
        }
        text.truncate(to: 0)
        let string = bytes.dropping(first: reader.offset).prefix(size)
        if compressor.compress(string, to: &text) {
            output.append(byte: 0xC3)
            output.append(snapshotLength: UInt64(text.count))
            output.append(snapshotLength: length)
            output.append(text, droppingFirst: 0)
        } else {
            output.append(bytes.prefix(reader.offset + size))
        }
        return reader.offset + size
    }

    /// Copies what has been spilled of a stream.
    private mutating func takeBack(_ stream: Int) throws(DiskError) {
        var extents = spill.take(stream)[...]
        while let extent = extents.first {
            try spill.read(extent, to: &output, limit: RDBFileWriter.flushSize, disk)
            extents[extents.startIndex].removeFirst(min(extent.count, RDBFileWriter.flushSize))
            if extents[extents.startIndex].isEmpty { extents.removeFirst() }
            if output.count >= RDBFileWriter.flushSize { try flush() }
        }
        if spill.isEmpty { spill.rewind() }
    }

    private mutating func flush() throws(DiskError) {
        guard let file, !output.isEmpty else { return }
        var (sum, pieces, done) = (sum, pieces, 0)
        while done < output.count {
            let piece = output.contents.dropping(first: done).prefix(
                min(RDBFileWriter.pieceSize, output.count - done))
            if plan.checksums, plan.form == .rdb { sum.add(piece) }
            try disk.appendAll(file, piece.span)
            done += piece.count
            pieces.pauseIfLong()
        }
        (self.sum, self.pieces) = (sum, pieces)
        size += output.count
        output.truncate(to: 0)
        guard plan.writesBackInSteps, !plan.isPassing, size - writtenBack >= RDBFileWriter.writebackSize else { return }
        disk.startWriteback(file, offset: writtenBack, count: size - writtenBack)
        writtenBack = size
    }
}

/// The pieces of streams that cannot be written yet. Its file is made when the first one comes.
private struct SpillFile: ~Copyable, Sendable {
    private let path: String
    private var file: DiskFile?
    /// Where the pieces of each stream are.
    private var extents: [Int: [Range<Int>]] = [:]
    /// Streams that are complete, in that order.
    private var complete: [Int] = []
    private var size = 0

    init(path: String) { self.path = path }

    var isEmpty: Bool { extents.isEmpty }

    /// Appends everything in `output`, and empties it.
    mutating func append(
        _ output: inout Buffer, of stream: Int, isEnd: Bool, _ disk: any Disk
    ) throws(DiskError) {
        let file = if let file { file } else { try disk.open(path, .create) }
        self.file = file
        try disk.write(file, output.contents.span, at: size)
        extents[stream, default: []].append(size..<size + output.count)
        size += output.count
        output.truncate(to: 0)
        if isEnd { complete.append(stream) }
    }

    /// Where the pieces of a stream are, which are the caller's from now on.
    mutating func take(_ stream: Int) -> [Range<Int>] { extents.removeValue(forKey: stream) ?? [] }

    mutating func takeComplete() -> Int? { complete.isEmpty ? nil : complete.removeFirst() }

    /// Appends the first bytes of an extent, at most `limit`.
    func read(_ extent: Range<Int>, to output: inout Buffer, limit: Int, _ disk: any Disk) throws(DiskError) {
        guard let file else { return }
        var offset = 0
        let count = min(extent.count, limit)
        while offset < count {
            output.reserve(count - offset)
            var unused = output.unused
            var space = unused._mutatingExtracting(..<(count - offset))
            let read = try disk.read(file, into: &space, at: extent.lowerBound + offset)
            guard read > 0 else { throw DiskError(call: "read", reason: "The spilled snapshot is too short") }
            output.advance(read)
            offset += read
        }
    }

    /// Everything has been taken: the file is written anew from its beginning.
    mutating func rewind() { size = 0 }

    mutating func remove(_ disk: any Disk) {
        guard let file else { return }
        try? disk.close(file)
        try? disk.remove(path)
        self.file = nil
    }
}
