// The script that runs, if one does: what it may do, for whom it runs, what it has done, and since when. And everything
// else that scripts have in common.

import Lua

/// What a script is called in messages.
enum ScriptName {
    /// EVAL: the digest.
    case digest(SHA1)
    /// FCALL: the function's name.
    case function([UInt8])

    /// As messages have it.
    var text: [UInt8] {
        switch self {
        case .digest(let digest): digest.text
        case .function(let name): name
        }
    }
}

extension SHA1 {
    /// 40 digits.
    var text: [UInt8] {
        let digits = hexadecimal
        return (0..<40).map { digits[$0] }
    }
}

/// The script that runs.
struct ScriptRun {
    private(set) var isRunning = false
    let kind: ScriptHost.Kind
    let name: ScriptName
    /// The client that has called it.
    let caller: ClientIdentifier
    /// No command in it may write.
    let isReadOnly: Bool
    /// Want of memory is no reason to refuse a command: there was none when it began, or the script does not mind.
    let ignoresMemory: Bool
    /// When it began.
    let start: UInt64
    /// From this moment on, in ticks, it has run for long: calls of the host then see to the others.
    var nextLook = UInt64.max
    /// A command was called that may write.
    var hasWritten = false
    /// `redis.setresp`
    var version = ReplyWriter.ProtocolVersion.two
    /// The append-only file, and replicas, hear of what it does: `redis.set_repl`.
    var isLogged = true
    var isReplicated = true
    /// Others are told that the server is busy.
    var isBusy = false
    /// It has answered with an error.
    var hasFailed = false
    /// SCRIPT KILL, or FUNCTION KILL.
    var isKilled = false
    /// The command that has called it, once others are told that the server is busy.
    var command: [[UInt8]] = []

    /// None.
    init() {
        self.init(.evaluation, .function([]), CommandContext.nobody, isReadOnly: true, ignoresMemory: true, start: 0)
        isRunning = false
    }

    init(
        _ kind: ScriptHost.Kind, _ name: ScriptName, _ caller: ClientIdentifier, isReadOnly: Bool,
        ignoresMemory: Bool, start: UInt64
    ) {
        self.kind = kind
        self.name = name
        self.caller = caller
        self.isReadOnly = isReadOnly
        self.ignoresMemory = ignoresMemory
        self.start = start
        isRunning = true
    }
}

/// All about scripts.
struct Scripting: ~Copyable {
    var evaluation = ScriptHost(.evaluation)
    var functions = ScriptHost(.functions)
    /// The scripts of EVAL.
    var cache = ScriptCache()
    var run = ScriptRun()
    /// What FCALL can call.
    var libraries = FunctionLibraries()
    /// The library that is being loaded.
    var load: LibraryLoad?
    /// Buffers, while no script runs.
    var calls: ScriptCalls?
    /// Scripts may call commands that are none for scripts: DEBUG SET-DISABLE-DENY-SCRIPTS.
    var allowsEverything = false

    /// Tells both machines what version is reported.
    mutating func report(_ version: ReportedVersion) {
        try? evaluation.report(version)
        try? functions.report(version)
    }

    /// What both machines occupy.
    var machineMemoryUsed: Int { evaluation.memoryUsed + functions.memoryUsed }

    /// What is known of scripts and functions, without what they were compiled to.
    var memoryUsed: Int { cache.memoryUsed + libraries.memoryUsed }

    subscript(kind: ScriptHost.Kind) -> ScriptHost {
        @inline(__always) _read {
            switch kind {
            case .evaluation: yield evaluation
            case .functions: yield functions
            }
        }
        @inline(__always) _modify {
            switch kind {
            case .evaluation: yield &evaluation
            case .functions: yield &functions
            }
        }
    }
}
