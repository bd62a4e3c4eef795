// One Lua machine as Redis furnishes it: the libraries, `redis` with its functions, and globals that cannot be changed.
// EVAL has one, functions have another. It is made when the first script comes, and made anew by SCRIPT FLUSH.

import Lua

/// What `redis.…` and the globals call the host for.
enum HostFunction: UInt8, CaseIterable {
    case call, pcall, log, setresp, sha1hex
    case errorReply, statusReply, setRepl, aclCheckCmd
    case breakpoint, debug, replicateCommands
    /// A global variable that does not exist is read.
    case missingGlobal
    /// `redis.register_function`, while a library of functions is loaded.
    case registerFunction
}

/// Strings that scripts and the host exchange all the time, made once.
struct ScriptNames {
    var ok = Value.nil, err = Value.nil, source = Value.nil, line = Value.nil, isCounted = Value.nil
    var double = Value.nil, bigNumber = Value.nil, verbatim = Value.nil, format = Value.nil, string = Value.nil
    var map = Value.nil, set = Value.nil, keys = Value.nil, arguments = Value.nil

    init() {}

    init(_ machine: inout Machine) throws(Raised) {
        ok = try machine.makeString("ok")
        err = try machine.makeString("err")
        source = try machine.makeString("source")
        line = try machine.makeString("line")
        isCounted = try machine.makeString("ignore_error_stats_update")
        double = try machine.makeString("double")
        bigNumber = try machine.makeString("big_number")
        verbatim = try machine.makeString("verbatim_string")
        format = try machine.makeString("format")
        string = try machine.makeString("string")
        map = try machine.makeString("map")
        set = try machine.makeString("set")
        keys = try machine.makeString("KEYS")
        arguments = try machine.makeString("ARGV")
    }
}

/// A machine with all that scripts find in it.
struct ScriptHost: ~Copyable {
    /// Whose scripts run in it.
    enum Kind { case evaluation, functions }

    let kind: Kind
    var machine = Machine(isPrepared: false)
    private(set) var names = ScriptNames()
    /// The table `redis`.
    private(set) var interface = Value.nil
    var functionGlobals = FunctionGlobals()
    private(set) var isOpen = false
    /// What scripts are told of the server's version.
    private var version: ReportedVersion

    init(_ kind: Kind, reporting version: ReportedVersion = ReportedVersion()) {
        self.kind = kind
        self.version = version
    }

    /// What its machine occupies; nothing before the first script.
    var memoryUsed: Int { isOpen ? machine.memoryUsed : 0 }

    /// Furnishes the machine, if nobody has done so.
    @inline(__always) mutating func open() throws(Raised) {
        if _slowPath(!isOpen) { try furnish() }
    }

    @inline(never) private mutating func furnish() throws(Raised) {
        machine.prepare()
        // `pcall` shows the text of an error that is a table, as it was before errors were tables.
        machine.unwrapsErrorTables = true
        try machine.openLibraries()
        names = try ScriptNames(&machine)
        interface = try makeInterface()
        try machine.rawSet(machine.globals, field: "redis", interface)
        try machine.rawSet(machine.globals, field: "server", interface)
        if kind == .evaluation {
            machine.setMetatable(machine.globals, try makeMissingGlobals())
        } else {
            try separateGlobals()
        }
        protect(machine.globals)
        // Who can ask for the metatable of a string could otherwise change all strings.
        protect(machine.metatable(of: names.ok))
        machine.keep()
        isOpen = true
    }

    /// A metatable for which a missing field is an error.
    mutating func makeMissingGlobals() throws(Raised) -> Value {
        let metatable = try machine.makeTable()
        try machine.rawSet(metatable, field: "__index", ScriptHost.function(.missingGlobal))
        return metatable
    }

    static func function(_ function: HostFunction) -> Value {
        Value(NativeFunction(host: function.rawValue))
    }

