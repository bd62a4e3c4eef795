// What is special about a client. Most clients have none of these.

/// Lasting properties of one connection.
struct ClientFlags: OptionSet {
    let rawValue: UInt32
    /// Closes once its output is sent; nothing more is read from it.
    static let closesAfterReply = ClientFlags(rawValue: 1)
    /// Closes when the turn ends, whatever it has not been sent.
    static let closesNow = ClientFlags(rawValue: 2)
    /// CLIENT NO-EVICT ON.
    static let isKeptFromEviction = ClientFlags(rawValue: 4)
    /// CLIENT NO-TOUCH ON.
    static let leavesAccessClock = ClientFlags(rawValue: 8)
    /// Its connection is a Unix socket.
    static let isLocalSocket = ClientFlags(rawValue: 16)
    /// Its next request waits until the pause ends.
    static let isPostponed = ClientFlags(rawValue: 32)
    /// Watches every command.
    static let isMonitor = ClientFlags(rawValue: 64)
    /// Among those to be served in the next turn without waiting for its socket.
    static let isReady = ClientFlags(rawValue: 128)
    /// Its socket may hold more than was read.
    static let hasUnreadInput = ClientFlags(rawValue: 256)
    /// Its socket takes no more for now.
    static let isSendingBlocked = ClientFlags(rawValue: 512)
    /// Among those whose output is sent when the turn ends.
    static let isListedForOutput = ClientFlags(rawValue: 1024)
    /// Its command waits for a key.
    static let isBlocked = ClientFlags(rawValue: 2048)
    /// The other side has said all that it will say.
    static let isEnding = ClientFlags(rawValue: 4096)
    /// What it occupies is counted anew when the turn ends.
    static let isNotedForMemory = ClientFlags(rawValue: 16384)

    /// Its reply grows over several turns; what it says meanwhile waits.
    static let isBeingAnswered = ClientFlags(rawValue: 8192)

    /// It gets the data, and perhaps every change behind them; it is never answered.
    static let isReplica = ClientFlags(rawValue: 32768)

    /// The server that this one follows: it is obeyed, and never answered.
    static let isPrimary = ClientFlags(rawValue: 65536)

    static let isClosing: ClientFlags = [.closesAfterReply, .closesNow]
}

/// Which replies a client wants, as CLIENT REPLY says.
enum ReplyMode: UInt8 {
    case on, off
    /// The reply to the command that has just set it is left out.
    case skipNext
    /// The reply to the command that runs is left out.
    case skip
}
