// `redis-check-aof`: whether append-only files are whole, and what to do if not, in the words of Redis's tool, which
// people and scripts know. The records are `AppendOnlyReader`'s business, a snapshot in front of them `RDBCheck`'s.

internal import Platform

/// The tool has said why, and ends with an exit code that is not zero.
struct CheckFailure: Error {}

/// What is asked of the check, and what it works with.
struct AppendOnlyCheck {
    enum Outcome { case valid, empty, truncated, truncatedToTimestamp }

    let disk: any Disk
    let say: (String) -> Void
    /// Whether the person at the terminal has said yes.
    let confirms: () -> Bool
    /// `--fix`: a file that is damaged is to be cut.
    var fixes = false
    /// `--truncate-to-timestamp`: what is later is to be cut; zero for nothing.
    var timestamp = 0
    /// The lines of commands so far, in all files.
    private var line = 1

    init(disk: any Disk, say: @escaping (String) -> Void, confirms: @escaping () -> Bool) {
        self.disk = disk
        self.say = say
        self.confirms = confirms
    }

    /// Does what the command line asks for. Returns the exit code.
    mutating func run(_ arguments: [String]) -> Int32 {
        do throws(CheckFailure) {
            try check(try path(arguments))
            return 0
        } catch {
            return 1
        }
    }

    /// Takes in the options, and returns the file that they are about.
    private mutating func path(_ arguments: [String]) throws(CheckFailure) -> String {
        switch arguments.count {
        case 2: return arguments[1]
        case 3 where arguments[1] == "--fix":
            fixes = true
            return arguments[2]
        case 4 where arguments[1] == "--truncate-to-timestamp":
            guard let (seconds, isAll) = AppendOnlyCheck.number(Array(arguments[2].utf8)), isAll else {
                throw failure("Invalid timestamp, aborting...")
            }
            timestamp = seconds
            return arguments[3]
        default:
            throw failure(
                "Usage: \(arguments.first ?? "") [--fix|--truncate-to-timestamp $timestamp] "
                    + "<file.manifest|file.aof>")
        }
    }

    /// A number as C reads it, and whether there is nothing behind it; nil if no number is so large.
    private static func number(_ text: [UInt8]) -> (Int, isAll: Bool)? {
        withBytes(of: text) { bytes in
            let (value, size) = AppendOnlyReader.leadingNumber(of: bytes)
            return value == .max || value == .min ? nil : (value, size == bytes.count)
        }
    }

    private func failure(_ text: String) -> CheckFailure {
        say(text + "\n")
        return CheckFailure()
    }

    // MARK: Kinds of files

    private mutating func check(_ path: String) throws(CheckFailure) {
        let head = try beginning(of: path)
        if AppendOnlyCheck.isManifest(head) { return try checkParts(of: path) }
        say("Start checking Old-Style AOF\n")
        let outcome = try checkFile(path, at: path, isLast: true, hasSnapshot: AppendOnlyCheck.isSnapshot(head))
        tell(outcome, "AOF", path)
    }

    /// The first bytes of a file: enough to know what it is.
    private func beginning(of path: String) throws(CheckFailure) -> [UInt8] {
        do throws(DiskError) {
            var window = try FileWindow(path, disk: disk, sums: false)
            defer { window.close() }
            try window.fill(1 << 16)
            return window.buffer.contents.array
        } catch {
            throw failure("Cannot open file \(path): \(error.reason)")
        }
    }

    /// Lines that begin with `file`, perhaps behind comments.
    private static func isManifest(_ head: [UInt8]) -> Bool {
        for line in head.split(separator: UInt8(ascii: "\n")) where line.first != UInt8(ascii: "#") {
            return line.starts(with: Array("file".utf8))
        }
        return false
    }

    private static func isSnapshot(_ head: [UInt8]) -> Bool {
        head.count >= 8 && (head.starts(with: Array("REDIS".utf8)) || head.starts(with: Array("VALKEY".utf8)))
    }

    /// All files that a manifest names, which must be whole; only the last of them may be cut.
    private mutating func checkParts(of path: String) throws(CheckFailure) {
        say("Start checking Multi Part AOF\n")
        let manifest = try readManifest(path)
        let directory = DiskPath.directory(of: path)
        var left = manifest.parts.count
        if let base = manifest.base {
            left -= 1
            let place = "\(directory)/\(base.path)"
            let hasSnapshot = AppendOnlyCheck.isSnapshot(try beginning(of: place))
            say("Start to check BASE AOF (\(hasSnapshot ? "RDB" : "RESP") format).\n")
            let outcome = try checkFile(base.path, at: place, isLast: left == 0, hasSnapshot: hasSnapshot)
            tell(outcome, "BASE AOF", base.path)
        }
        if left > 0 { say("Start to check INCR files.\n") }
        for part in manifest.increments {
            left -= 1
            let outcome = try checkFile(
                part.path, at: "\(directory)/\(part.path)", isLast: left == 0, hasSnapshot: false)
            tell(outcome, "INCR AOF", part.path)
        }
        say("All AOF files and manifest are valid\n")
    }

