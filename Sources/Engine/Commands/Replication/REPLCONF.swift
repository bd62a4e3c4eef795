// REPLCONF option value [option value …]

enum REPLCONF: Command {
    static let declaration = Declaration(
        "replconf", .server, since: "3.0.0", complexity: "O(1)",
        summary: "An internal command for configuring the replication stream.",
        flags: [.administration, .noScript, .loading, .stale, .allowBusy, .system], arity: -1)

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard arguments.count % 2 == 1 else { throw .syntax }
        for index in stride(from: 1, to: arguments.count, by: 2) {
            let name = FoldedName(arguments[index])
            // These two are never answered, and end the list. Only a replica is asked how far it has come.
            if name == FoldedName("getack") { return context.noteQuestionOfPrimary() }
            if name == FoldedName("ack") { return acknowledge(arguments, index, &context) }
            try configure(name, arguments[index], arguments[index + 1], &context)
        }
        reply.ok()
    }

    private static func acknowledge(_ arguments: Arguments, _ index: Int, _ context: inout CommandContext) {
        guard let position = arguments[index + 1].integer else { return }
        var safe: Int?
        if index + 3 < arguments.count, arguments.isWord(index + 2, "fack") {
            safe = arguments[index + 3].integer.map { Int($0) }
        }
        context.noteAcknowledgement(Int(position), safe: safe)
    }

    private static func configure(
        _ name: FoldedName, _ option: Bytes, _ value: Bytes, _ context: inout CommandContext
    ) throws(CommandError) {
        var introduction = context.replicas.introductions[context.current] ?? ReplicaIntroduction()
        if name == FoldedName("listening-port") {
            guard let port = value.integer else { throw .notAnInteger }
            introduction.port = port
        } else if name == FoldedName("ip-address") {
            guard value.count <= ReplicaIntroduction.longestAddress else {
                throw context.error(
                    "ERR REPLCONF ip-address provided by replica instance is too long: \(value.count) bytes")
            }
            introduction.address = value.array
        } else if name == FoldedName("capa") {
            if FoldedName(value) == FoldedName("eof") { introduction.understandsMark = true }
            if FoldedName(value) == FoldedName("psync2") { introduction.understandsNewNames = true }
        } else if name == FoldedName("rdb-only") {
            guard let number = value.integer else { throw .notAnInteger }
            guard 0...1 ~= number else { throw .because("ERR value is out of range, value must between 0 and 1") }
            introduction.wantsOnlySnapshot = number == 1
        } else if name == FoldedName("rdb-filter-only") {
            try filter(value, &introduction, &context)
        } else if name == FoldedName("version") {
            introduction.hasToldVersion = true
        } else {
            throw context.error("ERR Unrecognized REPLCONF option: \(option.quotableText)")
        }
        context.replicas.introductions[context.current] = introduction
    }

    /// What of a snapshot the client wants: nothing but what is named.
    private static func filter(
        _ value: Bytes, _ introduction: inout ReplicaIntroduction, _ context: inout CommandContext
    ) throws(CommandError) {
        introduction.leavesOutData = true
        introduction.leavesOutFunctions = true
        for word in value.text.split(separator: " ") {
            guard word.lowercased() == "functions" else {
                context.replicas.introductions[context.current] = introduction
                throw context.error("ERR Unsupported rdb-filter-only option: \(word)")
            }
            introduction.leavesOutFunctions = false
        }
    }
}
