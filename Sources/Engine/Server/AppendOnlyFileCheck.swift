// Reads one append-only file to its end, or to where it is not whole, for `redis-check-aof`.

internal import Platform

/// How far a file could be read.
enum AppendOnlyFileEnd {
    case whole
    /// Something begins that is no record.
    case format
    /// What is wrong at an offset; the text may name the file.
    case fault(Int, (String) -> String)
    /// A time that is none.
    case badTimestamp
    /// An annotation with a later time begins here.
    case later(Int)

    static func fault(_ offset: Int, _ text: String) -> AppendOnlyFileEnd { .fault(offset) { _ in text } }
}

/// An append-only file that is being checked.
struct AppendOnlyFileCheck: ~Copyable {
    private var window: FileWindow
    private var reader: AppendOnlyReader
    /// Where the last word or annotation begins.
    private var lastPart: Int
    private var unfinishedLines = 0
    /// The file ends in the middle of an annotation, which harms nothing.
    private var endsWithAnnotation = false

    init(_ window: consuming FileWindow, start: Int, line: Int) {
        self.window = window
        reader = AppendOnlyReader(position: start, line: line)
        lastPart = start
    }

    mutating func close() { window.close() }

    var size: Int { window.size }
    var wholeEnd: Int { endsWithAnnotation && !reader.isInTransaction ? window.size : reader.wholeEnd }
    /// The line of commands that has been reached.
    var line: Int { reader.line + unfinishedLines }

    /// Reads on to the end, or up to an annotation with a time behind `timestamp`, unless that is zero.
    mutating func read(until timestamp: Int) throws(DiskError) -> AppendOnlyFileEnd {
        while true {
            switch next(timestamp) {
            case .item: continue
            case .end(let end): return end
            case .unfinished(let record):
                let known = window.buffer.count - window.used
                try window.fill(window.used + max(min(record.sizeNeeded, window.size), 2 * known))
                if window.buffer.count - window.used == known { return end(with: record, timestamp) }
            }
        }
    }

    private enum Step {
        case item
        case end(AppendOnlyFileEnd)
        case unfinished(UnfinishedRecord)
    }

    private mutating func next(_ timestamp: Int) -> Step {
        var buffer = Buffer()
        swap(&buffer, &window.buffer)
        defer { swap(&buffer, &window.buffer) }
        let before = window.used
        var used = before
        let item = reader.next(in: buffer.contents, at: &used)
        window.used = used
        switch item {
        case .command(let words):
            let last = words.count > 0 ? words.word(words.count - 1).count : 0
            lastPart = reader.position - last - 2
            return .item
        case .annotation(let size):
            lastPart = reader.position - size
            let line = buffer.contents.dropping(first: before).prefix(size)
            let end = AppendOnlyFileCheck.judge(line, at: lastPart, timestamp)
            return end.map { .end($0) } ?? .item
        case .damaged(let damage):
            if damage.kind == .notARecord { return .end(.format) }
            return .end(.fault(damage.offset) { AppendOnlyFileCheck.text(damage.kind, file: $0) })
        case .unfinished(let record): return .unfinished(record)
        }
    }

    /// The file ends within a record, or behind one.
    private mutating func end(with record: UnfinishedRecord, _ timestamp: Int) -> AppendOnlyFileEnd {
        unfinishedLines = record.lines
        var buffer = Buffer()
        swap(&buffer, &window.buffer)
        defer { swap(&buffer, &window.buffer) }
        let size = window.size - record.offset
        if let expected = record.partSize {
            return .fault(record.offset, "Expected to read \(expected) bytes, got \(size) bytes")
        }
        let isBetweenRecords = record.offset == reader.position
        let rest = buffer.contents.dropping(first: window.used + record.offset - reader.position)
        if isBetweenRecords, rest.first == UInt8(ascii: "#") {
            lastPart = record.offset
            if let end = AppendOnlyFileCheck.judge(rest, at: lastPart, timestamp) { return end }
            endsWithAnnotation = true
        } else if size > 0 {
            let number = AppendOnlyReader.leadingNumber(of: rest.dropping(first: 1))
            let found = AppendOnlyReader.lineEnd(rest.dropping(first: 1 + number.size))
            return .fault(record.offset, AppendOnlyFileCheck.text(found, file: ""))
        }
        guard reader.isInTransaction else { return .whole }
        return .fault(
            isBetweenRecords ? lastPart : record.offset, "Reached EOF before reading EXEC for MULTI")
    }

    /// What a line that begins with `#` means for a check up to some time.
    private static func judge(_ line: Bytes, at offset: Int, _ timestamp: Int) -> AppendOnlyFileEnd? {
        guard timestamp != 0, line.count >= 4, line.prefix(4) == Bytes("#TS:") else { return nil }
        let digits = line.dropping(first: 4), (time, size) = AppendOnlyReader.leadingNumber(of: digits)
        guard size < digits.count, digits[size] == UInt8(ascii: "\r") else { return .badTimestamp }
        return time <= timestamp ? nil : .later(offset)
    }

    private static func text(_ damage: AppendOnlyDamage.Kind, file: String) -> String {
        switch damage {
        case .notARecord: ""
        case .prefix(let expected, let found):
            "Expected prefix '\(Unicode.Scalar(expected))', got: '\(Unicode.Scalar(found))'"
        case .lineEnd(let first, let second): "Expected \\r\\n, got: \(hexadecimal(first))\(hexadecimal(second))"
        case .size(let size): "Expected to read string of \(size) bytes, which is not in the suitable range"
        case .transactionInTransaction: "Unexpected MULTI in AOF \(file)"
        case .endWithoutTransaction: "Unexpected EXEC in AOF \(file)"
        }
    }

    /// As C writes a signed character.
    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(UInt32(bitPattern: Int32(Int8(bitPattern: byte))), radix: 16)
        return digits.utf8.count < 2 ? "0" + digits : digits
    }
}
