// HTTP on the port of this server: a web page can make a browser send requests to addresses that the page's author
// cannot reach ("cross protocol scripting"), with commands in the body. The first lines of such a request give it
// away, and nothing behind them is run.

extension CommandContext {
    /// The word begins a line of an HTTP request.
    static func isHTTP(_ word: Bytes) -> Bool {
        let name = FoldedName(word)
        return name == FoldedName("post") || name == FoldedName("host:")
    }

    /// Closes the connection without an answer. The log hears of it once a minute.
    mutating func abortHTTP() {
        if now - warnedOfHTTPAt > 60_000 {
            warnedOfHTTPAt = now
            let peer = String(decoding: peerName, as: UTF8.self)
            log.warning(
                "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to Redis. "
                    + "This is likely due to an attacker attempting to use Cross Protocol Scripting to compromise your "
                    + "Redis instance. Connection from \(peer) aborted.")
        }
        closeAfterReply()
    }
}
