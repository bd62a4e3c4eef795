// EVAL and EVALSHA: from the words of the command to the script in the cache, which is compiled when it is new.

import Lua

extension CommandContext {
    /// EVAL: runs a script by its body.
    @inline(__always)
    mutating func evaluate(_ arguments: Arguments, mustOnlyRead: Bool, _ reply: inout ReplyWriter) throws(CommandError)
    {
        // What the script does is shown behind it.
        if _slowPath(!observation.monitors.isEmpty) { feedMonitors(arguments) }
        let keyCount = try scriptKeyCount(arguments)
        let number = try cachedScript(arguments[1])
        try run(script: number, keyCount, arguments, mustOnlyRead, &reply)
    }

    /// EVALSHA: runs a script by its digest.
    @inline(__always)
    mutating func evaluate(
        digestIn arguments: Arguments, mustOnlyRead: Bool, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        if _slowPath(!observation.monitors.isEmpty) { feedMonitors(arguments) }
        if arguments[1].count != 40 { throw .because(CommandContext.noScript) }
        let keyCount = try scriptKeyCount(arguments)
        guard let digest = SHA1(hexadecimal: arguments[1]), let number = scripts.cache.find(digest) else {
            throw .because(CommandContext.noScript)
        }
        try run(script: number, keyCount, arguments, mustOnlyRead, &reply)
    }

    private static let noScript: StaticString = "NOSCRIPT No matching script. Please use EVAL."

    @inline(__always)
    private mutating func run(
        script number: Int, _ keyCount: Int, _ arguments: Arguments, _ mustOnlyRead: Bool, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        scripts.cache.noteUse(of: number)
        let task = ScriptTask(
            kind: .evaluation, name: .digest(scripts.cache[number].digest), function: scripts.cache[number].function,
            flags: scripts.cache[number].flags, mustOnlyRead: mustOnlyRead, keyCount: keyCount)
        try run(task, arguments, &reply)
    }

    /// The script with this body; a new one is compiled.
    @inline(__always) mutating func cachedScript(_ body: Bytes) throws(CommandError) -> Int {
        let hash = keyspace.hash(body)
        if let number = scripts.cache.find(body: body, hash: hash) { return number }
        return try compileScript(body, hash: hash)
    }

    @inline(never)
    private mutating func compileScript(_ body: Bytes, hash: UInt64) throws(CommandError) -> Int {
        if scripts.run.isRunning { throw .because("ERR Scripts cannot be compiled by scripts") }
        var message = ""
        guard let shebang = Shebang(of: body, &message) else { throw error("ERR \(message)") }
        do throws(Raised) {
            scripts.evaluation.machine.limits.memory = scriptMemoryLimit
            try scripts.evaluation.open()
            let function = try scripts.evaluation.machine.load(
                body.dropping(first: shebang.length).span, chunkName: Bytes("@user_script").span)
            let number = scripts.cache.insert(SHA1(of: body), body, hash: hash, shebang.flags, function)
            while let forgotten = scripts.cache.evict(sparing: number) {
                scripts.evaluation.machine.forget(forgotten)
            }
            return number
        } catch {
            let raised = scripts.evaluation.machine.raised
            let text = raised.isString ? scripts.evaluation.bytes(of: raised).quotableText : "not enough memory"
            throw self.error("ERR Error compiling script (new function): \(text)")
        }
    }

    /// What stands in the way of a command that runs scripts depends on what its script says about itself.
    mutating func restrictions(concerning row: Reference<CommandRow>, _ arguments: Arguments) -> Restrictions {
        let flags = row.value.flags
        guard arguments.count > 1 else { return Restrictions(concerning: flags) }
        var declared = ScriptFlags.undeclared
        if row.value.command == EVAL.self || row.value.command == EVAL_RO.self {
            var message = ""
            if let shebang = Shebang(of: arguments[1], &message) { declared = shebang.flags }
        } else if row.value.command == FCALL.self || row.value.command == FCALL_RO.self {
            if let function = scripts.libraries.function(named: arguments[1]) { declared = function.flags }
        } else if let digest = SHA1(hexadecimal: arguments[1]), let number = scripts.cache.find(digest) {
            declared = scripts.cache[number].flags
        }
        return Restrictions(concerning: declared.applied(to: flags))
    }

    /// All scripts of EVAL are forgotten, and whatever was left in their machine.
    mutating func flushScripts() {
        heapReturn.bytesGivenBack &+= scripts.evaluation.machine.memoryReserved
        scripts.evaluation = ScriptHost(.evaluation, reporting: settings.reportedVersion)
        scripts.cache = ScriptCache()
        scripts.calls = nil
    }
}
