// A setting is declared once: its names, what values it takes, where it is kept and what a change of it concerns. The
// configuration file, the command line, CONFIG GET, SET and REWRITE, and `config/apus.conf` all come from the list
// of declarations. To add one: declare it in the list of its topic; give it a field in `Settings` once a room reads it.

/// A word of a configuration: bytes, for a password need not be text.
typealias Word = [UInt8]

/// Why a value cannot be taken, in the words of the reply that says so.
struct SettingError: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

/// One setting that a configuration may name.
struct Setting: Sendable {
    let name: String
    let alias: String?
    let traits: SettingTraits
    /// What it does, for people who read the sample file.
    let summary: String
    let effect: SettingEffect?
    /// Whether a room of the server reads it. One that none reads is known, checked and read back, no more.
    let isRead: Bool

    /// Takes the value from the words behind the name.
    let read: @Sendable ([Word], inout Settings) throws(SettingError) -> Void
    /// The value as CONFIG GET answers it.
    let text: @Sendable (Settings) -> Word
    /// The lines of a configuration file that say the same.
    let lines: @Sendable (Settings) -> [Word]
}

/// How a setting may be used.
struct SettingTraits: OptionSet, Sendable {
    let rawValue: UInt8
    /// Only a start sets it.
    static let immutable = SettingTraits(rawValue: 1)
    /// Read only by its exact name.
    static let hidden = SettingTraits(rawValue: 2)
    /// Set at run time only if `enable-protected-configs` allows it.
    static let protected = SettingTraits(rawValue: 4)
    /// Never shown in logs.
    static let sensitive = SettingTraits(rawValue: 8)
    /// Not set while the data are being read.
    static let notWhileLoading = SettingTraits(rawValue: 16)
    /// Takes several words.
    static let manyWords = SettingTraits(rawValue: 32)
}

/// What must be told of a change besides the fields of `Settings`. Each is done once, however many settings ask for it.
enum SettingEffect: Sendable {
    case port, bind, openFiles, clients, memoryLimit, eventClasses, encodings, password, observation, logLevel,
        processTitle
    case outOfMemoryScore, evictionPolicy, replicas, backlog, crashReport, watchdog, collation, clientMemory
    case appendOnly, appendSync, logHistory, lazyRemovals, saving, usage, reportedVersion, role
}

// MARK: The kinds of settings

extension Setting {
    /// A setting that a field of `Settings` keeps.
    static func field<Value: SettingStorable>(
        _ name: String, _ kind: SettingKind, _ path: any WritableKeyPath<Settings, Value> & Sendable, _ summary: String,
        alias: String?, _ traits: SettingTraits, _ effect: SettingEffect?
    ) -> Setting {
        Setting(
            name: name, alias: alias, traits: traits, summary: summary, effect: effect, isRead: true,
            read: { words, settings throws(SettingError) in
                guard let value = Value(try kind.value(of: words)) else {
                    throw SettingError("argument is out of range")
                }
                settings[keyPath: path] = value
            },
            text: { kind.text(of: $0[keyPath: path].settingValue) },
            lines: { [kind.line(name, $0[keyPath: path].settingValue)] })
    }

    static func boolean(
        _ name: String, _ path: any WritableKeyPath<Settings, Bool> & Sendable, _ summary: String,
        alias: String? = nil, _ traits: SettingTraits = [], effect: SettingEffect? = nil
    ) -> Setting {
        field(name, .boolean, path, summary, alias: alias, traits, effect)
    }

    static func integer(
        _ name: String, _ range: ClosedRange<Int>, _ path: any WritableKeyPath<Settings, Int> & Sendable,
        _ summary: String,
        alias: String? = nil, _ traits: SettingTraits = [], effect: SettingEffect? = nil
    ) -> Setting {
        field(name, .integer(range), path, summary, alias: alias, traits, effect)
    }

