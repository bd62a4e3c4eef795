// The sample configuration, `config/apus.conf`: every setting with what it does and its initial value, commented out.

/// The text of the sample.
enum SampleConfiguration {
    private static let preface = """
        # The settings of Apus, with their initial values. Generated from their declarations: `apus-server
        # --print-sample-config`. Take what you need, and remove the # in front.
        #
        # Sizes are bytes: 1k is 1000, 1kb is 1024, and so are m, mb, g and gb. Words with blanks stand in quotes.
        # include /path/to/other.conf


        """

    private static let topics: [(String, [Setting])] = [
        ("Network", Setting.network), ("Process", Setting.process), ("Data", Setting.data),
        ("Persistence", Setting.persistence), ("Replication and clusters", Setting.replication),
    ]

    static var text: String {
        preface
            + topics.map { title, settings in
                "################ \(title) ################\n\n" + settings.map(entry).joined()
            }.joined()
    }

    private static func entry(_ setting: Setting) -> String {
        guard !setting.traits.contains(.hidden) else { return "" }
        let note = setting.isRead ? "" : " (Known, but without effect in this version.)"
        let lines = setting.lines(Settings()).map(\.string)
        let values = (lines.isEmpty ? [setting.name] : lines).map { "# \($0)\n" }.joined()
        return wrap(setting.summary + note).map { "# \($0)\n" }.joined() + "#\n" + values + "\n"
    }

    /// Breaks text at blanks into lines of a readable length.
    private static func wrap(_ text: String) -> [String] {
        var lines = [""]
        for word in text.split(separator: " ") {
            let line = lines[lines.count - 1]
            if line.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if line.count + word.count < 110 {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
