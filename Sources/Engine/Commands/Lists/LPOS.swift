// LPOS key element [RANK rank] [COUNT num-matches] [MAXLEN len]

enum LPOS: Command {
    static let declaration = Declaration(
        "lpos", .list, since: "6.0.6",
        complexity:
            "O(N) where N is the number of elements in the list, for the average case. When searching for "
            + "elements near the head or the tail of the list, or when the MAXLEN option is provided, the "
            + "command may run in constant time.",
        summary: "Returns the index of matching elements in a list.",
        flags: [.readOnly],
        grammar: [
            .key("key", .read), .string("element"), .token(Option.rank, .integer("rank")),
            .token(Option.count, .integer("num-matches")), .token(Option.maxlen, .integer("len")),
        ])

    enum Option: Int, CommandOption { case rank, count, maxlen }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let search = try Search(arguments)
        guard let list = try context.keyspace.value(at: arguments.key(1), as: ListValue.self) else {
            return search.count == nil ? reply.null() : reply.array(0)
        }
        var skipped = search.rank.magnitude - 1, found = 0
        let place = search.count == nil ? nil : reply.beginCollection()
        list.forEachMatch(of: arguments[2], backwards: search.rank < 0, limit: search.limit) { index in
            if skipped > 0 {
                skipped -= 1
                return true
            }
            reply.integer(index)
            found += 1
            return found != search.count ?? 1
        }
        if let place { reply.endArray(place, found) } else if found == 0 { reply.null() }
    }
}

extension LPOS {
    /// Which matches are wanted.
    private struct Search {
        /// The first one to show, counted from 1; from the end if negative.
        var rank: Int64 = 1
        /// How many to show, as an array; 0 for all.
        var count: Int?
        /// How many elements to look at.
        var limit = Int.max

        init(_ arguments: Arguments) throws(CommandError) {
            var index = 3
            while index < arguments.count {
                guard let option = arguments.option(Option.self, at: index), index + 1 < arguments.count else {
                    throw .syntax
                }
                switch option {
                case .rank: rank = try Search.rank(arguments, index + 1)
                case .count: count = try arguments.count(index + 1, else: .because("ERR COUNT can't be negative"))
                case .maxlen:
                    let given = try arguments.count(index + 1, else: .because("ERR MAXLEN can't be negative"))
                    limit = given == 0 ? .max : given
                }
                index += 2
            }
        }

        private static func rank(_ arguments: Arguments, _ index: Int) throws(CommandError) -> Int64 {
            let rank = try arguments.integer(index)
            if rank == .min {
                throw .because(
                    "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
            }
            if rank == 0 {
                throw .because(
                    """
                    ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use \
                    negative to start from the end of the list
                    """)
            }
            return rank
        }
    }
}
