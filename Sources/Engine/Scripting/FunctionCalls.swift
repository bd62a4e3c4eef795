// FCALL: from the name of a function to its call. And what all libraries are when they leave the server.

import Lua

extension CommandContext {
    mutating func callFunction(
        _ arguments: Arguments, mustOnlyRead: Bool, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        // What the function does is shown behind it.
        if _slowPath(!observation.monitors.isEmpty) { feedMonitors(arguments) }
        guard let function = scripts.libraries.function(named: arguments[1]) else {
            throw .because("ERR Function not found")
        }
        guard (try? arguments.integer(2)) != nil else { throw .because("ERR Bad number of keys provided") }
        let keyCount = try scriptKeyCount(arguments)
        let task = ScriptTask(
            kind: .functions, name: .function(function.name), function: scripts.functions.callback(function.number),
            flags: function.flags, mustOnlyRead: mustOnlyRead, keyCount: keyCount)
        try run(task, arguments, &reply)
    }

    /// The code of each library, as snapshots and logs have it.
    var functionLibraries: [Word] { scripts.libraries.all.map(\.code) }

    /// What FUNCTION DUMP answers.
    var dumpOfLibraries: ObjectWriter {
        var writer = ObjectWriter(settings.compressesStrings ? .now : .never, version: settings.plainSnapshotVersion)
        for library in scripts.libraries.all {
            writer.append(opcode: .function)
            withBytes(of: library.code) { writer.append(string: $0) }
        }
        writer.append(number: UInt64(settings.plainSnapshotVersion), size: 2)
        writer.append(number: CRC64.checksum(of: writer.output.contents), size: 8)
        return writer
    }

    /// The code of each library in what FUNCTION DUMP has answered.
    mutating func libraryCodes(in payload: Bytes) throws(CommandError) -> [[UInt8]] {
        guard let payload = DumpPayload(payload, checkingSum: !skipsChecksums) else {
            throw .because("ERR DUMP payload version or checksum are wrong")
        }
        var source = PayloadReader(payload.value), codes: [[UInt8]] = []
        while source.remaining > 0 {
            guard let type = try? source.byte() else { throw .because("ERR can not read data type") }
            switch SnapshotOpcode(rawValue: type) {
            case .function: break
            case .earlyFunction: throw .because("ERR Pre-GA function format not supported")
            default: throw .because("ERR given type is not a function")
            }
            var code = Buffer()
            do throws(PayloadError) { try RDBReader.copyString(from: &source, to: &code) } catch {
                throw .because("ERR Failed loading library payload")
            }
            codes.append(code.contents.array)
        }
        return codes
    }
}
