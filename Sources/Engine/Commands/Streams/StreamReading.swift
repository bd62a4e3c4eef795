// What XREAD and XREADGROUP read from their words, in the order in which Redis complains.

/// A call of XREAD or XREADGROUP.
struct StreamReading {
    /// Where the keys are; as many numbers follow.
    var keys = 0..<0
    /// At most so many entries of each stream; 0 for all.
    var limit: Int64 = 0
    var waits = false
    /// When the wait is over; nil for never.
    var deadline: Int64?
    /// XREADGROUP: where the name of the group stands, and behind it that of the consumer.
    var groupIndex = 0
    /// XREADGROUP: what is delivered counts as acknowledged.
    var needsNoAcknowledgement = false
    /// XREADGROUP: what was delivered so many milliseconds ago and is not acknowledged is claimed first; nil for
    /// nothing.
    var claimIdleMilliseconds: Int64?

    init(_ arguments: Arguments, isGroup: Bool, _ now: Int64, mayWait: Bool) throws(CommandError) {
        var index = 1, found = false
        while index < arguments.count, !found {
            let more = arguments.count &- index &- 1, name = FoldedName(arguments[index])
            if name == FoldedName("streams"), more > 0 {
                try readKeys(arguments, from: index &+ 1, isGroup: isGroup)
                found = true
            } else if name == FoldedName("count"), more > 0 {
                index &+= 1
                limit = max(0, try arguments.integer(index))
            } else if name == FoldedName("group"), more >= 2 {
                guard isGroup else {
                    throw .because(
                        "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.")
                }
                groupIndex = index &+ 1
                index &+= 2
            } else if name == FoldedName("block"), more > 0 {
                guard mayWait else {
                    throw isGroup
                        ? .because("ERR xreadgroup command is not allowed with BLOCK option from scripts")
                        : .because("ERR xread command is not allowed with BLOCK option from scripts")
                }
                index &+= 1
                deadline = try arguments.waitDeadline(milliseconds: index, from: now)
                waits = true
            } else if name == FoldedName("claim"), more > 0 {
                index &+= 1
                claimIdleMilliseconds = try StreamReading.leastIdle(arguments[index], isGroup: isGroup)
            } else if name == FoldedName("noack") {
                guard isGroup else {
                    throw .because(
                        "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.")
                }
                needsNoAcknowledgement = true
            } else {
                throw .syntax
            }
            index &+= 1
        }
        guard found else { throw .syntax }
        if isGroup, groupIndex == 0 { throw .because("ERR Missing GROUP option for XREADGROUP") }
    }

    private static func leastIdle(_ word: Bytes, isGroup: Bool) throws(CommandError) -> Int64 {
        guard isGroup else {
            throw .because("ERR The CLAIM option is only supported by XREADGROUP. You called XREAD instead.")
        }
        guard let number = word.integer else { throw .because("ERR min-idle-time is not an integer or out of range") }
        guard number >= 0 else { throw .because("ERR min-idle-time must be a positive integer") }
        return number
    }

    private mutating func readKeys(_ arguments: Arguments, from start: Int, isGroup: Bool) throws(CommandError) {
        let words = arguments.count &- start
        guard words & 1 == 0 else {
            throw isGroup
                ? .because(
                    "ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be specified.")
                : .because(
                    "ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be specified.")
        }
        keys = start..<start &+ words / 2
    }

    /// Where the number stands that belongs to a key.
    @inline(__always) func idIndex(of key: Int) -> Int { key &+ keys.count }
}

extension Bytes {
    /// The view is this one character.
    @inline(__always) func isCharacter(_ character: Unicode.Scalar) -> Bool {
        count == 1 && self[0] == UInt8(truncatingIfNeeded: character.value)
    }
}
