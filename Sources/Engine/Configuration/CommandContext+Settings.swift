// CONFIG SET: several settings at once, all or none of them.

internal import Platform

extension CommandContext {
    /// Sets all of these, or none: first every name is looked at, then every value, then the changes take effect.
    mutating func set(_ pairs: [(name: String, value: Word)]) throws(SettingFailure) {
        var known: [(setting: Setting, value: Word)] = []
        for (name, value) in pairs {
            guard let setting = Setting.named(name) else { throw SettingFailure(name: name, reason: nil) }
            if setting.traits.contains(.immutable) {
                throw SettingFailure(name: name, reason: "can't set immutable config")
            }
            if setting.traits.contains(.protected), !isAllowed(settings.protectedSettings) {
                throw SettingFailure(name: name, reason: "can't set protected config")
            }
            if known.contains(where: { $0.setting.name == setting.name }) {
                throw SettingFailure(name: name, reason: "duplicate parameter")
            }
            known.append((setting, value))
        }
        var changed = settings
        var effects: [(effect: SettingEffect, name: String)] = []
        for (setting, value) in known {
            let before = (text: setting.text(changed), lines: setting.lines(changed))
            do throws(SettingError) {
                try setting.read(setting.words(of: value), &changed)
                if setting.name == "dir" { try enter(&changed) }
            } catch { throw SettingFailure(name: setting.name, reason: error.reason) }
            if setting.text(changed) == before.text, setting.lines(changed) == before.lines { continue }
            if !setting.isRead {
                noteUnread(setting.name)
            }
            if let effect = setting.effect, !effects.contains(where: { $0.effect == effect }) {
                effects.append((effect, setting.name))
            }
        }
        try adopt(changed, effects)
    }

    /// Says once that nothing reads a setting that somebody cares for.
    mutating func noteUnread(_ name: String) {
        guard unreadSettings.insert(name).inserted else { return }
        log.notice("The setting '\(name)' is kept, but has no effect in this version.")
    }

    private mutating func enter(_ changed: inout Settings) throws(SettingError) {
        do { try host.changeDirectory(to: changed.directory) } catch { throw SettingError(error.reason) }
        changed.directory = host.directory
    }

    /// Whether the client that asks may do what only trusted clients should.
    func isAllowed(_ permission: Permission) -> Bool {
        switch permission {
        case .yes: true
        case .no: false
        case .local: clients.contains(current) && client.peer.isLoopback
        }
    }
}

extension Setting {
    /// The words in the value that CONFIG SET was given: one, or as many as single blanks separate.
    fileprivate func words(of value: Word) -> [Word] {
        guard traits.contains(.manyWords) else { return [value] }
        return value.split(separator: 32, omittingEmptySubsequences: false).map(Word.init)
    }
}
