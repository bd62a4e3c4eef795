// How a script runs: it is admitted, driven from one call of the host to the next, and answered for. While it runs
// nothing else does; time stands still, nothing may wait, and all that it does is one unit of the log.

internal import Platform
import Lua

/// A script that is to run, with where its keys and arguments are among the words of the command.
struct ScriptTask {
    let kind: ScriptHost.Kind
    let name: ScriptName
    let function: Value
    let flags: ScriptFlags
    /// The command that calls it is one of those that only read.
    let mustOnlyRead: Bool
    let keyCount: Int

    /// Behind the name of the command, the script and the number of keys.
    static let firstKey = 3
}

extension CommandContext {
    /// The number of keys that stands behind a script.
    func scriptKeyCount(_ arguments: Arguments) throws(CommandError) -> Int {
        let count = try arguments.integer(2)
        if count > arguments.count &- ScriptTask.firstKey {
            throw .because("ERR Number of keys can't be greater than number of args")
        }
        if count < 0 { throw .because("ERR Number of keys can't be negative") }
        return Int(truncatingIfNeeded: count)
    }

    /// Runs a script for the current client and writes what it answers. Throws if it may not run.
    mutating func run(_ task: ScriptTask, _ arguments: Arguments, _ reply: inout ReplyWriter) throws(CommandError) {
        if scripts.run.isRunning { throw .because("ERR Scripts cannot be called by scripts") }
        let isObeyed = client.number == 0
        if !task.flags.contains(.undeclared), !isObeyed { try admit(task) }
        if _slowPath(restrictions.contains(.staleData)), task.flags.contains(.undeclared) {
            throw .because(Admission.staleText)
        }
        let (began, database, wasExecuting) = (timingStart, client.database, isExecutingTransaction)
        let declares = !task.flags.contains(.undeclared)
        scripts.run = ScriptRun(
            task.kind, task.name, current, isReadOnly: task.mustOnlyRead || declares && task.flags.contains(.noWrites),
            ignoresMemory: isObeyed || declares && task.flags.contains(.allowOOM)
                || !restrictions.contains(.outOfMemory),
            start: Ticks.now)
        scripts.run.nextLook = scripts.run.start &+ ticksUntilBusy
        isExecutingTransaction = true
        var calls = scripts.calls.take() ?? ScriptCalls()
        drive(task, arguments, &calls, &reply)
        calls.trim()
        scripts.calls = consume calls
        endMachine(of: task.kind)
        if _slowPath(scripts.run.isBusy) { endBusyScript() }
        isExecutingTransaction = wasExecuting
        if _slowPath(scripts.run.hasFailed) { commands.find(arguments)?.value.statistics.failedCalls &+= 1 }
        scripts.run = ScriptRun()
        if _slowPath(client.database != database) {
            client.database = database
            keyspace.select(database)
        }
        // The script takes as long as all of it.
        timingStart = began
    }

    /// What a script declares may be a reason not to begin with it.
    private mutating func admit(_ task: ScriptTask) throws(CommandError) {
        if task.flags.contains(.noWrites) { return }
        if restrictions.contains(.readOnlyReplica) {
            throw .because("READONLY Can not run script with write flag on readonly replica")
        }
        if restrictions.contains(.unsaved) { throw .because(CommandContext.unsavedText) }
        if restrictions.contains(.logFails) { throw error(logFailureTextForScripts) }
        if task.mustOnlyRead {
            throw .because("ERR Can not execute a script with write flag using *_ro command.")
        }
        if restrictions.contains(.tooFewReplicas) { throw .because("NOREPLICAS Not enough good replicas to write.") }
        if restrictions.contains(.outOfMemory), !task.flags.contains(.allowOOM) {
            throw .because(
                "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'")
        }
    }

    private static let unsavedText: StaticString = """
        MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Writable \
        scripts are blocked. Use 'no-writes' flag for read only scripts.
        """

    private var logFailureTextForScripts: String {
        "MISCONF Redis is configured to persist data to AOF, but it's currently unable to persist to disk. Writable "
            + "scripts are blocked. Use 'no-writes' flag for read only scripts. AOF error: "
            + (appendOnly.writeFailure ?? appendOnly.syncFailure ?? "")
    }

    // MARK: Driving

    /// How much the objects of all scripts of one kind may occupy.
    var scriptMemoryLimit: Int {
        settings.maxMemory > 0 ? min(max(settings.maxMemory, 64 << 20), 1 << 30) : 1 << 30
    }

    /// The machine drops what its script has made. Where that was much, the kernel is to have it back.
    mutating func endMachine(of kind: ScriptHost.Kind) {
        let held = scripts[kind].machine.memoryReserved
        scripts[kind].machine.end()
        if _slowPath(held > 1 << 20) { heapReturn.bytesGivenBack &+= held &- scripts[kind].machine.memoryReserved }
    }

    /// Runs the script to its end and writes its answer.
    private mutating func drive(
        _ task: ScriptTask, _ arguments: Arguments, _ calls: inout ScriptCalls, _ reply: inout ReplyWriter
    ) {
        let kind = task.kind
        scripts[kind].machine.limits.memory = scriptMemoryLimit
        do throws(Raised) { try begin(task, arguments) } catch { return answerError(of: kind, &reply) }
        while true {
            switch scripts[kind].machine.run() {
            case .hostCall(let number, let call):
                serve(number, call, of: kind, &calls)
                // Each call gives the machine a new budget.
                if _slowPath(timingStart >= scripts.run.nextLook) { pause(arguments, &reply) }
            case .paused: pause(arguments, &reply)
            case .finished(let count):
                return answer(count > 0 ? scripts[kind].machine[result: 0] : .nil, of: kind, &reply)
            case .failed: return answerError(of: kind, &reply)
            }
        }
    }

    /// Puts the script on the machine's stack, with its keys and arguments where it finds them.
    @inline(__always)
    private mutating func begin(_ task: ScriptTask, _ arguments: Arguments) throws(Raised) {
        let firstArgument = ScriptTask.firstKey &+ task.keyCount
        switch task.kind {
        case .evaluation:
            let keys = try scripts.evaluation.makeArray(arguments, ScriptTask.firstKey..<firstArgument)
            let others = try scripts.evaluation.makeArray(arguments, firstArgument..<arguments.count)
            let globals = scripts.evaluation.machine.globals, names = scripts.evaluation.names
            try scripts.evaluation.machine.setTemporary(globals, names.keys, keys)
            try scripts.evaluation.machine.setTemporary(globals, names.arguments, others)
            scripts.evaluation.machine.begin(task.function)
        case .functions:
            let keys = try scripts.functions.makeArray(arguments, ScriptTask.firstKey..<firstArgument)
            let others = try scripts.functions.makeArray(arguments, firstArgument..<arguments.count)
            scripts.functions.machine.begin(task.function)
            scripts.functions.machine.push(keys)
            scripts.functions.machine.push(others)
        }
    }
}

extension ScriptHost {
    /// A table with some words of a command.
    @inline(__always)
    fileprivate mutating func makeArray(_ arguments: Arguments, _ range: Range<Int>) throws(Raised) -> Value {
        let table = try makeArray(range.count)
        for index in range {
            let word = try makeString(arguments[index])
            try machine.rawSet(table, index: index &- range.lowerBound &+ 1, word)
        }
        return table
    }
}
