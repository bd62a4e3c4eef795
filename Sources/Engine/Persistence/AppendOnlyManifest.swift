// The list of the files that together are the append-only file, as Redis 7 keeps it: a base, which is a snapshot or the
// commands that make one, and increments, which are to be repeated behind it in their order. History are files that a
// newer base has made superfluous. Nothing here reads or writes files.
//
//     file appendonly.aof.2.base.rdb seq 2 type b
//     file appendonly.aof.1.incr.aof seq 1 type h
//     file appendonly.aof.2.incr.aof seq 2 type i

/// One file of those in the manifest.
struct AppendOnlyPart: Equatable, Sendable {
    enum Kind: UInt8, Sendable {
        case base = 0x62
        case history = 0x68
        case increment = 0x69
    }

    let name: Word
    let sequence: Int64
    var kind: Kind

    var path: String { name.string }

    /// The line of the manifest.
    var line: Word {
        let quoted = name.allSatisfy(\.isPlainInManifest) ? name : name.quoted
        return Word("file ".utf8) + quoted + Word(" seq \(sequence) type ".utf8) + [kind.rawValue, UInt8(ascii: "\n")]
    }
}

/// Which files there are, and in which order they belong together.
struct AppendOnlyManifest: Equatable, Sendable {
    private(set) var base: AppendOnlyPart?
    private(set) var history: [AppendOnlyPart] = []
    private(set) var increments: [AppendOnlyPart] = []
    private var baseSequence: Int64 = 0
    private var incrementSequence: Int64 = 0

    var isEmpty: Bool { base == nil && increments.isEmpty }
    /// The files to be loaded, in their order.
    var parts: [AppendOnlyPart] { (base.map { [$0] } ?? []) + increments }

    var text: Word { ((base.map { [$0] } ?? []) + history + increments).flatMap(\.line) }

    // MARK: Changes

    /// The old file of a server that kept only one becomes the base.
    mutating func adopt(_ name: Word) {
        base = AppendOnlyPart(name: name, sequence: 1, kind: .base)
        baseSequence = 1
    }

    /// Names a new base; the old one is history.
    mutating func addBase(of name: String, isSnapshot: Bool) -> AppendOnlyPart {
        retire(base)
        baseSequence &+= 1
        let new = AppendOnlyPart(
            name: Word("\(name).\(baseSequence).base.\(isSnapshot ? "rdb" : "aof")".utf8), sequence: baseSequence,
            kind: .base)
        base = new
        return new
    }

    /// Names a new increment behind the others.
    mutating func addIncrement(of name: String) -> AppendOnlyPart {
        incrementSequence &+= 1
        let new = AppendOnlyPart(
            name: Word("\(name).\(incrementSequence).incr.aof".utf8), sequence: incrementSequence, kind: .increment)
        increments.append(new)
        return new
    }

    /// The new base holds what all increments say, but for the last ones.
    mutating func retireIncrements(keepingLast kept: Int) {
        let count = max(0, increments.count - kept)
        for part in increments.prefix(count).reversed() { retire(part) }
        increments.removeFirst(count)
    }

    private mutating func retire(_ part: AppendOnlyPart?) {
        guard var part else { return }
        part.kind = .history
        history.insert(part, at: 0)
    }

    mutating func forgetHistory() { history = [] }

    /// Whether a file bears the name of a base or an increment that comes before those that are named here.
    func isPast(_ path: String, of name: String) -> Bool {
        guard path.hasPrefix(name + ".") else { return false }
        let rest = path.dropFirst(name.count + 1), digits = rest.prefix { $0.isASCII && $0.isNumber }
        guard let sequence = Int64(digits) else { return false }
        switch rest.dropFirst(digits.count) {
        case ".base.rdb", ".base.aof": return base.map { sequence < $0.sequence } ?? false
        case ".incr.aof": return increments.first.map { sequence < $0.sequence } ?? false
        default: return false
        }
    }
}

