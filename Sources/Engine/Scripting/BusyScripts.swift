// A script that takes long: from `busy-reply-threshold` on others are told so, and may end it as long as it has changed
// nothing. The machine pauses after so many instructions, and the loop turns once with nothing but this in mind.

import Lua
internal import Platform

extension CommandContext {
    /// The running script has spent its budget of instructions.
    @inline(never) mutating func pause(_ arguments: Arguments, _ reply: inout ReplyWriter) {
        // Whoever repeats a log has no connection, but others hear that it is being loaded.
        guard settings.busyReplyMilliseconds > 0, client.number != 0 || loading.isInForce else { return }
        if !scripts.run.isBusy {
            let elapsed = observation.nanoseconds(Ticks.now &- scripts.run.start) / 1_000_000
            guard elapsed >= UInt64(settings.busyReplyMilliseconds) else { return }
            for index in 0..<arguments.count { scripts.run.command.append(arguments[index].array) }
            beginBusyScript(elapsed, &reply)
        }
        turnWhileBusy()
        // A millisecond is long enough for nobody to be looked at.
        scripts.run.nextLook = Ticks.now &+ 1000 &* Ticks.perMicrosecond
        if scripts.run.isKilled {
            log.notice("Lua script killed by user with SCRIPT KILL.")
            scripts[scripts.run.kind].machine.kill("Script killed by user with SCRIPT KILL...")
        }
    }

    /// How long a script runs before others are told.
    @inline(__always) var ticksUntilBusy: UInt64 {
        let (microseconds, overflows) = settings.busyReplyMilliseconds.multipliedReportingOverflow(by: 1000)
        if overflows || microseconds <= 0 || microseconds >= 1 << 40 { return 1 << 62 }
        return UInt64(microseconds) &* Ticks.perMicrosecond
    }

    private mutating func beginBusyScript(_ milliseconds: UInt64, _ reply: inout ReplyWriter) {
        let command = scripts.run.kind == .evaluation ? "SCRIPT KILL" : "FUNCTION KILL"
        let name = String(decoding: scripts.run.name.text, as: UTF8.self)
        log.warning(
            "Slow script detected: still in execution after \(milliseconds) milliseconds. You can try killing the "
                + "script using the \(command) command. Script name is: \(name).")
        scripts.run.isBusy = true
        restrictServer(.busy, true)
        if client.number == 0 { beginBusyTurnsOfLoading() } else { beginBusyTurns(&reply) }
    }

    /// The script has come to its end all the same.
    mutating func endBusyScript() {
        restrictServer(.busy, false)
        endBusyTurns()
    }

    /// SCRIPT KILL and FUNCTION KILL.
    mutating func killScript(of kind: ScriptHost.Kind) throws(CommandError) {
        guard scripts.run.isRunning else { throw .because("NOTBUSY No scripts in execution right now.") }
        if scripts.run.hasWritten {
            throw .because(
                """
                UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait \
                the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.
                """)
        }
        guard scripts.run.kind == kind else { throw .because(busyText) }
        scripts.run.isKilled = true
    }

    /// What others are told while a script takes long.
    var busyText: StaticString {
        switch scripts.run.kind {
        case .evaluation:
            "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."
        case .functions:
            "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE."
        }
    }
}
