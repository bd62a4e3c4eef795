// The words of a call that a script makes, listed where they lie, and room for its answer.
// Ownership rule: the machine owns its strings and moves none of them while a host function is served; the scratch
// buffer is large enough before anything in it is listed.

import Lua

/// What calls of a script need again and again; it is lent to the script that runs.
struct ScriptCalls: ~Copyable {
    /// The words of the call.
    private var list = WordList()
    /// The digits of numbers among them.
    private var digits = Buffer()
    /// Its answer.
    var reply = ReplyWriter(capacity: 1024)

    /// Room for the digits of one number: at most 24 bytes, and what a store may touch behind them.
    private static let mostDigits = 64

    var words: ArgumentList { list.arguments }

    /// Lists the arguments of a call as the words of a command. False if one of them is neither string nor number.
    /// The words are good until the next call, as long as no script runs.
    @inline(__always)
    mutating func take(_ call: NativeCall, of host: borrowing ScriptHost) -> Bool {
        list.removeAll()
        var hasNumbers = false
        for index in 0..<call.count {
            let value = host.machine[argument: index, of: call]
            if _fastPath(value.isString) {
                list.append(host.bytes(of: value))
            } else if value.isNumber {
                if !hasNumbers {
                    hasNumbers = true
                    digits.truncate(to: 0)
                    digits.reserve((call.count &- index) &* ScriptCalls.mostDigits)
                }
                ScriptCalls.append(value.number, to: &list, &digits)
            } else {
                return false
            }
        }
        return true
    }

    /// A number as a command takes it: whole ones in full.
    private static func append(_ number: Double, to list: inout WordList, _ digits: inout Buffer) {
        let start = digits.count
        if number.magnitude <= 0x1p62, number == number.rounded(.towardZero) {
            digits.append(decimal: Int64(number))
        } else {
            digits.append(double: number)
        }
        list.append(digits.contents.dropping(first: start))
    }

    /// Forgets the answer; a large one leaves no memory behind.
    @inline(__always) mutating func endCall() {
        reply.removeAll()
        reply.giveBackMemory(above: 64 << 10)
    }

    /// Gives back the memory of long calls.
    mutating func trim() {
        if digits.capacity > 64 << 10 { digits.reset() }
        if list.capacity > 4096 { list = WordList() }
    }
}
