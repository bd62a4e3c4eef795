// Turns of the event loop while a script runs long.

extension CommandContext {
    mutating func beginBusyTurns(_ reply: inout ReplyWriter) {}
    mutating func turnWhileBusy() {}
    mutating func endBusyTurns() {}
}
