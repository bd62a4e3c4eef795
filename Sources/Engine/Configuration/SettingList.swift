// All settings, and how one is found by its name.

extension Setting {
    static let all: [Setting] = network + process + data + persistence + replication

    /// The setting of this name or alias, in whatever case. A list that is not needed is not made: at its start a
    /// server hears of few settings, most of them about the network.
    static func named(_ name: String) -> Setting? {
        let name = Word(name.utf8).lowercased
        func isNamed(_ setting: Setting) -> Bool { setting.name == name || setting.alias == name }
        return network.first(where: isNamed) ?? persistence.first(where: isNamed) ?? data.first(where: isNamed)
            ?? process.first(where: isNamed) ?? replication.first(where: isNamed)
    }

    /// What an int of C can be, which many settings were.
    static let int32 = Int(Int32.min)...Int(Int32.max)

    // MARK: Settings with words or checks of their own

    static let outOfMemoryScore = Setting.field(
        "oom-score-adj", .choiceWithSynonyms(["no", "yes", "relative", "absolute"], ["relative": "yes"]),
        \.outOfMemoryScore,
        "Tells the kernel whom to kill first when memory runs out: no, yes (relative to the start) or absolute.",
        alias: nil, [], .outOfMemoryScore)

    static let systemLogFacility = Setting.field(
        "syslog-facility",
        .choice(["user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"]),
        \.systemLogFacility, "The facility of syslog.", alias: nil, .immutable, nil)

    static let processTitleTemplate = Setting.text(
        "proc-title-template", \.processTitleTemplate,
        "What the list of processes shows: {title} {listen-addr} {server-mode} {port} {tls-port} {unixsocket} "
            + "{config-file}.",
        effect: .processTitle,
        check: { ProcessTitle.isValid($0) ? nil : "template format is invalid or contains unknown variables" })

    // MARK: Checks

    static func fileName(_ name: String) -> @Sendable (Word) -> String? {
        {
            $0.contains(UInt8(ascii: "/")) || $0.contains(UInt8(ascii: "\\"))
                ? "\(name) can't be a path, just a filename" : nil
        }
    }

    static func nonemptyFileName(_ name: String, _ noun: String) -> @Sendable (Word) -> String? {
        { word in
            if word.isEmpty { return "\(name) can't be empty" }
            return fileName(name)(word) == nil ? nil : "\(name) can't be a path, just a \(noun)"
        }
    }

    static let hostName: @Sendable (Word) -> String? = { word in
        if word.count >= 256 { return "Hostnames must be less than 256 characters" }
        let isPlain = word.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
        return isPlain ? nil : "Hostnames may only contain alphanumeric characters, hyphens or dots"
    }

    static let nodeName: @Sendable (Word) -> String? = { word in
        let isPlain = word.allSatisfy { byte in
            (32...126).contains(byte) && !"!#$%&()*+:;<>?@[]^{|}~".utf8.contains(byte)
        }
        return isPlain ? nil : "Announced human node name contained invalid character"
    }
}

extension UInt8 {
    fileprivate var isLetterOrDigit: Bool {
        (48...57).contains(self) || (65...90).contains(self) || (97...122).contains(self)
    }
}
