// `maxmemory` and `maxmemory-clients`: how they are written, and what they come to on this machine. A file keeps what
// was written, CONFIG GET answers what it comes to: tools expect bytes.

internal import Platform

/// How much memory the data may occupy, as it was written.
enum MemoryLimit: Equatable, Sendable {
    /// Zero for no limit.
    case bytes(Int)
    /// Of what the process may use.
    case percentage(Int)
    /// As much as the container's limit has room for; no limit where the container has none.
    case automatic

    static let none = MemoryLimit.bytes(0)

    init(_ word: Word) throws(SettingError) {
        if word.lowercased == "auto" {
            self = .automatic
        } else if let size = word.memorySize {
            self = .bytes(size)
        } else if word.last == UInt8(ascii: "%"), let percentage = Word(word.dropLast()).integer, percentage >= 0 {
            guard percentage <= 100 else { throw SettingError("percentage argument must be less or equal to 100") }
            self = .percentage(percentage)
        } else {
            throw SettingError("argument must be a memory value")
        }
    }

    var text: String {
        switch self {
        case .bytes(let bytes): Setting.size(bytes)
        case .percentage(let percentage): "\(percentage)%"
        case .automatic: "auto"
        }
    }

    /// In bytes, in a container or on a machine that leaves so much; zero for no limit.
    func bytes(of allowance: @autoclosure () -> MemoryAllowance) -> Int {
        switch self {
        case .bytes(let bytes): return bytes
        case .percentage(let percentage):
            return percentage == 0 ? 0 : max(1, allowance().bytes / 100 * percentage)
        case .automatic:
            let allowance = allowance()
            return allowance.source == nil ? 0 : MemoryLimit.share(of: allowance.bytes)
        }
    }

    /// Data of `x` bytes come with gaps between blocks, a quarter of `x` for buffers of clients, and what a snapshot
    /// copies: the process stays below 1.5 `x` and 16 MiB, and that is what the container must have room for.
    static func share(of container: Int) -> Int { max(container / 4, (container - (16 << 20)) / 3 * 2) }
}

extension Settings {
    /// What clients may occupy, given how `maxmemory` is set: negative for percents of it.
    var clientMemoryInForce: Int {
        maxClientMemory ?? (memoryLimit == .automatic && maxMemory > 0 ? -Settings.usualClientPercentage : 0)
    }

    /// With `maxmemory auto`, unless something else is set.
    private static let usualClientPercentage = 25

    /// What all clients together may occupy; nil for whatever they like.
    var clientMemoryLimit: Int? {
        let limit = clientMemoryInForce
        if limit > 0 { return limit }
        guard limit < 0, maxMemory > 0 else { return nil }
        return Int(Double(maxMemory) * Double(-limit) / 100)
    }
}

extension CommandContext {
    /// The limit of memory has been set, or that of clients.
    mutating func applyMemoryLimit() {
        settings.maxMemory = settings.memoryLimit.bytes(of: ControlGroups(host: host).allowance)
        account.setLimit(settings.maxMemory > 0 ? settings.maxMemory : nil)
        keyspace.memoryToHold = account.limit
        saving.mostWaiting = min(Saving.mostPieces, max(4, account.limit >> 23))
        if account.isSmall { HeapBlock.keepLittle() }
        defer { countBesidesData() }
        let limit = settings.clientMemoryLimit
        guard limit != nil || account.isLimited else {
            clients.memory.reset()
            for client in clients.identifiers {
                clients[client].counted = CountedMemory()
                clients[client].flags.remove(.isNotedForMemory)
            }
            return
        }
        clients.memory.watch(limit: limit.map { max($0, CommandContext.leastClientMemory) })
        for client in clients.identifiers { clients.noteMemory(of: client) }
    }

    /// With less nobody could even say that it is too little.
    private static let leastClientMemory = 128 << 10
}

extension Setting {
    static let maxMemory = special(
        "maxmemory",
        "The most that keys and values may occupy: bytes, a percentage of what the container or else the machine has, "
            + "or auto for what fits the container's limit; 0 for no limit.",
        effect: .memoryLimit,
        read: { words, settings throws(SettingError) in
            guard let word = words.first, words.count == 1 else { throw SettingError("wrong number of arguments") }
            settings.memoryLimit = try MemoryLimit(word)
            if case .bytes(let bytes) = settings.memoryLimit { settings.maxMemory = bytes }
        },
        text: { String($0.maxMemory) },
        lines: { [Word("maxmemory \($0.memoryLimit.text)".utf8)] })

    static let maxClientMemory = special(
        "maxmemory-clients",
        "The most that all clients may occupy together, in bytes or as a percentage of maxmemory; 0 for no limit. "
            + "Buffers count towards maxmemory if this is 0. With maxmemory auto it is 25%, unless it is set.",
        effect: .clientMemory,
        read: { words, settings throws(SettingError) in
            guard case .integer(let limit) = try SettingKind.memoryOrPercent.value(of: words) else { return }
            settings.maxClientMemory = limit
        },
        text: { SettingKind.memoryOrPercent.text(of: .integer($0.clientMemoryInForce)).string },
        lines: { settings in
            // A zero that is set is not the one that nobody has set.
            if settings.maxClientMemory == 0, settings.memoryLimit == .automatic {
                return [Word("maxmemory-clients 0%".utf8)]
            }
            return [SettingKind.memoryOrPercent.line("maxmemory-clients", .integer(settings.maxClientMemory ?? 0))]
        })
}
