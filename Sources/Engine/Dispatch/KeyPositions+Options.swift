// The keys of the few commands whose options decide which they are, or what becomes of one: MIGRATE, SET, DELEX and
// BITFIELD.
// Their key specifications say so too (`incomplete`, `variable_flags`), but not more.

extension CommandRow {
    /// It has keys, not only channels that are placed like them.
    var hasKeys: Bool {
        for index in 0..<keys.count where !keys[index].use.contains(.notAKey) { return true }
        return false
    }

    /// Calls `body` with the index and use of every key of `words`; false if the words do not allow to say where
    /// they are.
    func forEachKey(_ words: Arguments, _ body: (Int, KeyUse) -> Void) -> Bool {
        switch fullName {
        case "set":
            body(1, SET.readsOldValue(words) ? .readAndUpdate : .overwrite)
        case "delex":
            body(1, words.count > 2 ? .readAndDelete : .remove)
        case "bitfield":
            body(1, BITFIELD.onlyReads(words) ? .read : .readAndUpdate)
        case "migrate":
            guard let range = CommandRow.migrated(words) else { return false }
            for index in range { body(index, .readAndDelete) }
        default:
            for index in 0..<keys.count where !keys[index].use.contains(.notAKey) {
                if !keys[index].forEachKey(words.count, words, body) { return false }
            }
        }
        return true
    }

    /// Keys of a MIGRATE: the third word, or if that is empty, all behind KEYS.
    private static func migrated(_ words: Arguments) -> Range<Int>? {
        var index = 6
        while index < words.count {
            let name = FoldedName(words[index])
            if name == FoldedName("keys") { return words[3].isEmpty ? index + 1..<words.count : nil }
            if name == FoldedName("auth") { index += 1 }
            if name == FoldedName("auth2") { index += 2 }
            index += 1
        }
        return 3..<4
    }
}

extension SET {
    /// GET or a condition on the value stands among the options, or what looks like it.
    fileprivate static func readsOldValue(_ words: Arguments) -> Bool {
        for index in 3..<max(words.count, 3) {
            let name = FoldedName(words[index])
            if name == FoldedName("get") { return true }
            if name == Option.ifEq.token || name == Option.ifNe.token { return true }
            if name == Option.ifDEq.token || name == Option.ifDNe.token { return true }
        }
        return false
    }
}

extension BITFIELD {
    /// There is nothing but GET and OVERFLOW; what is wrong might write.
    fileprivate static func onlyReads(_ words: Arguments) -> Bool {
        var index = 2
        while index < words.count {
            let rest = words.count - index - 1
            let name = FoldedName(words[index])
            if name == FoldedName("get"), rest >= 2 {
                index += 3
            } else if name == FoldedName("overflow"), rest >= 1 {
                index += 2
            } else {
                return false
            }
        }
        return true
    }
}