    static func memory(
        _ name: String, _ range: ClosedRange<Int>, _ path: any WritableKeyPath<Settings, Int> & Sendable,
        _ summary: String,
        alias: String? = nil, _ traits: SettingTraits = [], effect: SettingEffect? = nil
    ) -> Setting {
        field(name, .memory(range), path, summary, alias: alias, traits, effect)
    }

    static func octal(
        _ name: String, _ range: ClosedRange<Int>, _ path: any WritableKeyPath<Settings, Int> & Sendable,
        _ summary: String,
        alias: String? = nil, _ traits: SettingTraits = []
    ) -> Setting {
        field(name, .octal(range), path, summary, alias: alias, traits, nil)
    }

    static func text(
        _ name: String, _ path: any WritableKeyPath<Settings, String> & Sendable, _ summary: String,
        alias: String? = nil, _ traits: SettingTraits = [], effect: SettingEffect? = nil,
        check: @escaping @Sendable (Word) -> String? = { _ in nil }
    ) -> Setting {
        field(name, .text(check), path, summary, alias: alias, traits, effect)
    }

    static func bytes(
        _ name: String, _ path: any WritableKeyPath<Settings, Word> & Sendable, _ summary: String,
        alias: String? = nil, _ traits: SettingTraits = [], effect: SettingEffect? = nil
    ) -> Setting {
        field(name, .text({ _ in nil }), path, summary, alias: alias, traits, effect)
    }

    static func choice<Value: SettingChoice>(
        _ name: String, _ path: any WritableKeyPath<Settings, Value> & Sendable, _ summary: String,
        alias: String? = nil, _ traits: SettingTraits = [], effect: SettingEffect? = nil
    ) -> Setting {
        let additions = Value.additions.map(\.rawValue)
        let kind = SettingKind.choiceWithSynonyms(
            Value.allCases.map(\.rawValue).filter { !additions.contains($0) },
            Dictionary(uniqueKeysWithValues: additions.map { ($0, $0) }))
        return field(name, kind, path, summary, alias: alias, traits, effect)
    }

    static func flags(
        _ name: String, _ path: any WritableKeyPath<Settings, ShutdownOptions> & Sendable, _ summary: String,
        _ traits: SettingTraits = []
    ) -> Setting {
        field(name, .shutdownOptions, path, summary, alias: nil, traits.union(.manyWords), nil)
    }

    /// A setting that asks for no more than what is always done: it is checked, kept and read back.
    static func fulfilled(_ name: String, _ kind: SettingKind, _ initial: String, _ summary: String) -> Setting {
        kept(name, kind, initial, summary, isRead: true)
    }

    /// A setting that no room reads yet: it is checked, kept and read back.
    static func kept(
        _ name: String, _ kind: SettingKind, _ initial: String, _ summary: String,
        alias: String? = nil, _ traits: SettingTraits = [], isRead: Bool = false
    ) -> Setting {
        let initial = Word(initial.utf8)
        return Setting(
            name: name, alias: alias, traits: traits, summary: summary, effect: nil, isRead: isRead,
            read: { words, settings throws(SettingError) in
                settings.kept[name] = kind.text(of: try kind.value(of: words))
            },
            text: { $0.kept[name] ?? initial },
            lines: { settings in
                let text = settings.kept[name] ?? initial
                guard let value = try? kind.value(of: [text]) else { return [] }
                return [kind.line(name, value)]
            })
    }

    /// A setting that must keep its `initial` value until what it asks for is built: its silence would lose data, open
    /// a door or exceed memory.
    static func refused(
        _ name: String, _ kind: SettingKind, _ initial: String, because reason: String, _ summary: String,
        alias: String? = nil, _ traits: SettingTraits = []
    ) -> Setting {
        let initial = Word(initial.utf8)
        return Setting(
            name: name, alias: alias, traits: traits, summary: summary, effect: nil, isRead: true,
            read: { words, _ throws(SettingError) in
                guard kind.text(of: try kind.value(of: words)) == initial else { throw SettingError(reason) }
            },
            text: { _ in initial },
            lines: { _ in (try? kind.value(of: [initial])).map { [kind.line(name, $0)] } ?? [] })
    }
}
