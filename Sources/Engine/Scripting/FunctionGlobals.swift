// What functions find as globals. The table of globals itself is empty: what stands behind it are the globals of
// functions that run, or while a library is loaded the few that it may use then.

import Lua

/// The tables that stand behind the globals of functions.
struct FunctionGlobals {
    fileprivate var metatable = Value.nil
    /// While functions run.
    fileprivate var running = Value.nil
    /// While a library is loaded.
    fileprivate var loading = Value.nil
    /// All registered functions, by their numbers: what is in it stays.
    fileprivate(set) var callbacks = Value.nil
}

extension ScriptHost {
    /// Puts what is global so far behind an empty table.
    mutating func separateGlobals() throws(Raised) {
        var tables = FunctionGlobals()
        tables.running = try machine.makeTable()
        while let pair = try machine.next(machine.globals, after: .nil) {
            try machine.rawSet(tables.running, pair.key, pair.value)
            try machine.rawSet(machine.globals, pair.key, .nil)
        }
        try machine.rawSet(tables.running, field: "_G", tables.running)
        let missing = try makeMissingGlobals()
        machine.setMetatable(tables.running, missing)
        tables.loading = try makeLoadingGlobals(missing)
        tables.metatable = try machine.makeTable()
        try machine.rawSet(tables.metatable, field: "__index", tables.running)
        machine.setMetatable(machine.globals, tables.metatable)
        tables.callbacks = try machine.makeTable()
        protect(tables.loading)
        functionGlobals = tables
    }

    /// A library can register functions and write to the log, and nothing else.
    private mutating func makeLoadingGlobals(_ missing: Value) throws(Raised) -> Value {
        let table = try machine.makeTable(), redis = try machine.makeTable()
        try machine.rawSet(redis, field: "register_function", ScriptHost.function(.registerFunction))
        try machine.rawSet(redis, field: "log", ScriptHost.function(.log))
        for name: StaticString in [
            "LOG_DEBUG", "LOG_VERBOSE", "LOG_NOTICE", "LOG_WARNING", "REDIS_VERSION", "REDIS_VERSION_NUM",
        ] {
            try machine.rawSet(redis, field: name, machine.rawGet(interface, field: name))
        }
        try machine.rawSet(table, field: "redis", redis)
        try machine.rawSet(table, field: "server", redis)
        machine.setMetatable(redis, missing)
        machine.setMetatable(table, missing)
        return table
    }

    /// Puts the globals of libraries that are loaded in the place of those of functions that run, or these back.
    mutating func setLoadingLibrary(_ isLoading: Bool) throws(Raised) {
        let metatable = functionGlobals.metatable
        machine.setReadOnly(metatable, false)
        defer { machine.setReadOnly(metatable, true) }
        try machine.rawSet(
            metatable, field: "__index", isLoading ? functionGlobals.loading : functionGlobals.running)
    }

    /// The function that was registered under a number.
    func callback(_ number: Int) -> Value { machine.rawGet(functionGlobals.callbacks, index: number) }

    mutating func setCallback(_ number: Int, _ function: Value) throws(Raised) {
        try machine.rawSet(functionGlobals.callbacks, index: number, function)
    }
}
