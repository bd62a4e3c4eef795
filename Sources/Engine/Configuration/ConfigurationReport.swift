// What a person reads about a wrong configuration.

/// The texts of reports.
enum ConfigurationReport {
    /// The first error, as Redis reports it, and where it is.
    static func fatal(_ error: ConfigurationError) -> String {
        "\n*** FATAL CONFIG FILE ERROR (Redis \(Build.redisVersion)) "
            + "***\n\(place(of: error))\(error.reason)\n\(advice(on: error))"
    }

    /// Every error, for `--test-config`.
    static func all(_ errors: [ConfigurationError]) -> String {
        guard !errors.isEmpty else { return "The configuration is in order.\n" }
        let count = errors.count == 1 ? "1 error" : "\(errors.count) errors"
        return errors.map { "\(place(of: $0))\($0.reason)\n\(advice(on: $0))\n" }.joined()
            + "\(count) in the configuration.\n"
    }

    private static func place(of error: ConfigurationError) -> String {
        guard error.number > 0 else { return "" }
        return "Reading the configuration file, at line \(error.number)\n>>> '\(error.line.string)'\n"
    }

    private static func advice(on error: ConfigurationError) -> String {
        var advice = ""
        if let hint = error.hint { advice += "Did you mean '\(hint)'?\n" }
        if let file = error.file { advice += "File: \(file)\n" }
        return advice
    }
}
