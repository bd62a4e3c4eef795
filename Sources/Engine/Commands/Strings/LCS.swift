// LCS key1 key2 [LEN] [IDX] [MINMATCHLEN min-match-len] [WITHMATCHLEN]

enum LCS: Command {
    static let declaration = Declaration(
        "lcs", .string, since: "7.0.0", complexity: "O(N*M) where N and M are the lengths of s1 and s2, respectively",
        summary: "Finds the longest common substring.",
        flags: [.readOnly],
        grammar: [
            .key("key1", .read), .key("key2", .read, found: .withPrevious), .token(Option.len), .token(Option.idx),
            .token(Option.minMatchLen, .integer("min-match-len")), .token(Option.withMatchLen),
        ])

    enum Option: Int, CommandOption { case len, idx, minMatchLen, withMatchLen }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        // Both are looked up before either is judged.
        let texts = (context.text(at: arguments.key(1)), context.text(at: arguments.key(2)))
        guard let first = texts.0, let second = texts.1 else {
            throw .because("ERR The specified keys must contain string values")
        }
        let request = try Request(arguments)
        if request.wantsLength, request.wantsMatches {
            throw .because("ERR If you want both the length and indexes, please just use IDX.")
        }
        let cells = (first.count + 1).multipliedReportingOverflow(by: second.count + 1)
        guard !cells.overflow, cells.partialValue <= context.settings.maxBulkLength / 4 else {
            throw .because("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len")
        }
        let common = CommonSubsequence(first, second)
        if request.wantsMatches {
            reply.matches(of: common, longerThan: request.leastLength, withLength: request.showsLengths)
        } else if request.wantsLength {
            reply.integer(common.length)
        } else {
            reply.bulk(array: common.bytes)
        }
    }
}

extension LCS {
    /// What is to be told of what the strings have in common. Every word is looked at as it comes.
    fileprivate struct Request {
        private(set) var wantsLength = false
        private(set) var wantsMatches = false
        private(set) var showsLengths = false
        private(set) var leastLength: Int64 = 0

        init(_ arguments: Arguments) throws(CommandError) {
            var index = 3
            while index < arguments.count {
                switch arguments.option(Option.self, at: index) {
                case .len: wantsLength = true
                case .idx: wantsMatches = true
                case .withMatchLen: showsLengths = true
                case .minMatchLen where index + 1 < arguments.count:
                    index += 1
                    leastLength = max(0, try arguments.integer(index))
                default: throw .syntax
                }
                index += 1
            }
        }
    }
}

extension CommandContext {
    /// The string at `key` as bytes of its own, empty if there is none; nil if it is no string.
    fileprivate mutating func text(at key: Key) -> [UInt8]? {
        do throws(CommandError) {
            return try keyspace.string(at: key)?.withBytes { $0.array } ?? []
        } catch {
            return nil
        }
    }
}

extension ReplyWriter {
    /// The ranges in which both strings agree, from the last to the first.
    fileprivate mutating func matches(of common: CommonSubsequence, longerThan least: Int64, withLength: Bool) {
        let shown = common.matches.filter { $0.length >= least }
        map(2)
        bulk("matches")
        array(shown.count)
        for match in shown {
            array(withLength ? 3 : 2)
            for start in [match.firstStart, match.secondStart] {
                array(2)
                integer(start)
                integer(start + match.length - 1)
            }
            if withLength { integer(match.length) }
        }
        bulk("len")
        integer(common.length)
    }
}
