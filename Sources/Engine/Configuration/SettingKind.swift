// The kinds of values that settings take: how a word becomes one, what is wrong with it otherwise, and how it is
// written for CONFIG GET and for a file.

/// A value between its text and the field that keeps it.
enum SettingValue: Equatable {
    case boolean(Bool)
    case integer(Int)
    case text(Word)
}

/// How the value of a setting is spelled and checked.
enum SettingKind: Sendable {
    case boolean
    case integer(ClosedRange<Int>)
    /// Bytes, with a unit if one likes: `1k` is 1000, `1kb` is 1024.
    case memory(ClosedRange<Int>)
    /// Bytes, or a percentage of `maxmemory`, which is kept as a negative number.
    case memoryOrPercent
    case octal(ClosedRange<Int>)
    case choice([String])
    /// A word that means the same as another one; one that is not among the choices is not listed either.
    case choiceWithSynonyms([String], [String: String])
    case shutdownOptions
    /// Any text in which the check finds nothing to say.
    case text(@Sendable (Word) -> String?)

    static let anyText = SettingKind.text { _ in nil }

    func value(of words: [Word]) throws(SettingError) -> SettingValue {
        if case .shutdownOptions = self { return .integer(try ShutdownOptions(words: words).rawValue) }
        guard let word = words.first, words.count == 1 else { throw SettingError("wrong number of arguments") }
        switch self {
        case .boolean:
            switch word.lowercased {
            case "yes": return .boolean(true)
            case "no": return .boolean(false)
            default: throw SettingError("argument must be 'yes' or 'no'")
            }
        case .integer(let range):
            guard let number = word.integer else { throw SettingError("argument couldn't be parsed into an integer") }
            return try SettingKind.check(number, range)
        case .memory(let range):
            guard let number = word.memorySize else { throw SettingError("argument must be a memory value") }
            return try SettingKind.check(number, range)
        case .memoryOrPercent: return try SettingKind.memoryOrPercent(word)
        case .octal(let range):
            guard let number = Int(word.string, radix: 8) else {
                throw SettingError("argument couldn't be parsed as an octal number")
            }
            guard range.contains(number) else {
                let bounds = [range.lowerBound, range.upperBound].map { String($0, radix: 8) }
                throw SettingError("argument must be between \(bounds[0]) and \(bounds[1]) inclusive")
            }
            return .integer(number)
        case .choice(let choices): return try SettingKind.choice(word, choices, [:])
        case .choiceWithSynonyms(let choices, let synonyms): return try SettingKind.choice(word, choices, synonyms)
        case .text(let check):
            if let complaint = check(word) { throw SettingError(complaint) }
            return .text(word)
        case .shutdownOptions: throw SettingError("wrong number of arguments")
        }
    }

    private static func check(_ number: Int, _ range: ClosedRange<Int>) throws(SettingError) -> SettingValue {
        guard range.contains(number) else {
            throw SettingError("argument must be between \(range.lowerBound) and \(range.upperBound) inclusive")
        }
        return .integer(number)
    }

    private static func memoryOrPercent(_ word: Word) throws(SettingError) -> SettingValue {
        if let size = word.memorySize { return .integer(size) }
        guard word.last == UInt8(ascii: "%"), let percent = Word(word.dropLast()).integer, percent >= 0 else {
            throw SettingError("argument must be a memory or percent value")
        }
        guard percent <= 100 else { throw SettingError("percentage argument must be less or equal to 100") }
        return .integer(-percent)
    }

    private static func choice(_ word: Word, _ choices: [String], _ synonyms: [String: String]) throws(SettingError)
        -> SettingValue
    {
        let chosen = word.lowercased
        guard choices.contains(chosen) || synonyms[chosen] != nil else {
            throw SettingError("argument(s) must be one of the following: \(choices.joined(separator: ", "))")
        }
        return .text(Word((synonyms[chosen] ?? chosen).utf8))
    }

    // MARK: Writing

    func text(of value: SettingValue) -> Word {
        switch (self, value) {
        case (_, .boolean(let isOn)): Word((isOn ? "yes" : "no").utf8)
        case (.memoryOrPercent, .integer(let number)) where number < 0: Word("\(-number)%".utf8)
        case (.octal, .integer(let number)): Word(String(number, radix: 8).utf8)
        case (.shutdownOptions, .integer(let bits)): Word(ShutdownOptions(rawValue: bits).text.utf8)
        case (_, .integer(let number)): Word(String(number).utf8)
        case (_, .text(let text)): text
        }
    }

    /// `name value`, as a configuration file has it: sizes in the largest unit that divides them, texts in quotes.
    func line(_ name: String, _ value: SettingValue) -> Word {
        let start = Word("\(name) ".utf8)
        switch (self, value) {
        case (.memory, .integer(let size)): return start + Word(Setting.size(size).utf8)
        case (.memoryOrPercent, .integer(let size)) where size >= 0: return start + Word(Setting.size(size).utf8)
        case (.text, .text(let text)): return start + text.quoted
        default: return start + self.text(of: value)
        }
    }
}

extension Setting {
    /// A size in the largest of the binary units that divides it.
    static func size(_ bytes: Int) -> String {
        guard bytes != 0 else { return "0" }
        for (unit, size) in [("gb", 1 << 30), ("mb", 1 << 20), ("kb", 1 << 10)] where bytes % size == 0 {
            return "\(bytes / size)\(unit)"
        }
        return String(bytes)
    }
}

// MARK: Fields

/// What a field of `Settings` may be.
protocol SettingStorable: Sendable {
    init?(_ value: SettingValue)
    var settingValue: SettingValue { get }
}

extension Bool: SettingStorable {
    init?(_ value: SettingValue) { if case .boolean(let isOn) = value { self = isOn } else { return nil } }
    var settingValue: SettingValue { .boolean(self) }
}

extension Int: SettingStorable {
    init?(_ value: SettingValue) { if case .integer(let number) = value { self = number } else { return nil } }
    var settingValue: SettingValue { .integer(self) }
}

extension String: SettingStorable {
    init?(_ value: SettingValue) { if case .text(let text) = value { self = text.string } else { return nil } }
    var settingValue: SettingValue { .text(Word(utf8)) }
}

extension [UInt8]: SettingStorable {
    init?(_ value: SettingValue) { if case .text(let text) = value { self = text } else { return nil } }
    var settingValue: SettingValue { .text(self) }
}

/// A field that takes one of several words; its raw values are the words.
protocol SettingChoice: SettingStorable, CaseIterable, RawRepresentable where RawValue == String {
    /// What Redis does not know: a refusal, which clients may know by heart, does not name it.
    static var additions: [Self] { get }
}

extension SettingChoice {
    static var additions: [Self] { [] }

    init?(_ value: SettingValue) {
        guard case .text(let text) = value else { return nil }
        self.init(rawValue: text.string)
    }

    var settingValue: SettingValue { .text(Word(rawValue.utf8)) }
}
