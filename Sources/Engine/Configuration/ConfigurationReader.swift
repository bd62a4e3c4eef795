// From the lines of files, of the standard input and of the command line to settings. Errors are collected with their
// places; a start reports the first in Redis's words, `--test-config` reports all.

internal import Platform

/// What is wrong with one line of a configuration.
struct ConfigurationError {
    /// The file, or nil for the standard input and the command line.
    let file: String?
    /// Counted over everything that was read as one text, as Redis does it.
    let number: Int
    let line: Word
    let reason: String
    var hint: String?
}

/// Reads configurations into settings.
struct ConfigurationReader {
    private static let deepestInclusion = 16
    private static let retired = ["list-max-ziplist-entries", "list-max-ziplist-value", "lua-replicate-commands"]

    private let host: any Host
    private(set) var settings: Settings
    private(set) var errors: [ConfigurationError] = []
    /// A file that cannot be opened ends everything.
    private(set) var unreadable: (path: String, reason: String)?
    /// The settings that were named, for the log to say which of them have no effect.
    private(set) var named: Set<String> = []
    private var depth = 0

    init(_ settings: Settings = Settings(), host: any Host) {
        self.settings = settings
        self.settings.isBeingRead = true
        self.host = host
    }

    /// Reads a file, the standard input if asked for, and further lines, as if they were one text.
    mutating func read(file: String?, standardInput: Bool = false, options: [Word] = []) {
        var text: Word = []
        if let file { text += contents(of: file) }
        if standardInput { text += host.readStandardInput() }
        let lineCount = text.isEmpty ? 0 : text.split(separator: 10, omittingEmptySubsequences: false).count
        if !options.isEmpty { text += [10] + options.joined(separator: [10]) }
        for (index, line) in text.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
            read(Word(line).trimmed, number: index + 1, file: index < lineCount ? file : nil)
            if unreadable != nil { return }
        }
        if depth == 0 { checkLogFile() }
    }

    private mutating func contents(of path: String) -> Word {
        let isPattern = path.contains { "*?[".contains($0) }
        var text: Word = []
        for file in isPattern ? host.files(matching: path) : [path] where unreadable == nil {
            do { text += try host.read(file) } catch { unreadable = (file, error.reason) }
            if let last = text.last, last != 10 { text.append(10) }
        }
        return text
    }

    private mutating func checkLogFile() {
        guard !settings.logFile.isEmpty, errors.isEmpty else { return }
        do { try host.checkAppending(to: settings.logFile) } catch {
            errors.append(
                ConfigurationError(file: nil, number: 0, line: [], reason: "Can't open the log file: \(error.reason)"))
        }
    }

    // MARK: One line

    private mutating func read(_ line: Word, number: Int, file: String?) {
        guard let first = line.first, first != UInt8(ascii: "#") else { return }
        func error(_ reason: String, hint: String? = nil) -> ConfigurationError {
            ConfigurationError(file: file, number: number, line: line, reason: reason, hint: hint)
        }
        guard let words = line.words else { return errors.append(error("Unbalanced quotes in configuration line")) }
        guard let name = words.first?.lowercased else { return }
        do throws(SettingError) {
            if let setting = Setting.named(name) {
                try set(setting, Array(words.dropFirst()))
            } else if try !obey(name, words) {
                errors.append(error("Bad directive or wrong number of arguments", hint: Setting.similar(to: name)))
            }
        } catch {
            errors.append(ConfigurationError(file: file, number: number, line: line, reason: error.reason))
        }
    }

    private mutating func set(_ setting: Setting, _ words: [Word]) throws(SettingError) {
        var words = words
        if setting.traits.contains(.manyWords) {
            // One word with several in it is as good as several words.
            if words.count == 1, !words[0].isEmpty { words = words[0].words ?? words }
        } else if words.count != 1 {
            throw SettingError("wrong number of arguments")
        }
        try setting.read(words, &settings)
        named.insert(setting.name)
        if setting.name == "dir" {
            // At once: what follows is relative to it.
            do { try host.changeDirectory(to: settings.directory) } catch { throw SettingError(error.reason) }
            settings.directory = host.directory
        }
    }

    /// The directives that are no settings; false if `name` is none.
    private mutating func obey(_ name: String, _ words: [Word]) throws(SettingError) -> Bool {
        switch (name, words.count) {
        case ("include", 2): try include(words[1].string)
        case ("rename-command", 3): try rename(words[1], to: words[2])
        case ("user", 2...): throw SettingError("user is not built into this version: use requirepass")
        case ("loadmodule", 2...): throw SettingError("modules cannot be loaded by this server")
        case ("sentinel", 2...): throw SettingError("sentinel directive while not in sentinel mode")
        case (_, 2) where ConfigurationReader.retired.contains(name): return true
        default:
            if name.contains(".") { throw SettingError("modules cannot be loaded by this server") }
            return false
        }
        return true
    }

    private mutating func include(_ path: String) throws(SettingError) {
        guard depth < ConfigurationReader.deepestInclusion else {
            throw SettingError("files include each other too deeply")
        }
        depth += 1
        read(file: path)
        depth -= 1
    }

    private mutating func rename(_ old: Word, to new: Word) throws(SettingError) {
        let names = settings.renamedCommands
        func isTaken(_ name: String) -> Bool {
            if let last = names.last(where: { $0.to.lowercased == name || $0.from.lowercased == name }) {
                return last.to.lowercased == name
            }
            return allCommands.contains { "\($0.key)" == name }
        }
        guard isTaken(old.lowercased) else { throw SettingError("No such command in rename-command") }
        guard new.isEmpty || !isTaken(new.lowercased) else { throw SettingError("Target command name already exists") }
        settings.renamedCommands.append((old, new))
    }
}
