// CLIENT TRACKING, CACHING, GETREDIR, TRACKINGINFO: which keys a client has in its own cache, so that it hears when
// they change.

extension CLIENT {
    /// CLIENT TRACKING <ON | OFF> [REDIRECT client-id] [PREFIX prefix …] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]
    enum Tracking: Command {
        static let declaration = Declaration(
            "tracking", .connection, since: "6.0.0",
            complexity: "O(1). Some options may introduce additional complexity.",
            summary: "Controls server-assisted client-side caching for the connection.",
            flags: [.noScript, .loading, .stale],
            grammar: [
                .oneOf("status", [.word("ON"), .word("OFF")]).required,
                .token(Option.redirect, .integer("client-id")),
                .token(Option.prefix, .string("prefix")).repeatedWithToken, .token(Option.bcast),
                .token(Option.optin), .token(Option.optout), .token(Option.noloop),
            ])

        enum Option: Int, CommandOption { case redirect, prefix, bcast, optin, optout, noloop }

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            var request = TrackingRequest()
            try request.read(arguments, context)
            switch FoldedName(arguments[2]) {
            case FoldedName("on"):
                try request.check(&context)
                context.enableTracking(
                    request.options, redirection: request.redirection, prefixes: request.prefixes)
            case FoldedName("off"): context.disableTracking(of: context.current)
            default: throw .syntax
            }
            reply.ok()
        }
    }

    /// CLIENT CACHING <YES | NO>
    enum Caching: Command {
        static let declaration = Declaration(
            "caching", .connection, since: "6.0.0", complexity: "O(1)",
            summary: "Instructs the server whether to track the keys in the next request.",
            flags: [.noScript, .loading, .stale], grammar: [.oneOf("mode", [.word("YES"), .word("NO")]).required])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            let options = context.client.tracking.options
            guard options.contains(.isOn) else {
                throw .because(
                    """
                    ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT \
                    mode enabled
                    """)
            }
            switch FoldedName(arguments[2]) {
            case FoldedName("yes"):
                guard options.contains(.optIn) else {
                    throw .because("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.")
                }
            case FoldedName("no"):
                guard options.contains(.optOut) else {
                    throw .because("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.")
                }
            default: throw .syntax
            }
            context.client.tracking.options.insert(.cachingIsGiven)
            reply.ok()
        }
    }

    /// CLIENT GETREDIR
    enum Getredir: Command {
        static let declaration = Declaration(
            "getredir", .connection, since: "6.0.0", complexity: "O(1)",
            summary: "Returns the client ID to which the connection's tracking notifications are redirected.",
            flags: [.noScript, .loading, .stale])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            reply.integer(context.client.tracking.shownRedirection)
        }
    }

    /// CLIENT TRACKINGINFO
    enum Trackinginfo: Command {
        static let declaration = Declaration(
            "trackinginfo", .connection, since: "6.2.0", complexity: "O(1)",
            summary: "Returns information about server-assisted client-side caching for the connection.",
            flags: [.noScript, .loading, .stale])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            let tracking = context.client.tracking
            reply.map(3)
            reply.bulk("flags")
            let words = words(tracking.options)
            reply.set(words.count)
            for word in words { reply.bulk(word) }
            reply.bulk("redirect")
            reply.integer(tracking.shownRedirection)
            reply.bulk("prefixes")
            reply.array(tracking.prefixes.count)
            for prefix in tracking.prefixes { reply.bulk(array: prefix) }
        }

        private static func words(_ options: TrackingOptions) -> [StaticString] {
            var words: [StaticString] = [options.contains(.isOn) ? "on" : "off"]
            if options.contains(.broadcasts) { words.append("bcast") }
            if options.contains(.optIn) { words.append("optin") }
            if options.contains([.optIn, .cachingIsGiven]) { words.append("caching-yes") }
            if options.contains(.optOut) { words.append("optout") }
            if options.contains([.optOut, .cachingIsGiven]) { words.append("caching-no") }
            if options.contains(.noLoop) { words.append("noloop") }
            if options.contains(.redirectionIsBroken) { words.append("broken_redirect") }
            return words
        }
    }
}

extension ClientTracking {
    /// As commands answer it: -1 for a client that tracks nothing.
    var shownRedirection: Int { options.contains(.isOn) ? Int(truncatingIfNeeded: redirection) : -1 }
}