    private func readManifest(_ path: String) throws(CheckFailure) -> AppendOnlyManifest {
        do {
            return try AppendOnlyManifest(try disk.contents(of: path))
        } catch let error as AppendOnlyManifestError {
            var text = "\n*** FATAL AOF MANIFEST FILE ERROR ***\n"
            if let line = error.line {
                text += "Reading the manifest file, at line \(line.number)\n>>> '\(line.text)'\n"
            }
            throw failure(text + error.reason)
        } catch let error as DiskError {
            throw failure(
                "Fatal error: can't open the AOF manifest file \(path) for reading: \(error.reason)")
        } catch {
            throw CheckFailure()
        }
    }

    private func tell(_ outcome: Outcome, _ kind: String, _ name: String) {
        switch outcome {
        case .valid: say("\(kind) \(name) is valid\n")
        case .empty: say("\(kind) \(name) is empty\n")
        case .truncated: say("Successfully truncated AOF \(name)\n")
        case .truncatedToTimestamp: say("Successfully truncated AOF \(name) to timestamp \(timestamp)\n")
        }
    }

    // MARK: One file

    private mutating func checkFile(
        _ name: String, at path: String, isLast: Bool, hasSnapshot: Bool
    ) throws(CheckFailure) -> Outcome {
        let start = hasSnapshot ? try checkSnapshot(path) : 0
        let end: AppendOnlyFileEnd, size: Int, whole: Int
        do throws(DiskError) {
            var file = AppendOnlyFileCheck(
                try FileWindow(path, disk: disk, sums: false, from: start), start: start, line: line)
            defer { file.close() }
            if file.size == 0 { return .empty }
            end = try file.read(until: timestamp)
            (line, size, whole) = (file.line, file.size, file.wholeEnd)
        } catch {
            throw failure("Cannot open file \(path): \(error.reason), aborting...")
        }
        switch end {
        case .whole: break
        case .format: say("AOF \(name) format error\n")
        case .fault(let offset, let reason): say("\(AppendOnlyCheck.place(offset)): \(reason(path))\n")
        case .badTimestamp: throw failure("Invalid timestamp annotation")
        case .later(let offset):
            try cutLater(path, from: offset, isLast)
            return .truncatedToTimestamp
        }
        if whole == size, timestamp != 0 {
            say("Truncate nothing in AOF \(name) to timestamp \(timestamp)\n")
            return .valid
        }
        say(
            "AOF analyzed: filename=\(name), size=\(size), ok_up_to=\(whole), ok_up_to_line=\(line), "
                + "diff=\(size - whole)\n")
        return whole == size ? .valid : try mend(name, path, size, whole, isLast)
    }

    /// An offset as the tool writes it.
    private static func place(_ offset: Int) -> String {
        let digits = String(offset, radix: 16)
        return "0x" + String(repeating: " ", count: max(0, 16 - digits.utf8.count)) + digits
    }

    /// Where the snapshot ends with which a file begins.
    private func checkSnapshot(_ path: String) throws(CheckFailure) -> Int {
        let check = RDBCheck(path, disk: disk, now: SystemClock().milliseconds)
        say(check.text)
        guard check.isSound else { throw failure("RDB preamble of AOF file is not sane, aborting.") }
        say("RDB preamble is OK, proceeding with AOF tail...\n")
        return check.end
    }

    private func cutLater(_ path: String, from offset: Int, _ isLast: Bool) throws(CheckFailure) {
        guard offset > 0 else {
            throw failure("AOF \(path) has nothing before timestamp \(timestamp), aborting...")
        }
        guard isLast else {
            throw failure(
                "Failed to truncate AOF \(path) to timestamp \(timestamp) to offset \(offset) because it is not the "
                    + "last file.\nIf you insist, please delete all files after this file according to the manifest "
                    + "file and delete the corresponding records in manifest file manually. Then re-run "
                    + "redis-check-aof.")
        }
        guard cut(path, to: offset) else {
            throw failure("Failed to truncate AOF \(path) to timestamp \(timestamp)")
        }
    }

    /// Cuts off what is not whole, if that is wanted.
    private func mend(
        _ name: String, _ path: String, _ size: Int, _ whole: Int, _ isLast: Bool
    ) throws(CheckFailure) -> Outcome {
        guard fixes else { throw failure("AOF \(name) is not valid. Use the --fix option to try fixing it.") }
        guard isLast else { throw failure("Failed to truncate AOF \(name) because it is not the last file") }
        say(
            "This will shrink the AOF \(name) from \(size) bytes, with \(size - whole) bytes, to \(whole) bytes\n"
                + "Continue? [y/N]: ")
        guard confirms() else { throw failure("Aborting...") }
        guard cut(path, to: whole) else { throw failure("Failed to truncate AOF \(name)") }
        return .truncated
    }

    private func cut(_ path: String, to size: Int) -> Bool {
        do throws(DiskError) {
            let file = try disk.open(path, .append)
            defer { try? disk.close(file) }
            try disk.truncate(file, to: size)
            try disk.sync(file)
            return true
        } catch {
            return false
        }
    }
}
