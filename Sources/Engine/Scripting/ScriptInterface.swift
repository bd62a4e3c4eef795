// What `redis.…` does: each function of the host that a script calls. Calls of commands are in `ScriptCommands`.

import Lua

extension CommandContext {
    /// Serves one call of the host.
    @inline(__always)
    mutating func serve(_ number: UInt8, _ call: NativeCall, of kind: ScriptHost.Kind, _ calls: inout ScriptCalls) {
        if _fastPath(number <= HostFunction.pcall.rawValue) {
            callCommand(call, of: kind, raises: number == HostFunction.call.rawValue, &calls)
        } else {
            serveOther(number, call, of: kind, &calls)
        }
    }

    @inline(never)
    mutating func serveOther(
        _ number: UInt8, _ call: NativeCall, of kind: ScriptHost.Kind, _ calls: inout ScriptCalls
    ) {
        startTiming()
        do throws(Raised) {
            let count = try result(of: HostFunction(rawValue: number), call, kind, &calls)
            scripts[kind].machine.finishHostCall(results: count)
        } catch {
            scripts[kind].machine.failHostCall()
        }
    }

    private mutating func result(
        of function: HostFunction?, _ call: NativeCall, _ kind: ScriptHost.Kind, _ calls: inout ScriptCalls
    ) throws(Raised) -> Int {
        switch function {
        case .log: return try logMessage(call, kind)
        case .setresp: return try setVersion(call, kind)
        case .sha1hex: return try digest(call, kind)
        case .errorReply: return try errorReply(call, kind)
        case .statusReply: return try statusReply(call, kind)
        case .setRepl: return try setReplication(call, kind)
        case .aclCheckCmd: return try checkCommand(call, kind, &calls)
        case .breakpoint: return push(.false, kind)
        case .replicateCommands: return push(.true, kind)
        case .missingGlobal: throw missingGlobal(call, kind)
        case .registerFunction: return try registerFunction(call)
        case .call, .pcall, .debug, nil: return 0
        }
    }

    private mutating func push(_ value: Value, _ kind: ScriptHost.Kind) -> Int {
        scripts[kind].machine.push(value)
        return 1
    }

    /// An error that is a table, as those of commands are.
    mutating func scriptError(_ text: StaticString, _ kind: ScriptHost.Kind) throws(Raised) -> Raised {
        let table = try scripts[kind].makeError(Bytes(text), isCounted: false)
        return scripts[kind].machine.error(value: table)
    }

    // MARK: Replies made by hand

    private mutating func isOneString(_ call: NativeCall, _ kind: ScriptHost.Kind) -> Bool {
        call.count == 1 && scripts[kind].machine[argument: 0, of: call].isString
    }

    private static let wrongType: StaticString = "ERR wrong number or type of arguments"

    private mutating func errorReply(_ call: NativeCall, _ kind: ScriptHost.Kind) throws(Raised) -> Int {
        guard isOneString(call, kind) else {
            return push(try scripts[kind].makeError(Bytes(CommandContext.wrongType), isCounted: false), kind)
        }
        var text = Buffer()
        text.append(scriptErrorText: scripts[kind].bytes(ofArgument: 0, of: call))
        return push(try scripts[kind].makeError(text.contents, isCounted: false), kind)
    }

    private mutating func statusReply(_ call: NativeCall, _ kind: ScriptHost.Kind) throws(Raised) -> Int {
        guard isOneString(call, kind) else {
            return push(try scripts[kind].makeError(Bytes(CommandContext.wrongType), isCounted: false), kind)
        }
        let text = scripts[kind].machine[argument: 0, of: call]
        let table = try scripts[kind].machine.makeTable(fields: 1)
        let name = scripts[kind].names.ok
        try scripts[kind].machine.rawSet(table, name, text)
        return push(table, kind)
    }

    private mutating func digest(_ call: NativeCall, _ kind: ScriptHost.Kind) throws(Raised) -> Int {
        guard call.count == 1 else { throw try scriptError("ERR wrong number of arguments", kind) }
        let text = try scripts[kind].machine.text(ofArgument: 0, of: call)
        // What is neither string nor number has no bytes.
        let digest = text.isString ? SHA1(of: scripts[kind].bytes(of: text)) : SHA1(of: Bytes(""))
        var digits = Buffer()
        digits.append(array: digest.text)
        return push(try scripts[kind].makeString(digits.contents), kind)
    }

    // MARK: How the script runs

    private mutating func setVersion(_ call: NativeCall, _ kind: ScriptHost.Kind) throws(Raised) -> Int {
        guard call.count == 1 else { throw try scriptError("ERR redis.setresp() requires one argument.", kind) }
        switch scripts[kind].machine.wholeNumber(0, of: call) {
        case 2: scripts.run.version = .two
        case 3: scripts.run.version = .three
        default: throw try scriptError("ERR RESP version must be 2 or 3.", kind)
        }
        return 0
    }

