// How a library is loaded: its code runs once, in a world where it can register functions and little else, and not for
// long. What it has registered becomes known at once, or not at all.

internal import Platform
import Lua

/// A library whose code runs.
struct LibraryLoad {
    var functions: [LibraryFunction] = []
}

extension CommandContext {
    /// So long may the code of a library run: of a client, and of a file of this server.
    static let libraryTimeoutMilliseconds = 500, savedLibraryTimeoutMilliseconds = 60_000

    // MARK: One library

    /// Loads a library and says what it is called. An error is always composed.
    mutating func loadLibrary(_ code: Bytes, replacing: Bool, timeout: Int) throws(CommandError) -> [UInt8] {
        var message = ""
        guard let line = LibraryLine(of: code, &message) else { throw error("ERR \(message)") }
        let old = scripts.libraries.index(ofLibrary: line.name)
        if old != nil, !replacing { throw error("ERR Library '\(line.name.quotable)' already exists") }
        let library = try prepareLibrary(code, line, timeout: timeout)
        if let name = firstTaken(in: library, besides: [line.name]) {
            discard(library)
            throw error("ERR Function \(name) already exists")
        }
        if let old { discard(scripts.libraries.remove(at: old)) }
        scripts.libraries.insert(library)
        return line.name
    }

    /// A function of the library whose name has been taken, by a library of another name.
    private func firstTaken(in library: FunctionLibrary, besides replaced: [[UInt8]]) -> String? {
        for other in scripts.libraries.all where !replaced.contains(other.name) {
            if let name = other.firstShared(with: library) { return name }
        }
        return nil
    }

    /// Its functions are forgotten.
    mutating func discard(_ library: FunctionLibrary) { discard(library.functions) }

    private mutating func discard(_ functions: [LibraryFunction]) {
        for function in functions {
            try? scripts.functions.setCallback(function.number, .nil)
            scripts.libraries.giveBack(function.number)
        }
    }

    // MARK: Several libraries

    /// What FUNCTION RESTORE does with libraries that are there already.
    enum RestorePolicy { case flush, append, replace }

    /// Loads the libraries of a payload, all or none.
    mutating func restoreLibraries(_ codes: [[UInt8]], _ policy: RestorePolicy) throws(CommandError) {
        var libraries: [FunctionLibrary] = []
        do throws(CommandError) {
            for code in codes {
                let library = try restored(code)
                libraries.append(library)
                let others = libraries.dropLast()
                if others.contains(where: { $0.name == library.name }) {
                    throw error("ERR Library '\(library.name.quotable)' already exists")
                }
                if let name = others.lazy.compactMap({ $0.firstShared(with: library) }).first {
                    throw error("ERR Function \(name) already exists")
                }
            }
            try makeRoom(for: libraries, policy)
        } catch {
            for library in libraries { discard(library) }
            throw error
        }
        for library in libraries { scripts.libraries.insert(library) }
    }

    private mutating func restored(_ code: [UInt8]) throws(CommandError) -> FunctionLibrary {
        var message = "", result: FunctionLibrary?, failure: CommandError?
        withBytes(of: code) { bytes in
            guard let line = LibraryLine(of: bytes, &message) else {
                failure = error("ERR \(message)")
                return
            }
            do throws(CommandError) {
                result = try prepareLibrary(bytes, line, timeout: CommandContext.libraryTimeoutMilliseconds)
            } catch { failure = error }
        }
        guard let result else { throw failure ?? error("ERR failed loading the given functions payload") }
        return result
    }

    /// Takes out the libraries that those to come replace, if none of the others is in their way.
    private mutating func makeRoom(for libraries: [FunctionLibrary], _ policy: RestorePolicy) throws(CommandError) {
        let names = libraries.map(\.name)
        let replaced = scripts.libraries.all.map(\.name).filter { policy == .flush || names.contains($0) }
        if policy == .append, let name = replaced.first {
            throw error("ERR Library \(name.quotable) already exists")
        }
        for library in libraries {
            if let name = firstTaken(in: library, besides: replaced) {
                throw error("ERR Function \(name) already exists")
            }
        }
        for name in replaced {
            if let index = scripts.libraries.index(ofLibrary: name) { discard(scripts.libraries.remove(at: index)) }
        }
    }

