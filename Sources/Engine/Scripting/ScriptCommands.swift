// `redis.call` and `redis.pcall`: the words are listed where the script has them, the command is judged as the script's
// circumstances want it, and run by the dispatcher as any other. Its reply is written as for a client, and read back at
// once by `ScriptValues`.

import Lua

extension CommandContext {
    /// Runs a command for the script; an error is raised, or else is the result.
    mutating func callCommand(
        _ call: NativeCall, of kind: ScriptHost.Kind, raises: Bool, _ calls: inout ScriptCalls
    ) {
        do throws(Raised) {
            if _slowPath(call.count == 0) {
                return try fail("ERR Please specify at least one argument for this redis lib call", kind, raises)
            }
            guard calls.take(call, of: scripts[kind]) else {
                return try fail("ERR Lua redis lib command arguments must be strings or integers", kind, raises)
            }
            runCommand(&calls)
            let isError = calls.reply.pending().first == UInt8(ascii: "-")
            let value = try scripts[kind].value(of: calls.reply)
            calls.endCall()
            if _slowPath(isError && raises) { throw scripts[kind].machine.error(value: value) }
            scripts[kind].machine.push(value)
            scripts[kind].machine.finishHostCall(results: 1)
        } catch {
            calls.endCall()
            scripts[kind].machine.failHostCall()
        }
    }

    /// The call was none: an error that no statistics know yet.
    @inline(never)
    private mutating func fail(_ text: StaticString, _ kind: ScriptHost.Kind, _ raises: Bool) throws(Raised) {
        startTiming()
        let error = try scripts[kind].makeError(Bytes(text), isCounted: false)
        if raises { throw scripts[kind].machine.error(value: error) }
        scripts[kind].machine.push(error)
        scripts[kind].machine.finishHostCall(results: 1)
    }

    @inline(__always) private mutating func runCommand(_ calls: inout ScriptCalls) {
        calls.reply.version = scripts.run.version
        guard let row = commands.find(calls.words), !row.value.hasSubcommands || calls.words.count == 1 else {
            return reject(nil, "ERR Unknown Redis command called from script", &calls.reply)
        }
        guard row.value.accepts(calls.words.count) else {
            return reject(row, "ERR Wrong number of args calling Redis command from script", &calls.reply)
        }
        let flags = row.value.flags
        if _slowPath(restrictions.contains(.staleData)), !flags.contains(.stale),
            flags.isDisjoint(with: .noScript)
        {
            return reject(row, "ERR Can not execute the command on a stale replica", &calls.reply)
        }
        if _slowPath(!flags.isDisjoint(with: [.write, .noScript, .mayReplicate, .denyOOM])) {
            guard admits(row, flags, &calls.reply) else { return }
        }
        let arguments = Arguments(unsafeList: calls.words, plan: row.value.options)
        if _slowPath(!scripts.run.isLogged || !scripts.run.isReplicated) {
            return callUnlogged(row, arguments, &calls.reply)
        }
        Dispatcher.call(row, arguments, &self, &calls.reply)
    }

    /// Whether a command that is no mere reader may run in this script; if not it is answered.
    @inline(__always)
    private mutating func admits(
        _ row: Reference<CommandRow>, _ flags: CommandFlags, _ reply: inout ReplyWriter
    ) -> Bool {
        if flags.contains(.noScript), !scripts.allowsEverything {
            reject(row, "ERR This Redis command is not allowed from script", &reply)
            return false
        }
        if scripts.run.isReadOnly, !flags.isDisjoint(with: [.write, .mayReplicate]) {
            reject(row, "ERR Write commands are not allowed from read-only scripts.", &reply)
            return false
        }
        // A script that has begun to write goes on, whatever happens meanwhile.
        if !scripts.run.hasWritten {
            if flags.contains(.write), !restrictions.isDisjoint(with: CommandContext.obstaclesToWriting) {
                return refuseWriting(row, &reply)
            }
            if flags.contains(.denyOOM), !scripts.run.ignoresMemory {
                reject(row, "OOM command not allowed when used memory > 'maxmemory'.", &reply)
                return false
            }
        }
        if flags.contains(.write) { scripts.run.hasWritten = true }
        return true
    }

    private static let obstaclesToWriting: Restrictions = [.readOnlyReplica, .unsaved, .logFails, .tooFewReplicas]

    /// Some circumstance keeps everybody from writing. False.
    @inline(never)
    private mutating func refuseWriting(_ row: Reference<CommandRow>, _ reply: inout ReplyWriter) -> Bool {
        // Who repeats a log is not asked.
        if client.number == 0 {
            scripts.run.hasWritten = true
            return true
        }
        let reasons = restrictions.intersection(CommandContext.obstaclesToWriting)
        if let text = Admission.refusal(reasons.contains(.readOnlyReplica) ? .readOnlyReplica : reasons) {
            reject(row, text, &reply)
        } else {
            reply.error(composed: logFailureText)
            noteRejection(of: row, reply)
        }
        return false
    }

    @inline(never)
    private mutating func reject(_ row: Reference<CommandRow>?, _ text: StaticString, _ reply: inout ReplyWriter) {
        reply.error(text)
        noteRejection(of: row, reply)
    }

    private mutating func noteRejection(of row: Reference<CommandRow>?, _ reply: borrowing ReplyWriter) {
        // Whether it is time to look at the others is asked of this moment; only calls that run note it otherwise.
        startTiming()
        observation.errors.record(reply.pending())
        row?.value.statistics.rejectedCalls += 1
    }

    /// The file, replicas or both hear nothing of the call, as `redis.set_repl` has it.
    @inline(never)
    private mutating func callUnlogged(
        _ row: Reference<CommandRow>, _ arguments: Arguments, _ reply: inout ReplyWriter
    ) {
        var log: ChangeLog?, replicaLog: ChangeLog?
        let (isLogged, isReplicated) = (scripts.run.isLogged, scripts.run.isReplicated)
        if !isLogged { swap(&log, &keyspace.feed.commandLog) }
        if !isReplicated { swap(&replicaLog, &keyspace.feed.replicaLog) }
        Dispatcher.call(row, arguments, &self, &reply)
        if !isLogged { swap(&log, &keyspace.feed.commandLog) }
        if !isReplicated { swap(&replicaLog, &keyspace.feed.replicaLog) }
    }
}