    private mutating func setReplication(_ call: NativeCall, _ kind: ScriptHost.Kind) throws(Raised) -> Int {
        guard call.count == 1 else { throw try scriptError("ERR redis.set_repl() requires one argument.", kind) }
        let flags = scripts[kind].machine.wholeNumber(0, of: call)
        guard flags & ~3 == 0 else {
            throw try scriptError(
                "ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.", kind)
        }
        (scripts.run.isLogged, scripts.run.isReplicated) = (flags & 1 != 0, flags & 2 != 0)
        return 0
    }

    /// All users may do everything; what is asked for must be a command.
    private mutating func checkCommand(
        _ call: NativeCall, _ kind: ScriptHost.Kind, _ calls: inout ScriptCalls
    ) throws(Raised) -> Int {
        guard call.count > 0 else {
            throw try scriptError("ERR Please specify at least one argument for this redis lib call", kind)
        }
        guard calls.take(call, of: scripts[kind]) else {
            throw try scriptError("ERR Lua redis lib command arguments must be strings or integers", kind)
        }
        guard let row = commands.find(calls.words), !row.value.hasSubcommands || calls.words.count == 1 else {
            throw try scriptError("ERR Invalid command passed to redis.acl_check_cmd()", kind)
        }
        return push(.true, kind)
    }

    // MARK: The log

    private mutating func logMessage(_ call: NativeCall, _ kind: ScriptHost.Kind) throws(Raised) -> Int {
        guard call.count >= 2 else { throw try scriptError("ERR redis.log() requires two arguments or more.", kind) }
        guard scripts[kind].machine.isNumeric(0, of: call) else {
            throw try scriptError("ERR First argument must be a number (log level).", kind)
        }
        let level = scripts[kind].machine.wholeNumber(0, of: call)
        guard 0...3 ~= level else { throw try scriptError("ERR Invalid debug level.", kind) }
        var message = Buffer()
        for index in 1..<call.count {
            let text = try scripts[kind].machine.text(ofArgument: index, of: call)
            guard text.isString else { continue }
            if index > 1 { message.append(" ") }
            message.append(scripts[kind].bytes(of: text))
        }
        switch level {
        case 0: log.debug(message.contents.upToNUL.text)
        case 1: log.verbose(message.contents.upToNUL.text)
        case 2: log.notice(message.contents.upToNUL.text)
        default: log.warning(message.contents.upToNUL.text)
        }
        return 0
    }

    // MARK: Globals

    private mutating func missingGlobal(_ call: NativeCall, _ kind: ScriptHost.Kind) -> Raised {
        guard call.count == 2 else {
            log.warning("malicious code trying to call luaProtectedTableError with wrong arguments")
            return scripts[kind].machine.error("Wrong number of arguments to luaProtectedTableError")
        }
        guard let name = try? scripts[kind].machine.text(ofArgument: 1, of: call), name.isString else {
            return scripts[kind].machine.error("Second argument to luaProtectedTableError must be a string or number")
        }
        let quoted: [UInt8] = scripts[kind].bytes(of: name).upToNUL.array
        let message = Array("Script attempted to access nonexistent global variable '".utf8) + quoted
        return scripts[kind].machine.error(bytes: message + [UInt8(ascii: "'")])
    }
}

extension Machine {
    /// An argument that is a string, or the text of one that is a number; nil for anything else.
    fileprivate mutating func text(ofArgument index: Int, of call: NativeCall) throws(Raised) -> Value {
        try textValue(of: self[argument: index, of: call])
    }

    fileprivate func isNumeric(_ index: Int, of call: NativeCall) -> Bool {
        numericValue(of: self[argument: index, of: call]) != nil
    }

    /// An argument as a small whole number; -1 where it is none.
    fileprivate func wholeNumber(_ index: Int, of call: NativeCall) -> Int {
        guard let number = numericValue(of: self[argument: index, of: call]) else { return 0 }
        return Int(exactly: number.rounded(.towardZero)) ?? -1
    }
}

extension Buffer {
    /// An error's text as scripts have it: with a code, and without line ends around it. `-CODE text` has a code, with
    /// or without the dash; a single word has none. It ends where a NUL is.
    mutating func append(scriptErrorText bytes: Bytes) {
        var text = bytes.prefix(bytes.firstIndex(of: 0) ?? bytes.count)
        if text.first == UInt8(ascii: "-") { text = text.dropping(first: 1) }
        let blank = text.firstIndex(of: 32)
        if let blank {
            append(text.prefix(blank))
            text = text.dropping(first: blank + 1)
        } else {
            append("ERR")
        }
        append(" ")
        func isLineEnd(_ byte: UInt8) -> Bool { byte == 10 || byte == 13 }
        while text.count > 0, isLineEnd(text[0]) { text = text.dropping(first: 1) }
        while text.count > 0, isLineEnd(text[text.count - 1]) { text = text.prefix(text.count - 1) }
        append(text)
    }
}