    /// All libraries are forgotten, and whatever was left in their machine.
    mutating func flushLibraries() {
        // A function that runs keeps its machine.
        if scripts.run.isRunning {
            while !scripts.libraries.all.isEmpty { discard(scripts.libraries.remove(at: 0)) }
            return
        }
        heapReturn.bytesGivenBack &+= scripts.functions.machine.memoryReserved
        scripts.libraries = FunctionLibraries()
        scripts.functions = ScriptHost(.functions, reporting: settings.reportedVersion)
    }

    // MARK: Running its code

    /// Runs the code of a library. Its functions are registered, but nobody finds them yet.
    private mutating func prepareLibrary(
        _ code: Bytes, _ line: LibraryLine, timeout: Int
    ) throws(CommandError) -> FunctionLibrary {
        if scripts.run.isRunning { throw error("ERR Functions cannot be loaded by scripts") }
        let began = timingStart
        scripts.load = LibraryLoad()
        let failure = register(code.dropping(first: line.length), timeout: timeout)
        let functions = scripts.load?.functions ?? []
        scripts.load = nil
        timingStart = began
        if let failure {
            discard(functions)
            throw error("ERR \(failure)")
        }
        if functions.isEmpty { throw error("ERR No functions registered") }
        return FunctionLibrary(name: line.name, code: code.array, functions: functions)
    }

    /// Lets the code register functions; what went wrong, if anything did.
    private mutating func register(_ code: Bytes, timeout: Int) -> String? {
        scripts.functions.machine.limits.memory = scriptMemoryLimit
        let chunk: Value
        do throws(Raised) {
            try scripts.functions.open()
            try scripts.functions.setLoadingLibrary(true)
            chunk = try scripts.functions.machine.load(code.span, chunkName: Bytes("@user_function").span)
        } catch {
            let raised = scripts.functions.machine.raised
            let text = raised.isString ? scripts.functions.bytes(of: raised).quotableText : "not enough memory"
            try? scripts.functions.setLoadingLibrary(false)
            return "Error compiling function: \(text)"
        }
        let failure = drive(chunk, timeout: timeout)
        try? scripts.functions.setLoadingLibrary(false)
        scripts.functions.machine.forget(chunk)
        endMachine(of: .functions)
        return failure.map { "Error registering functions: \($0)" }
    }

    private mutating func drive(_ chunk: Value, timeout: Int) -> String? {
        let start = Ticks.now
        var calls = ScriptCalls()
        scripts.functions.machine.begin(chunk)
        while true {
            switch scripts.functions.machine.run() {
            case .hostCall(let number, let call): serveOther(number, call, of: .functions, &calls)
            case .paused: break
            case .finished: return nil
            case .failed: return textOfFailure
            }
            if observation.nanoseconds(Ticks.now &- start) / 1_000_000 > UInt64(timeout) {
                return "ERR FUNCTION LOAD timeout"
            }
        }
    }

    /// The text of the error that the code has ended with.
    private var textOfFailure: String {
        let raised = scripts.functions.machine.raised
        if raised.isString { return "ERR " + scripts.functions.bytes(of: raised).quotableText }
        guard raised.isTable else { return "ERR unknown error" }
        let text = scripts.functions.machine.rawGet(raised, scripts.functions.names.err)
        return text.isString ? scripts.functions.bytes(of: text).quotableText : "ERR unknown error"
    }
}

extension FunctionLibrary {
    /// The name of a function that the other library has too.
    fileprivate func firstShared(with other: FunctionLibrary) -> String? {
        for one in other.functions {
            for mine in functions
            where withBytes(of: one.name, { name in withBytes(of: mine.name) { FunctionLibraries.areAlike($0, name) } })
            {
                return one.name.quotable
            }
        }
        return nil
    }
}
