// The values of errors: messages in 5.1's words, with the position of the running function before them.

extension Machine {
    /// An error with the position of the running Lua function before the message, as luaL_error makes it.
    public mutating func error(_ message: String) -> Raised { raise(position(level: 1) + Array(message.utf8)) }

    /// An error with just this value.
    public mutating func error(value: Value) -> Raised {
        raised = value
        return Raised()
    }

    /// An error of the machine itself: with a position if the function on top is written in Lua.
    @inline(never)
    mutating func runtimeError(_ message: String) -> Raised { raise(positionOfTop + Array(message.utf8)) }

    /// An error of the heap, which knows no positions, gets one.
    mutating func located() -> Raised {
        if heap.isOutOfMemory || !raised.isString { return Raised() }
        return raise(positionOfTop + text(of: raised).array)
    }

    mutating func errorInErrorHandling() -> Raised { raise(Array("error in error handling".utf8)) }

    mutating func raise(_ message: [UInt8]) -> Raised {
        do throws(Raised) { raised = try makeString(message) } catch { return error }
        return Raised()
    }

    // MARK: positions

    /// "chunk:line:" of the function on top, if it is written in Lua.
    var positionOfTop: [UInt8] {
        thread.frameCount > 0 ? position(ofFrame: thread.frameCount - 1) : []
    }

    /// The position "chunk:line:" of the function at a level (1: the function that called the native one), or empty.
    func position(level: Int) -> [UInt8] {
        guard let index = frame(atLevel: level) else { return [] }
        return position(ofFrame: index)
    }

    /// The index of the frame at a level; nothing if it made way for a tail call, or there is none.
    func frame(atLevel level: Int) -> Int? {
        var left = level
        var index = thread.frameCount - 1
        if !isStepping {
            if left == 0 { return nil }
            left -= 1
        }
        while left > 0 && index >= 0 {
            left -= 1
            if thread.frames[index].kind == .lua { left -= Int(thread.frames[index].tailCalls) }
            index -= 1
        }
        return left == 0 && index >= 0 ? index : nil
    }

    func position(ofFrame index: Int) -> [UInt8] {
        let frame = thread.frames[index]
        guard frame.kind == .lua else { return [] }
        let code = heap.codes[heap.closures[frame.closure].code]
        let name = code.shortName.isString ? text(of: code.shortName).array : [UInt8(ascii: "?")]
        return name + Array(":\(line(of: frame)): ".utf8)
    }

    /// The line that the frame of a Lua function is at.
    func line(of frame: Frame) -> Int {
        let code = heap.codes[heap.closures[frame.closure].code]
        // A function that is killed stands before its next instruction, others behind the one that runs.
        let index = frame.position.index(in: code.instructions) - (isKilled ? 0 : 1)
        return index >= 0 && index < code.lines.count ? Int(code.lines[index]) : Int(code.firstLine)
    }

    /// The innermost Lua function: where an error arose.
    mutating func recordFailure() {
        var index = thread.frameCount - 1
        while index >= 0 && thread.frames[index].kind != .lua { index -= 1 }
        if index < 0 {
            failedAt = nil
            return
        }
        let frame = thread.frames[index]
        failedAt = (heap.codes[heap.closures[frame.closure].code].chunkName, line(of: frame))
    }

    // MARK: messages

    /// "attempt to index local 'x' (a nil value)". `slot` is where the value lies, if it lies in a register.
    @inline(never)
    mutating func typeError(_ value: Value, _ operation: StaticString, slot: Int?) -> Raised {
        var message = Array("attempt to \(operation) ".utf8)
        if let slot, let variable = variable(inSlot: slot) {
            message += Array("\(variable.kind) '".utf8) + variable.name.prefix { $0 != 0 } + Array("' (".utf8)
            message += Array("a \(value.typeName) value)".utf8)
        } else {
            message += Array("a \(value.typeName) value".utf8)
        }
        return raise(positionOfTop + message)
    }

    /// "attempt to compare two table values", "attempt to compare number with nil"
    mutating func comparisonError(_ one: Value, _ other: Value) -> Raised {
        let first = "\(one.typeName)"
        let second = "\(other.typeName)"
        if first == second { return runtimeError("attempt to compare two \(first) values") }
        return runtimeError("attempt to compare \(first) with \(second)")
    }

    /// "bad argument #1 to 'insert' (message)", in the words of luaL_argerror (the name is found in the calling
    /// instruction). `index` from 0.
    public mutating func argumentError(_ index: Int, _ message: String) -> Raised {
        argumentError(index, bytes: Array(message.utf8))
    }

    /// The same with a message that need not be UTF-8.
    mutating func argumentError(_ index: Int, bytes message: [UInt8]) -> Raised {
        var number = index + 1
        var name = [UInt8(ascii: "?")]
        let caller = thread.frameCount - (isStepping ? 2 : 1)
        if caller >= 0, let variable = calledVariable(inFrame: caller) {
            name = variable.name
            if variable.kind == .method {
                number -= 1
                if number == 0 {
                    let text =
                        Array("calling '".utf8) + name + Array("' on bad self (".utf8) + message + [UInt8(ascii: ")")]
                    return raise(position(level: 1) + text)
                }
            }
        }
        let text = Array("bad argument #\(number) to '".utf8) + name + Array("' (".utf8) + message
        return raise(position(level: 1) + text + [UInt8(ascii: ")")])
    }

    /// "bad argument #1 to 'insert' (table expected, got no value)"
    public mutating func typeError(_ index: Int, of call: NativeCall, expected: StaticString) -> Raised {
        let found: StaticString = index < call.count ? self[argument: index, of: call].typeName : "no value"
        return argumentError(index, "\(expected) expected, got \(found)")
    }
}
