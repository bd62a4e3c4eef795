// MONITOR's clients: each command that runs, as a line of text with its time, database, client and words.

extension CommandContext {
    /// The current client sees every command from now on.
    mutating func addMonitor() {
        if observation.monitors.contains(current) { return }
        observation.monitors.append(current)
        client.flags.insert(.isMonitor)
        restrictClient(.monitoring, true)
        observation.apply(settings)
    }

    /// The client is gone, or has been reset.
    mutating func removeMonitor(_ client: ClientIdentifier) {
        guard clients[client].flags.contains(.isMonitor) else { return }
        observation.monitors.removeAll { $0 == client }
        clients[client].flags.remove(.isMonitor)
        clients[client].restrictions.remove(.monitoring)
        observation.apply(settings)
    }

    @inline(never) mutating func feedMonitors(_ arguments: Arguments) {
        if observation.monitors.isEmpty { return }
        var line = ReplyWriter()
        line.simple(text: monitorLine(arguments))
        for monitor in observation.monitors { clients.send(line, to: monitor) }
    }

    /// `1700000000.123456 [0 127.0.0.1:50000] "set" "a" "1"`
    private func monitorLine(_ arguments: Arguments) -> String {
        let time = microsecondsNow
        let fraction = String(1_000_000 + time % 1_000_000).dropFirst()
        var line = "\(time / 1_000_000).\(fraction) [\(databaseIndex) \(monitoredName)]"
        for index in 0..<arguments.count {
            line += " "
            line += arguments.isSecret(index) ? "\"(redacted)\"" : arguments[index].quoted
        }
        return line
    }

    /// Who is shown as the one that called.
    private var monitoredName: String {
        if scripts.run.isRunning, scripts.run.caller == current { return "lua" }
        if clients.contains(current), client.flags.contains(.isLocalSocket) { return "unix:\(listeners.settings.path)" }
        return String(decoding: peerName, as: UTF8.self)
    }
}

extension Bytes {
    /// As Redis shows bytes to people: in double quotes, what cannot be printed escaped.
    var quoted: String {
        var text = "\""
        for index in 0..<count {
            switch self[index] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += "\\\(Character(UnicodeScalar(self[index])))"
            case 10: text += "\\n"
            case 13: text += "\\r"
            case 9: text += "\\t"
            case 7: text += "\\a"
            case 8: text += "\\b"
            case 32..<127: text.unicodeScalars.append(UnicodeScalar(self[index]))
            case let byte: text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return text + "\""
    }
}