/// What CLIENT TRACKING asks for.
private struct TrackingRequest {
    var options: TrackingOptions = []
    var redirection: UInt64 = 0
    var prefixes: [[UInt8]] = []

    /// Reads the words from the fourth on.
    mutating func read(_ arguments: Arguments, _ context: borrowing CommandContext) throws(CommandError) {
        var index = 3
        while index < arguments.count {
            let hasMore = index + 1 < arguments.count
            switch FoldedName(arguments[index]) {
            case FoldedName("redirect") where hasMore:
                index += 1
                try redirect(arguments[index], context)
            case FoldedName("bcast"): options.insert(.broadcasts)
            case FoldedName("optin"): options.insert(.optIn)
            case FoldedName("optout"): options.insert(.optOut)
            case FoldedName("noloop"): options.insert(.noLoop)
            case FoldedName("prefix") where hasMore:
                index += 1
                prefixes.append(arguments[index].array)
            default: throw .syntax
            }
            index += 1
        }
    }

    private mutating func redirect(_ word: Bytes, _ context: borrowing CommandContext) throws(CommandError) {
        guard redirection == 0 else { throw .because("ERR A client can only redirect to a single other client") }
        guard let number = word.integer else { throw .notAnInteger }
        guard context.clients.identifier(numbered: UInt64(bitPattern: number)) != nil else {
            throw .because("ERR The client ID you want redirect to does not exist")
        }
        redirection = UInt64(bitPattern: number)
    }

    /// Whether the options agree with each other, and with what the client has asked for before.
    func check(_ context: inout CommandContext) throws(CommandError) {
        let before = context.client.tracking.options, broadcasts = options.contains(.broadcasts)
        guard broadcasts || prefixes.isEmpty else {
            throw .because("ERR PREFIX option requires BCAST mode to be enabled")
        }
        guard !before.contains(.isOn) || before.contains(.broadcasts) == broadcasts else {
            throw .because(
                """
                ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then \
                re-enabling it with a different mode.
                """)
        }
        guard !broadcasts || options.isDisjoint(with: [.optIn, .optOut]) else {
            throw .because("ERR OPTIN and OPTOUT are not compatible with BCAST")
        }
        guard !options.contains([.optIn, .optOut]) else {
            throw .because("ERR You can't specify both OPTIN mode and OPTOUT mode")
        }
        let both = options.union(before).contains([.optIn, .optOut])
        guard options.isDisjoint(with: [.optIn, .optOut]) || !both else {
            throw .because(
                """
                ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then \
                re-enabling it with a different mode.
                """)
        }
        if broadcasts { try checkPrefixes(&context) }
    }

    /// No key may be under two prefixes of one client.
    private func checkPrefixes(_ context: inout CommandContext) throws(CommandError) {
        if prefixes.count > TrackingRequest.mostComparedByPairs, try !haveOverlap(context) { return }
        for (index, prefix) in prefixes.enumerated() {
            for existing in context.client.tracking.prefixes where overlap(prefix, existing) {
                throw context.error(
                    "ERR Prefix '\(text(prefix))' overlaps with an existing prefix '\(text(existing))'. "
                        + "Prefixes for a single client must not overlap.")
            }
            for other in prefixes[(index + 1)...] where overlap(prefix, other) {
                throw context.error(
                    "ERR Prefix '\(text(prefix))' overlaps with another provided prefix '\(text(other))'. "
                        + "Prefixes for a single client must not overlap.")
            }
        }
    }

    /// With more of them it is found out first whether there is anything to be found.
    private static let mostComparedByPairs = 64

    /// In order, what begins with a prefix stands right behind it. Of very many prefixes it is not said which overlap.
    private func haveOverlap(_ context: borrowing CommandContext) throws(CommandError) -> Bool {
        let all = (prefixes + context.clients[context.current].tracking.prefixes).sorted {
            $0.lexicographicallyPrecedes($1)
        }
        guard zip(all, all.dropFirst()).contains(where: { $1.starts(with: $0) }) else { return false }
        if all.count > 4096 { throw .because("ERR Prefixes for a single client must not overlap.") }
        return true
    }

    private func overlap(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        one.starts(with: other) || other.starts(with: one)
    }

    private func text(_ prefix: [UInt8]) -> String { String(decoding: prefix, as: UTF8.self) }
}