// MARK: Reading

/// Why a manifest cannot be believed, in Redis's words.
struct AppendOnlyManifestError: Error, Equatable {
    let reason: String
    /// The number of the line, from 1 on, and what it says, if a line is to blame.
    let line: (number: Int, text: String)?

    init(_ reason: String, line: (number: Int, text: String)? = nil) {
        self.reason = reason
        self.line = line
    }

    static func == (left: AppendOnlyManifestError, right: AppendOnlyManifestError) -> Bool {
        left.reason == right.reason && left.line?.number == right.line?.number && left.line?.text == right.line?.text
    }
}

extension AppendOnlyManifest {
    private static let longestLine = 1024

    /// Reads a manifest, strictly: whoever loads the wrong files loses data.
    init(_ text: Word) throws(AppendOnlyManifestError) {
        guard !text.isEmpty else { throw AppendOnlyManifestError("Found an empty AOF manifest") }
        var rest = text[...], number = 0
        while !rest.isEmpty {
            number += 1
            let end = rest.prefix(AppendOnlyManifest.longestLine).firstIndex(of: UInt8(ascii: "\n"))
            let line = Word(end.map { rest[..<$0] } ?? rest.prefix(AppendOnlyManifest.longestLine))
            rest = end.map { rest[($0 + 1)...] } ?? rest.dropFirst(line.count)
            if line.first == UInt8(ascii: "#") { continue }
            guard end != nil else {
                throw AppendOnlyManifestError("The AOF manifest file contains too long line")
            }
            try read(line.trimmed, number)
        }
    }

    private mutating func read(_ line: Word, _ number: Int) throws(AppendOnlyManifestError) {
        func fault(_ reason: String) -> AppendOnlyManifestError {
            AppendOnlyManifestError(reason, line: (number, line.string))
        }
        // More than six words may come from a later version.
        guard !line.isEmpty, let words = line.words, words.count >= 6, words.count.isMultiple(of: 2) else {
            throw fault("Invalid AOF manifest file format")
        }
        var name: Word?, sequence: Int64 = 0, kind: UInt8 = 0
        for index in stride(from: 0, to: words.count, by: 2) {
            let value = words[index + 1]
            switch words[index].lowercased {
            case "file":
                guard !value.contains(UInt8(ascii: "/")), !value.contains(UInt8(ascii: "\\")) else {
                    throw fault("File can't be a path, just a filename")
                }
                name = value
            case "seq": sequence = value.leadingInteger
            case "type": kind = value.first ?? 0
            default: continue
            }
        }
        guard let name, sequence != 0, kind != 0 else { throw fault("Invalid AOF manifest file format") }
        guard let kind = AppendOnlyPart.Kind(rawValue: kind) else { throw fault("Unknown AOF file type") }
        let part = AppendOnlyPart(name: name, sequence: sequence, kind: kind)
        switch kind {
        case .base:
            guard base == nil else { throw fault("Found duplicate base file information") }
            (base, baseSequence) = (part, sequence)
        case .history: history.append(part)
        case .increment:
            guard sequence > incrementSequence else { throw fault("Found a non-monotonic sequence number") }
            increments.append(part)
            incrementSequence = sequence
        }
    }
}

extension Word {
    /// The number at the beginning, or zero, as C reads one.
    fileprivate var leadingInteger: Int64 {
        var digits = trimmed[...], isNegative = false
        if let sign = digits.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            digits = digits.dropFirst()
        }
        let text = String(decoding: digits.prefix { (48...57).contains($0) }, as: UTF8.self)
        guard !text.isEmpty else { return 0 }
        return Int64(isNegative ? "-\(text)" : text) ?? (isNegative ? .min : .max)
    }
}

extension UInt8 {
    /// Needs no quotes in a manifest.
    fileprivate var isPlainInManifest: Bool {
        (33...126).contains(self) && self != UInt8(ascii: "\\") && self != UInt8(ascii: "\"")
    }
}
