// Runs a script in a machine of its own and gives back what it printed. `print` is a host function here.

@testable import Lua

/// What a script printed, line by line; an error that left it comes last, behind "error: ".
struct MachineRun {
    private(set) var output = ""
    /// Pauses because the budget was spent.
    private(set) var pauses = 0

    /// `configure` may put host functions into the globals; numbers below 8 are this helper's. A pause beyond
    /// `maximumPauses` kills the script.
    init(
        _ source: String, limits: Limits = Limits(), chunkName: String = "=test", maximumPauses: Int = 10_000,
        configure: (inout Machine) -> Void = { _ in }
    ) {
        var machine = Machine(limits: limits)
        configure(&machine)
        do throws(Raised) {
            try machine.openLibraries()
            try machine.rawSet(machine.globals, field: "print", Value(NativeFunction(host: 0)))
            machine.keep()
            let bytes = Array(source.utf8)
            let name = Array(chunkName.utf8)
            let script = try unsafe machine.load(bytes.span.bytes, chunkName: name.span.bytes)
            machine.begin(script)
        } catch {
            output += "error: \(MachineRun.shown(machine.raised, in: machine))\n"
            return
        }
        run(&machine, maximumPauses)
        machine.end()
    }

    private mutating func run(_ machine: inout Machine, _ maximumPauses: Int) {
        while true {
            switch machine.run() {
            case .finished: return
            case .failed:
                output += "error: \(MachineRun.shown(machine.raised, in: machine))\n"
                return
            case .paused:
                pauses += 1
                if pauses > maximumPauses { machine.kill("killed") }
            case .hostCall(_, let call):
                let values = (0..<call.count).map { MachineRun.shown(machine[argument: $0, of: call], in: machine) }
                output += values.joined(separator: "\t") + "\n"
                machine.finishHostCall(results: 0)
            }
        }
    }

    /// As `tostring` shows simple values, without addresses.
    private static func shown(_ value: Value, in machine: borrowing Machine) -> String {
        if value.isString { return machine.text(of: value).string }
        if value.isNil { return "nil" }
        if value.isBoolean { return value.boolean ? "true" : "false" }
        if !value.isNumber { return "\(value.typeName)" }
        var builder = ByteBuilder(limit: 64)
        machine.append(number: value.number, to: &builder)
        return builder.text.string
    }
}
