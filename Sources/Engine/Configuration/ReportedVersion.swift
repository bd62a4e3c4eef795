// The version of Redis that clients and scripts are told. Many gate features on it: who has the newer commands here
// and a client that asks first can be told a newer one. What is written to files says nothing of it.

/// Three numbers with points between them.
struct ReportedVersion: Equatable, Sendable {
    private(set) var text = Build.redisVersion
    /// As scripts read it: a byte for each part.
    private(set) var number = Build.redisVersionNumber

    init() {}

    /// Nothing if the word is no version.
    init?(_ word: Word) {
        let parts = word.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        number = 0
        for part in parts {
            guard let value = Word(part).integer, (0...255).contains(value) else { return nil }
            number = number << 8 | value
        }
        text = word.string
    }

    /// Where Redis has changed an answer, those who are told of this version or a later one expect the new answer.
    func isAtLeast(_ major: Int, _ minor: Int, _ patch: Int) -> Bool {
        number >= major << 16 | minor << 8 | patch
    }

    /// XGROUP takes no more entries as read than there have been, and the lag of a group that has read nothing of what
    /// is there is all of it.
    var boundsEntriesRead: Bool { isAtLeast(8, 2, 2) }
}

extension ReportedVersion: SettingStorable {
    init?(_ value: SettingValue) {
        guard case .text(let word) = value else { return nil }
        self.init(word)
    }

    var settingValue: SettingValue { .text(Word(text.utf8)) }
}

extension Setting {
    static let reportedVersion = Setting.field(
        "reported-redis-version",
        .text { word in
            ReportedVersion(word) == nil ? "argument must be three numbers up to 255 with points between them" : nil
        },
        \.reportedVersion,
        "The version of Redis that INFO, HELLO, LOLWUT and scripts report, for clients that ask before they use what "
            + "is newer than 7.2.",
        alias: nil, [], .reportedVersion)
}
