// apus-lua [--collect-always] [--chunks] [--turns] [--pauses N] [--budget N] [--memory BYTES] [--stack SLOTS] FILE:
// runs a Lua file on our machine, for the scripts that compare it with lua5.1. --chunks: the file is many chunks, each
// behind a line `--@@ name`, and each has a patience of its own (--pauses times the budget). --turns: each is ended
// after half a second, and the longest processor time between two pauses is told. Of the outside world there are
// `print` and `io.write`, no more.

import Glibc
import Lua

/// What the command line says.
struct Options {
    var path = ""
    var collectsAlways = false
    var hasManyChunks = false
    var pauses = Int.max
    var tellsTurns = false
    var limits = Limits()

    init(_ words: ArraySlice<String>) {
        var words = words
        while let word = words.popFirst() {
            switch word {
            case "--collect-always": collectsAlways = true
            case "--chunks": hasManyChunks = true
            case "--turns": tellsTurns = true
            case "--pauses": pauses = words.popFirst().flatMap { Int($0) } ?? 0
            case "--budget": limits.budget = words.popFirst().flatMap { Int($0) } ?? limits.budget
            case "--memory": limits.memory = words.popFirst().flatMap { Int($0) } ?? limits.memory
            case "--stack": limits.stackSlots = words.popFirst().flatMap { Int($0) } ?? limits.stackSlots
            default: path = word
            }
        }
    }
}

/// Output that leaves line by line, so that what was said is not lost when the process is ended.
struct Output {
    private var bytes: [UInt8] = []

    mutating func write(_ more: [UInt8]) {
        bytes.append(contentsOf: more)
        if more.last == 10 || bytes.count > 1 << 16 { flush() }
    }

    mutating func write(_ text: String) { bytes.append(contentsOf: text.utf8) }

    mutating func flush() {
        bytes.withUnsafeBytes { (rest) in
            var rest = rest[...]
            while !rest.isEmpty {
                let written = Glibc.write(1, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if written <= 0 { exit(1) }
                rest = rest.dropFirst(written)
            }
        }
        bytes.removeAll(keepingCapacity: true)
    }
}

/// What is defined in Lua itself: stock `print` asks the global `tostring`.
let prelude = """
    local write, select, type, error, tostring_ = __write, select, type, error, tostring
    __write = nil
    function print(...)
        for i = 1, select("#", ...) do
            local text = tostring((select(i, ...)))
            if type(text) ~= "string" and type(text) ~= "number" then
                error("'tostring' must return a string to 'print'")
            end
            if i > 1 then write("\\t") end
            write(tostring_(text))
        end
        write("\\n")
    end
    io = {write = function(...) for i = 1, select("#", ...) do write(tostring_((select(i, ...)))) end end}
    """

/// One machine and what it has said.
struct Runner: ~Copyable {
    var machine: Machine
    var output = Output()
    let options: Options
    /// The longest of a chunk.
    var turn = 0.0

    init(_ options: Options) {
        self.options = options
        machine = Machine(limits: options.limits)
        machine.collectsAlways = options.collectsAlways
        do {
            try machine.openLibraries()
            try machine.openSystemLibrary()
            try machine.rawSet(machine.globals, field: "__write", Value(NativeFunction(host: 0)))
        } catch {
            fatalError("the libraries do not fit into the memory")
        }
        machine.keep()
        if let problem = run(Array(prelude.utf8), name: "=prelude") { fatalError(problem) }
        machine.keep()
    }

    /// Runs a chunk to its end. What went wrong, if anything did.
    mutating func run(_ source: [UInt8], name: String) -> String? {
        let function: Value
        do {
            function = try machine.load(source.span.bytes, chunkName: Array(name.utf8).span.bytes)
        } catch {
            return raisedText()
        }
        machine.begin(function)
        turn = 0
        defer { timed { $0.end() } }
        let start = seconds()
        var pauses = 0
        while true {
            if options.tellsTurns, seconds() - start > 0.5 { machine.kill("the time is up") }
            switch timed({ $0.run() }) {
            case .finished: return nil
            case .failed: return raisedText()
            case .paused:
                pauses += 1
                if pauses == options.pauses { machine.kill("out of patience") }
            case .hostCall(_, let call): write(call)
            }
        }
    }

    private mutating func timed<Result>(_ body: (inout Machine) -> Result) -> Result {
        let start = options.tellsTurns ? seconds() : 0
        let result = body(&machine)
        if options.tellsTurns { turn = max(turn, seconds() - start) }
        return result
    }

    private mutating func write(_ call: NativeCall) {
        let text = machine[argument: 0, of: call]
        if text.isString { output.write(machine.bytes(of: text).withUnsafeBytes { [UInt8]($0) }) }
        machine.finishHostCall(results: 0)
    }

    private func raisedText() -> String {
        let value = machine.raised
        guard value.isString else { return "(error object is a \(value.typeName) value)" }
        return machine.bytes(of: value).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}

/// Of the processor.
func seconds() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
}

func fail(_ message: String) -> Never {
    let line = Array("apus-lua: \(message)\n".utf8)
    _ = Glibc.write(2, line, line.count)
    exit(1)
}

func readFile(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while true {
        let piece = [UInt8](unsafeUninitializedCapacity: 1 << 16) { (space, count) in
            count = fread(space.baseAddress, 1, 1 << 16, file)
        }
        if piece.isEmpty { return bytes }
        bytes.append(contentsOf: piece)
    }
}

/// The chunks of a file, each with the words behind its mark.
func chunks(of source: [UInt8]) -> [(name: String, source: [UInt8])] {
    var found: [(name: String, source: [UInt8])] = []
    let mark = Array("--@@ ".utf8)
    for line in source.split(separator: 10, omittingEmptySubsequences: false) {
        if line.starts(with: mark) {
            found.append((String(decoding: line.dropFirst(mark.count), as: UTF8.self), []))
        } else if !found.isEmpty {
            found[found.count - 1].source += line + [10]
        }
    }
    return found
}

let options = Options(CommandLine.arguments.dropFirst())
guard var source = readFile(options.path) else { fail("cannot open \(options.path)") }
var runner = Runner(options)
if options.hasManyChunks {
    for chunk in chunks(of: source) {
        runner.output.write("@@ \(chunk.name)\n")
        runner.output.flush()
        let end = runner.run(chunk.source, name: "=p") ?? "well"
        runner.output.write(end + "\n")
        if options.tellsTurns { runner.output.write("longest turn: \(Int(runner.turn * 1000)) ms\n") }
    }
} else {
    // The first line of a file may be for the shell.
    if source.first == 35 { source.removeFirst(source.firstIndex(of: 10) ?? source.count) }
    if let problem = runner.run(source, name: "@" + options.path) {
        runner.output.flush()
        fail(problem)
    }
}
runner.output.flush()
