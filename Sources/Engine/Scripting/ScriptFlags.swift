// The first line of a script: `#!lua flags=no-writes,allow-oom`. A script that has none may do all that scripts could
// do before there was such a line, and is judged call by call.

/// What a script says about itself.
struct ScriptFlags: OptionSet {
    let rawValue: UInt8
    static let noWrites = ScriptFlags(rawValue: 1)
    static let allowOOM = ScriptFlags(rawValue: 2)
    static let allowStale = ScriptFlags(rawValue: 4)
    static let noCluster = ScriptFlags(rawValue: 8)
    static let allowCrossSlotKeys = ScriptFlags(rawValue: 16)
    /// It says nothing.
    static let undeclared = ScriptFlags(rawValue: 32)

    /// The names that scripts know, in the order in which they are listed.
    static let names: [(ScriptFlags, StaticString)] = [
        (.noWrites, "no-writes"), (.allowOOM, "allow-oom"), (.allowStale, "allow-stale"), (.noCluster, "no-cluster"),
        (.allowCrossSlotKeys, "allow-cross-slot-keys"),
    ]

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The flag of this name.
    init?(named name: Bytes) {
        guard let found = ScriptFlags.names.first(where: { Bytes($0.1) == name }) else { return nil }
        self = found.0
    }

    /// What a command that runs such a script is like, given what it is like with any script.
    func applied(to flags: CommandFlags) -> CommandFlags {
        if contains(.undeclared) { return flags }
        var flags = flags.subtracting([.stale, .denyOOM, .write, .mayReplicate])
        if isDisjoint(with: [.allowOOM, .noWrites]) { flags.insert(.denyOOM) }
        if !contains(.noWrites) { flags.insert(.write) }
        if contains(.allowStale) { flags.insert(.stale) }
        return flags
    }
}

/// The first line of a script, read.
struct Shebang {
    private(set) var flags: ScriptFlags = .undeclared
    /// How much of the body it takes; the line end, which counts as a line of the script, is not a part of it.
    private(set) var length = 0

    /// Reads the line, if the body begins with one; what is wrong with it is composed in `message`.
    init?(of body: Bytes, _ message: inout String) {
        guard body.count >= 2, body[0] == UInt8(ascii: "#"), body[1] == UInt8(ascii: "!") else { return }
        guard let end = body.firstIndex(of: 10), body.prefix(end).firstIndex(of: 0) == nil else {
            message = "Invalid script shebang"
            return nil
        }
        length = end
        flags = []
        guard let words = Shebang.words(of: body.prefix(end)), let engine = words.first else {
            message = "Invalid engine in script shebang"
            return nil
        }
        guard engine == "#!lua" else {
            message = "Unexpected engine in script shebang: \(engine)"
            return nil
        }
        for word in words.dropFirst() { guard read(option: word, &message) else { return nil } }
    }

    /// `flags=…`, the one option there is.
    private mutating func read(option: String, _ message: inout String) -> Bool {
        guard option.hasPrefix("flags=") else {
            message = "Unknown lua shebang option: \(option)"
            return false
        }
        let list = option.dropFirst(6)
        if list.isEmpty { return true }
        for name in list.split(separator: ",", omittingEmptySubsequences: false) {
            guard let flag = withBytes(of: Array(name.utf8), { ScriptFlags(named: $0) }) else {
                message = "Unexpected flag in script shebang: \(name)"
                return false
            }
            flags.insert(flag)
        }
        return true
    }

    /// The words of the line, unquoted as in an inline command; nil if a quote is not closed.
    static func words(of line: Bytes) -> [String]? {
        var words: [String] = []
        var rest = InlineLine(line)
        while rest.skipBlanks() {
            var unquoted = Buffer()
            guard let word = rest.word(&unquoted) else { return nil }
            let plain = line.dropping(first: word.first).prefix(word.size)
            words.append(word.isUnquoted ? unquoted.contents.quotable : plain.quotable)
        }
        return words
    }
}
