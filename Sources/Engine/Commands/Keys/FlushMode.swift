// ASYNC and SYNC of FLUSHALL and FLUSHDB. Either way the keys are gone at once, and their memory follows.

/// Whether the client would wait for the memory.
enum FlushMode: Int, CommandOption {
    case async, sync

    static let history: [Declaration.Change] = [
        .init("4.0.0", "Added the `ASYNC` flushing mode modifier."),
        .init("6.2.0", "Added the `SYNC` flushing mode modifier."),
    ]

    static var grammar: Argument {
        .oneOf("flush-type", [.token(FlushMode.async).since("4.0.0"), .token(FlushMode.sync).since("6.2.0")])
    }

    /// Refuses what is neither, and more than one word.
    static func check(_ arguments: Arguments) throws(CommandError) {
        guard arguments.count <= 2 else { throw .syntax }
        _ = try arguments.options(FlushMode.self)
    }
}
