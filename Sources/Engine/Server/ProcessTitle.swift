// What the list of processes shows of this server: a template with names in braces.

/// Templates of titles, and what becomes of them.
enum ProcessTitle {
    private static let names = ["title", "listen-addr", "server-mode", "port", "tls-port", "config-file", "unixsocket"]

    static func isValid(_ template: Word) -> Bool {
        guard let title = expand(template, { names.contains($0) ? "x" : nil }) else { return false }
        return !title.isEmpty
    }

    /// The title; `values` answers for each name.
    static func text(_ settings: Settings, program: String, configurationFile: String) -> String {
        let address = settings.bind.first.map { $0.hasPrefix("-") ? String($0.dropFirst()) : $0 } ?? "*"
        let values = [
            "title": program, "port": "\(settings.port)", "tls-port": "0", "config-file": configurationFile,
            "unixsocket": settings.unixSocket, "server-mode": "",
            "listen-addr": settings.port != 0 ? "\(address):\(settings.port)" : settings.unixSocket,
        ]
        return expand(Word(settings.processTitleTemplate.utf8)) { values[$0] } ?? program
    }

    /// The template with its names replaced, without blanks at its ends; nil if a name is unknown or unfinished. `{{`
    /// stands for a brace.
    private static func expand(_ template: Word, _ value: (String) -> String?) -> String? {
        var result: Word = []
        var rest = template[...]
        while let brace = rest.firstIndex(of: UInt8(ascii: "{")) {
            result += rest[..<brace]
            rest = rest[(brace + 1)...]
            if rest.first == UInt8(ascii: "{") {
                result.append(UInt8(ascii: "{"))
                rest = rest.dropFirst()
                continue
            }
            guard let end = rest.firstIndex(of: UInt8(ascii: "}")), let text = value(Word(rest[..<end]).string) else {
                return nil
            }
            result += text.utf8
            rest = rest[(end + 1)...]
        }
        return (result + rest).trimmed.string
    }
}
