// Repeats the commands of one part of the append-only file, in steps, through a window of it. A client without a
// connection runs them; nobody keeps the replies, no restriction holds, and no key ends but by what the file says.
// Where the file ends in the middle of a record or of a transaction, `wholeEnd` says up to where it is whole.

internal import Platform

/// One file of commands that is being repeated.
struct AppendOnlyReplay: ~Copyable {
    /// How a step ended.
    enum Progress {
        case more, complete
        /// The end of the last record is missing, or the EXEC of the last transaction.
        case truncated(inTransaction: Bool)
        case damaged
        case unknownCommand(String)
        case unreadable(DiskError)
    }

    private let disk: any Disk
    private let file: DiskFile
    let size: Int
    private var reader: AppendOnlyReader
    private var window = Buffer()
    /// How much of the window has been repeated.
    private var offset = 0
    /// Where in the file the window ends.
    private var windowEnd: Int
    private var reply = ReplyWriter()
    private let delay: KeyDelay

    private static let windowSize = 1 << 20
    /// After so many commands the clock is looked at.
    private static let commandsAtOnce = 32

    /// Begins behind `position` bytes of something else.
    init(_ file: DiskFile, size: Int, from position: Int = 0, disk: any Disk, delay: KeyDelay) {
        (self.disk, self.delay) = (disk, delay)
        self.file = file
        self.size = size
        reader = AppendOnlyReader(position: position, toleratingTransactions: true)
        windowEnd = position
    }

    var position: Int { reader.position }
    var wholeEnd: Int { reader.wholeEnd }

    /// The client that runs the commands has the number of the file, which no socket can have meanwhile.
    private var client: ClientIdentifier { ClientIdentifier(file.descriptor) }

    /// Makes the client, and the keyspace one in which no key ends.
    func begin(_ context: inout CommandContext) {
        context.clients.addHidden(client)
        context.keyspace.holdsEverything = true
    }

    /// Closes the file; what is queued of a transaction that has no end never happens.
    func end(_ context: inout CommandContext) {
        context.keyspace.holdsEverything = false
        context.clients.removeHidden(client)
        try? disk.close(file)
    }

    /// Repeats commands until `deadline`, in ticks, or for as long as there are any.
    mutating func step(_ context: inout CommandContext, until deadline: UInt64) -> Progress {
        context.begin(for: client)
        // Nothing waits, and no reply is too long for one turn.
        let wasExecuting = context.isExecutingTransaction
        context.isExecutingTransaction = true
        defer {
            context.isExecutingTransaction = wasExecuting
            context.leaveClient()
        }
        var left = AppendOnlyReplay.commandsAtOnce
        while true {
            if left == 0 {
                if Ticks.now >= deadline { return .more }
                left = AppendOnlyReplay.commandsAtOnce
            }
            left &-= 1
            switch AppendOnlyReplay.next(&reader, in: window, at: &offset, by: client, &context, &reply) {
            case .done: delay.wait(after: left)
            case .unfinished(let sizeNeeded):
                if windowEnd >= size { return end(sizeNeeded) }
                do throws(DiskError) { try fill(sizeNeeded) } catch { return .unreadable(error) }
            case .failed(let progress): return progress
            }
        }
    }

    private func end(_ sizeNeeded: Int) -> Progress {
        if offset == window.count, !reader.isInTransaction { return .complete }
        return .truncated(inTransaction: offset == window.count)
    }

    private enum Step {
        case done
        case unfinished(sizeNeeded: Int)
        case failed(Progress)
    }

    /// Repeats the next command.
    @inline(__always)
    private static func next(
        _ reader: inout AppendOnlyReader, in window: borrowing Buffer, at offset: inout Int,
        by client: ClientIdentifier,
        _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) -> Step {
        switch reader.next(in: window.contents, at: &offset) {
        case .command(let words): run(words, by: client, &context, &reply)
        case .annotation: .done
        case .unfinished(let record): .unfinished(sizeNeeded: record.sizeNeeded)
        case .damaged: .failed(.damaged)
        }
    }

    /// Gives back what has been repeated of the window, and reads on.
    private mutating func fill(_ sizeNeeded: Int) throws(DiskError) {
        window.removeFirst(offset)
        offset = 0
        // Nothing is reserved for what the file cannot hold.
        let wanted = max(AppendOnlyReplay.windowSize, min(sizeNeeded, window.count &+ (size &- windowEnd)))
        window.reserve(max(1, wanted &- window.count))
        let (disk, file, place) = (disk, file, windowEnd)
        var space = window.unused
        let count = try disk.read(file, into: &space, at: place)
        guard count > 0 else { throw DiskError(call: "read", reason: "The file has become shorter") }
        window.advance(count)
        windowEnd &+= count
    }

    // MARK: Running

    private static func run(
        _ words: ArgumentList, by client: ClientIdentifier, _ context: inout CommandContext,
        _ reply: inout ReplyWriter
    ) -> Step {
        guard words.count > 0 else { return .failed(.damaged) }
        guard let row = context.commands.find(words) else {
            return .failed(.unknownCommand(words.word(0).quotableText))
        }
        let arguments = Arguments(unsafeList: words, plan: row.value.options)
        guard row.value.accepts(words.count) else { return .failed(.damaged) }
        if _slowPath(context.clients[client].transaction.isOpen) {
            if row.value.command == EXEC.self {
                runTransaction(&context, &reply)
            } else {
                context.clients[client].transaction.queue(row, arguments, [], &context.spareQueue)
            }
            return .done
        }
        call(row, arguments, &context, &reply)
        return .done
    }

    private static func runTransaction(_ context: inout CommandContext, _ reply: inout ReplyWriter) {
        guard var queued = context.endTransaction() else { return }
        for row in queued.rows {
            guard let words = queued.nextWords() else { break }
            call(row, Arguments(unsafeList: words, plan: row.value.options), &context, &reply)
        }
        context.reuse(queued)
    }

    /// A call that counts in no statistics, and of which only the change matters.
    @inline(__always)
    private static func call(
        _ row: Reference<CommandRow>, _ arguments: Arguments, _ context: inout CommandContext,
        _ reply: inout ReplyWriter
    ) {
        try? row.value.command.run(arguments, &context, &reply)
        if _slowPath(reply.count > 0) { reply.removeAll() }
        _ = context.takeHasRewritten()
        if _slowPath(context.keyspace.feed.hasNews) { context.spreadNews() }
    }
}
