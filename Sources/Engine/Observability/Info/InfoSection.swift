// INFO as a table: each field is declared once, with its name and where its value comes from. A feature that is not
// built yet has its field with the value of rest, so that tools that read it go on working.

/// One line of a section: `name:value`.
struct InfoField: Sendable {
    let name: String
    let value: @Sendable (borrowing CommandContext, InfoFacts) -> String

    static func text(
        _ name: String, _ value: @escaping @Sendable (borrowing CommandContext, InfoFacts) -> String
    ) -> InfoField {
        InfoField(name: name, value: value)
    }

    static func integer(
        _ name: String, _ value: @escaping @Sendable (borrowing CommandContext, InfoFacts) -> Int
    ) -> InfoField {
        InfoField(name: name) { context, facts in String(value(context, facts)) }
    }

    /// A number with two digits behind the point, or as many as given.
    static func decimal(
        _ name: String, digits: Int = 2, _ value: @escaping @Sendable (borrowing CommandContext, InfoFacts) -> Double
    ) -> InfoField {
        InfoField(name: name) { context, facts in value(context, facts).text(digits: digits) }
    }

    /// A size in bytes, and the same for people under `name_human`.
    static func size(
        _ name: String, _ value: @escaping @Sendable (borrowing CommandContext, InfoFacts) -> Int
    ) -> [InfoField] {
        [.integer(name, value), .text("\(name)_human") { context, facts in value(context, facts).humanSize }]
    }

    /// A field whose feature comes later.
    static func resting(_ name: String, _ value: String = "0") -> InfoField {
        InfoField(name: name) { _, _ in value }
    }
}

/// One section of INFO.
struct InfoSection: Sendable {
    let title: String
    /// Shown when INFO is asked for nothing in particular.
    var isDefault = true
    /// Shown only to who asks for it by name.
    var isHidden = false
    /// Not one of Redis's: shown to who asks for it by name or for everything, as Redis does with those of modules.
    var isOwn = false
    var fields: [InfoField] = []
    /// Lines that depend on what there is: one for each command, error or database.
    var lines: @Sendable (borrowing CommandContext) -> [String] = { _ in [] }

    /// By what a client asks for it.
    func answers(to name: String) -> Bool {
        title.lowercased() == name || title == "Modules" && name == "module_list"
            || title == "Topkeys" && name == "hotkeys"
    }

    func text(_ context: borrowing CommandContext, _ facts: InfoFacts) -> String {
        var text = "# \(title)\r\n"
        for field in fields { text += "\(field.name):\(field.value(context, facts))\r\n" }
        for line in lines(context) { text += line + "\r\n" }
        return text
    }

    /// In the order in which INFO shows them.
    static let all: [InfoSection] = [
        server, clients, memory, persistence, stats, replication, processor, modules, commandStatistics,
        errorStatistics,
        latencyStatistics, cluster, keyspace, keySizes, hotKeys, topKeys, prefixes, debug,
    ]

    /// The sections that these names ask for; none asks for the usual ones.
    static func named(_ names: [String]) -> [InfoSection] {
        if names.isEmpty { return all.filter(\.isDefault) }
        let isEverything = names.contains("everything"), isWhole = isEverything || names.contains("all")
        return all.filter { section in
            isWhole && !section.isHidden && (isEverything || !section.isOwn)
                || section.isDefault && names.contains("default")
                || names.contains(where: section.answers)
        }
    }
}

/// What takes some work to find out, and is found out once for each INFO.
struct InfoFacts: Sendable {
    let memory: MemoryReport
    let clients: ClientReport
}

extension Int {
    /// As Redis shows sizes to people: `1.51M`.
    var humanSize: String {
        let units = ["B", "K", "M", "G", "T", "P"]
        var unit = 0, size = Double(self)
        while size >= 1024, unit + 1 < units.count { (unit, size) = (unit + 1, size / 1024) }
        return unit == 0 ? "\(self)B" : size.text(digits: 2) + units[unit]
    }
}

extension Double {
    /// With so many digits behind the point.
    func text(digits: Int) -> String {
        guard isFinite, magnitude < 1e15 else { return isNaN ? "nan" : self < 0 ? "-inf" : "inf" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (magnitude * scale).rounded(.toNearestOrEven)
        let whole = UInt64((scaled / scale).rounded(.down))
        let fraction = UInt64(max(0, scaled - Double(whole) * scale))
        let sign = self < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(whole)" }
        let shown = String(fraction)
        return "\(sign)\(whole)." + String(repeating: "0", count: Swift.max(0, digits - shown.utf8.count)) + shown
    }
}
