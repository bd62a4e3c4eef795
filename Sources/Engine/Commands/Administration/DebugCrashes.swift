// The subcommands of DEBUG that end the process badly, to see what its report says.

internal import Platform

extension CommandContext {
    /// Does not return if `name` is a way to crash.
    mutating func crash(_ name: String, _ arguments: Arguments) {
        let exits = settings.exitsOnPanic
        switch name {
        case "segfault": host.crash(.memoryViolation)
        case "panic":
            host.crash(.panic(meditation("DEBUG PANIC called at Unix time \(now / 1000)"), exiting: exits))
        case "oom":
            let size = Int.max
            log.warning("Out Of Memory allocating \(size) bytes!")
            let reason = "Redis aborting for OUT OF MEMORY. Allocating \(size) bytes!"
            host.crash(.panic(meditation(reason), exiting: exits))
        case "assert": host.crash(.panic(failedAssertion(arguments), exiting: exits))
        default: return
        }
    }

    private func meditation(_ reason: String) -> [String] {
        [
            "------------------------------------------------",
            "!!! Software Failure. Press left mouse button to continue",
            "Guru Meditation: \(reason)",
        ]
    }

    private func failedAssertion(_ arguments: Arguments) -> [String] {
        var lines = [
            "=== ASSERTION FAILED CLIENT CONTEXT ===", "client = \(describe(current))",
            "client->argc = \(arguments.count)",
        ]
        for index in 0..<arguments.count { lines.append("client->argv[\(index)] = \(arguments[index].quoted)") }
        return lines + ["=== ASSERTION FAILED ===", "==> '1 == 2' is not true"]
    }
}
