// PFSELFTEST

enum PFSELFTEST: Command {
    static let declaration = Declaration(
        "pfselftest", .hyperloglog, since: "2.8.9", complexity: "N/A",
        summary: "An internal command for testing HyperLogLog values.",
        flags: [.administration, .system])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        if let failure = context.registerFailure() ?? context.estimateFailure() { throw context.error(failure) }
        reply.ok()
    }
}

extension CommandContext {
    /// Registers hold what they are told, and leave their neighbours alone.
    fileprivate func registerFailure() -> String? {
        var known = [UInt8](repeating: 0, count: HyperLogLog.registerCount)
        var string = StringEditor(capacity: HyperLogLog.denseSize, heap: keyspace.heap)
        defer { string.end() }
        string.makeEmptyHyperLogLog()
        guard (try? string.makeDense()) != nil else { return "TESTFAILED an empty value cannot be dense" }
        for _ in 0..<10 {
            for register in known.indices {
                let value = UInt8(truncatingIfNeeded: keyspace.heap.random()) & 63
                known[register] = max(known[register], value)
                var form = HyperLogLog.Form.dense
                _ = try? string.raise(register, to: value, &form, longestSparse: 0)
            }
            for register in known.indices where string.bytes.denseRegister(register) != known[register] {
                return "TESTFAILED Register \(register) should be \(known[register]) but is "
                    + "\(string.bytes.denseRegister(register))"
            }
        }
        return nil
    }

    /// Both forms count the same, and well enough.
    fileprivate func estimateFailure() -> String? {
        let longestSparse = keyspace.heap.limits.hyperLogLogSparseSize
        var dense = StringEditor(capacity: HyperLogLog.denseSize, heap: keyspace.heap)
        var sparse = StringEditor(capacity: HyperLogLog.headerSize, heap: keyspace.heap)
        defer {
            dense.end()
            sparse.end()
        }
        dense.makeEmptyHyperLogLog()
        sparse.makeEmptyHyperLogLog()
        guard (try? dense.makeDense()) != nil else { return "TESTFAILED an empty value cannot be dense" }
        var forms = (dense: HyperLogLog.Form.dense, sparse: HyperLogLog.Form.sparse)
        let seed = keyspace.heap.random()
        var checkpoint = 1
        for number in 1...100_000 {
            var text = Buffer()
            text.append(decimal: Int64(bitPattern: seed ^ UInt64(number)))
            let element = HyperLogLogElement(text.contents)
            _ = try? dense.raise(element.register, to: element.rank, &forms.dense, longestSparse: longestSparse)
            _ = try? sparse.raise(element.register, to: element.rank, &forms.sparse, longestSparse: longestSparse)
            guard number == checkpoint else { continue }
            checkpoint *= 10
            if number < longestSparse / 2, forms.sparse != .sparse { return "TESTFAILED sparse encoding not used" }
            let counted = dense.bytes.registerHistogram(.dense)?.estimate ?? -1
            if sparse.bytes.registerHistogram(forms.sparse)?.estimate != counted {
                return "TESTFAILED dense/sparse disagree"
            }
            // Six times the standard error; ten elements are few enough to collide now and then.
            let largest = number == 10 ? 1 : (6 * 1.04 / 128 * Double(number)).rounded(.up)
            let difference = abs(Double(counted) - Double(number))
            if difference > largest {
                return "TESTFAILED Too big error. card:\(number) abserr:\(Int(difference))"
            }
        }
        return nil
    }
}
