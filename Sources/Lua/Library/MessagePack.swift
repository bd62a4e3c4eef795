// The library `cmsgpack`: values as MessagePack, as lua-cmsgpack 0.4.0 packs and unpacks them.

/// The functions of `cmsgpack`.
enum MessagePackLibrary {
    enum Function: UInt8, LibraryFunction { case pack, unpack, unpack_one, unpack_limit }

    static func open(_ machine: inout Machine) throws(Raised) {
        let table = try machine.makeLibrary("cmsgpack", fields: 0)
        try machine.define(Function.self, of: .messagePack, in: table)
        try machine.rawSet(table, field: "_NAME", try machine.makeString("cmsgpack"))
        try machine.rawSet(table, field: "_VERSION", try machine.makeString("lua-cmsgpack 0.4.0"))
        let authors: StaticString = "Copyright (C) 2012, Salvatore Sanfilippo"
        try machine.rawSet(table, field: "_COPYRIGHT", try machine.makeString(authors))
        let description: StaticString = "MessagePack C implementation for Lua"
        try machine.rawSet(table, field: "_DESCRIPTION", try machine.makeString(description))
    }

    static func call(_ function: UInt8, _ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Int {
        switch Function(rawValue: function) {
        case .pack: return try pack(&machine, call)
        case .unpack: return try unpack(&machine, call, limit: 0, offset: 0, arguments: call.count)
        case .unpack_one:
            let offset = try machine.integer(argument: 1, of: call, default: 0)
            return try unpack(&machine, call, limit: 1, offset: offset, arguments: 1)
        case .unpack_limit:
            let limit = try machine.integer(argument: 1, of: call)
            let offset = try machine.integer(argument: 2, of: call, default: 0)
            return try unpack(&machine, call, limit: limit, offset: offset, arguments: 1)
        case nil: return 0
        }
    }

    /// All arguments, one after the other.
    private static func pack(_ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Int {
        if call.count == 0 { throw machine.argumentError(-1, "MessagePack pack needs input.") }
        if call.count > Machine.slotsOfNative / 2 {
            throw machine.argumentError(-1, "Too many arguments for MessagePack pack.")
        }
        return try goOn(MessagePackEncoder(machine.makeBuilder()), &machine, call)
    }

    /// Goes on packing arguments.
    static func goOn(
        _ encoder: consuming MessagePackEncoder, _ machine: inout Machine, _ call: NativeCall
    ) throws(Raised) -> Int {
        guard try encoder.append(argumentsOf: call, &machine) else { return machine.suspend(.packing(encoder)) }
        machine.push(try machine.makeString(encoder.finish()))
        return 1
    }

    /// As many values as the limit says, from an offset on; all of them if both are 0. With a limit, the offset behind
    /// them comes first, or -1 at the end.
    private static func unpack(
        _ machine: inout Machine, _ call: NativeCall, limit: Int, offset: Int, arguments: Int
    ) throws(Raised) -> Int {
        let input = try machine.text(argument: 0, of: call)
        let isAll = limit == 0 && offset == 0
        if offset < 0 || limit < 0 {
            // What it calls the limit is the length of the input.
            throw machine.error(
                "Invalid request to unpack with offset of \(Int32(truncatingIfNeeded: offset))"
                    + " and limit of \(Int32(truncatingIfNeeded: input.count)).")
        }
        if offset > input.count {
            throw machine.error(
                "Start offset \(Int32(truncatingIfNeeded: offset)) greater than input length"
                    + " \(Int32(truncatingIfNeeded: input.count)).")
        }
        let unpacking = MessagePackUnpacking(
            isAll: isAll, most: isAll ? Int(Int32.max) : limit, slotsBefore: arguments, place: machine.top, from: offset
        )
        if !isAll { machine.push(.nil) }
        return try goOn(unpacking, &machine, call)
    }

    /// Goes on unpacking the first argument.
    static func goOn(
        _ unpacking: consuming MessagePackUnpacking, _ machine: inout Machine, _ call: NativeCall
    ) throws(Raised) -> Int {
        var decoder = MessagePackDecoder(try machine.text(argument: 0, of: call), unpacking)
        while !decoder.isComplete {
            guard let value = try decoder.value(&machine) else { return machine.suspend(.unpacking(decoder.progress)) }
            try machine.reserve(slots: 1)
            machine.push(value)
            decoder.countResult()
        }
        let unpacked = decoder.progress
        if unpacked.isAll { return unpacked.results }
        try machine.checkSlots(unpacked.slotsBefore &+ unpacked.results &+ 1, "in function mp_unpack_full")
        machine[slot: unpacked.place] = Value(decoder.isAtEnd ? -1 : Double(unpacked.position))
        return unpacked.results &+ 1
    }
}