    /// The table `redis`, filled in the order in which Redis fills it: so it is walked in the same order.
    private mutating func makeInterface() throws(Raised) -> Value {
        let table = try machine.makeTable()
        try fill(table, [("call", .call), ("pcall", .pcall), ("log", .log)])
        try fill(table, [("LOG_DEBUG", 0), ("LOG_VERBOSE", 1), ("LOG_NOTICE", 2), ("LOG_WARNING", 3)])
        try writeVersion(in: table)
        try fill(
            table,
            [
                ("setresp", .setresp), ("sha1hex", .sha1hex), ("error_reply", .errorReply),
                ("status_reply", .statusReply), ("set_repl", .setRepl),
            ])
        let targets: [(StaticString, Int)] = [
            ("REPL_NONE", 0), ("REPL_AOF", 1), ("REPL_SLAVE", 2), ("REPL_REPLICA", 2), ("REPL_ALL", 3),
        ]
        try fill(table, targets)
        try fill(table, [("acl_check_cmd", .aclCheckCmd)])
        if kind == .evaluation {
            try fill(
                table,
                [("breakpoint", .breakpoint), ("debug", .debug), ("replicate_commands", .replicateCommands)])
        }
        return table
    }

    private mutating func fill(_ table: Value, _ functions: [(StaticString, HostFunction)]) throws(Raised) {
        for (name, function) in functions { try machine.rawSet(table, field: name, ScriptHost.function(function)) }
    }

    private mutating func fill(_ table: Value, _ numbers: [(StaticString, Int)]) throws(Raised) {
        for (name, number) in numbers { try machine.rawSet(table, field: name, Value(Double(number))) }
    }

    private mutating func writeVersion(in table: Value) throws(Raised) {
        try machine.rawSet(table, field: "REDIS_VERSION_NUM", Value(Double(version.number)))
        try machine.rawSet(table, field: "REDIS_VERSION", makeString(version.text))
    }

    /// From now on scripts see this version. No script may be running.
    mutating func report(_ version: ReportedVersion) throws(Raised) {
        guard version != self.version else { return }
        self.version = version
        guard isOpen else { return }
        machine.setReadOnly(interface, false)
        defer { machine.setReadOnly(interface, true) }
        try writeVersion(in: interface)
        machine.keep()
    }

    /// A table that scripts cannot change, and all tables that can be reached from it.
    mutating func protect(_ table: Value) {
        guard table.isTable, !machine.isReadOnly(table) else { return }
        machine.setReadOnly(table, true)
        var key = Value.nil
        while let pair = (try? machine.next(table, after: key)) ?? nil {
            protect(pair.value)
            key = pair.key
        }
        protect(machine.metatable(of: table))
    }

    // MARK: Text

    mutating func makeString(_ text: String) throws(Raised) -> Value {
        var buffer = Buffer(capacity: text.utf8.count)
        buffer.append(quoting: text)
        return try machine.makeString(buffer.contents.span)
    }

    @inline(__always) mutating func makeString(_ bytes: Bytes) throws(Raised) -> Value {
        try machine.makeString(bytes.span)
    }

    /// The bytes of a string, where they lie: good until the script goes on.
    @_lifetime(immortal)
    @inline(__always) func bytes(of string: Value) -> Bytes { Bytes(machine.bytes(of: string)) }

    @_lifetime(immortal)
    func bytes(ofArgument index: Int, of call: NativeCall) -> Bytes { bytes(of: machine[argument: index, of: call]) }

    /// An error as `redis.pcall` returns one: a table whose field `err` is this text. One that the statistics have
    /// counted already says so.
    mutating func makeError(_ text: Bytes, isCounted: Bool) throws(Raised) -> Value {
        let table = try machine.makeTable(fields: isCounted ? 2 : 1)
        try machine.rawSet(table, names.err, try makeString(text))
        if isCounted { try machine.rawSet(table, names.isCounted, .true) }
        return table
    }
}
