// What the commands about the ends of fields share: `FIELDS numfields field …` in its place or anywhere among the
// options, and the moments that they name.

extension Argument {
    /// `FIELDS numfields field …`
    static var fields: Argument { fields(.string("field").repeated) }

    static func fields(_ words: Argument) -> Argument {
        .block("fields", [.integer("numfields"), words]).announced(by: "FIELDS")
    }
}

/// Options of a command that gives fields a deadline.
protocol FieldExpirationOption: ExpirationOption {
    /// What is said if another option stands beside it that excludes it.
    var conflict: StaticString { get }
}

/// Which fields a command names, and what else.
struct FieldRequest {
    /// Where the words of the block are, values among them.
    var words = 0..<0
    /// One bit for each option.
    var given: UInt32 = 0
    /// When the fields are to end.
    var moment: Int64?

    func contains<Option: CommandOption>(_ option: Option) -> Bool { given & option.bit != 0 }
}

extension Arguments {
    /// The fields of a command that has `FIELDS numfields field …` behind the key and nothing else.
    func fields() throws(CommandError) -> Range<Int> {
        guard isWord(2, "fields") else {
            throw .because("ERR Mandatory argument FIELDS is missing or not at the right position")
        }
        guard let number = self[3].integer, number > 0 else {
            throw .because("ERR Number of fields must be a positive integer")
        }
        guard number == count - 4 else {
            throw .because("ERR The `numfields` parameter must match the number of arguments")
        }
        return 4..<count
    }

    /// Moves `index` behind the block that begins there, and answers where its words are.
    fileprivate func fields(at index: inout Int, perField: Int, badNumber: StaticString) throws(CommandError) -> Range<
        Int
    > {
        guard let number = self[index + 1].integer, number > 0, number <= Int32.max else { throw .because(badNumber) }
        let first = index + 2
        guard number <= (count - first) / perField else { throw .because("ERR wrong number of arguments") }
        index = first + Int(number) * perField
        return first..<index
    }
}

extension CommandContext {
    /// Reads the condition and the fields of one of the HEXPIRE commands.
    mutating func fieldRequest(_ arguments: Arguments) throws(CommandError) -> FieldRequest {
        var request = FieldRequest(), index = 3
        while index < arguments.count {
            let word = FoldedName(arguments[index])
            if word == FoldedName("fields") {
                guard request.words.isEmpty else { throw .because("ERR FIELDS keyword specified multiple times") }
                guard index + 2 < arguments.count else {
                    throw .because("ERR FIELDS requires at least numfields and one field argument")
                }
                request.words = try arguments.fields(
                    at: &index, perField: 1, badNumber: "ERR Parameter `numFields` should be greater than 0")
            } else if let token = arguments.plan.value.token(named: word) {
                request.given |= token.bit
                index += 1
            } else {
                throw error("ERR unknown argument: \(arguments[index].quotableText)")
            }
        }
        guard !request.words.isEmpty else { throw .because("ERR missing FIELDS argument") }
        guard request.given & (request.given &- 1) == 0 || request.given == 0 else {
            throw .because("ERR Multiple condition flags specified")
        }
        return request
    }

    /// Reads the options and the fields of HGETEX and HSETEX.
    mutating func fieldRequest<Option: FieldExpirationOption>(
        _ arguments: Arguments, _: Option.Type, perField: Int
    ) throws(CommandError) -> FieldRequest {
        var request = FieldRequest(), index = 2
        while index < arguments.count {
            let word = FoldedName(arguments[index])
            if word == FoldedName("fields") {
                guard request.words.isEmpty else { throw .because("ERR FIELDS keyword specified multiple times") }
                guard index + 1 < arguments.count else { throw .because("ERR wrong number of arguments") }
                request.words = try arguments.fields(
                    at: &index, perField: perField, badNumber: "ERR invalid number of fields")
            } else if let token = arguments.plan.value.token(named: word), let option = Option(rawValue: token.ordinal)
            {
                if request.given & (token.excluded | token.bit) != 0 { throw .because(option.conflict) }
                request.given |= token.bit
                index += 1
                guard token.valueCount > 0 else { continue }
                guard index < arguments.count else { throw .because("ERR missing expire time") }
                request.moment = try moment(option, arguments.integer(index))
                index += 1
            } else {
                throw error("ERR unknown argument: \(arguments[index].quotableText)")
            }
        }
        guard !request.words.isEmpty else { throw .because("ERR missing FIELDS argument") }
        return request
    }

    private func moment<Option: FieldExpirationOption>(_ option: Option, _ count: Int64) throws(CommandError) -> Int64 {
        let isInSeconds = option == .ex || option == .exAt
        let isRelative = option == .ex || option == .px
        return try Deadline.ofFields(count, isInSeconds ? .seconds : .milliseconds, from: isRelative ? now : 0)
    }

    /// The key is missing, or holds a hash.
    mutating func requireHash(_ key: Key) throws(CommandError) {
        if let kind = keyspace.kind(of: key), kind != .hash { throw .wrongType }
    }

    /// Before a command changes these fields of the first key: those go, with their event, that are still in memory
    /// though their time has come.
    @inline(__always)
    mutating func removeDueFields(_ arguments: Arguments, _ words: Range<Int>, perField: Int = 1) {
        guard _slowPath(keyspace.hasDueFields) else { return }
        keyspace.removeDueFields(of: arguments.key(1)) { body in
            for index in stride(from: words.lowerBound, to: words.upperBound, by: perField) { body(arguments[index]) }
        }
    }
}

extension Deadline {
    /// Redis lets no field end later.
    private static let latestOfFields: Int64 = 1 << 46 - 1

    /// A moment that lies `count` units, perhaps none, behind `start`.
    static func ofFields(_ count: Int64, _ unit: Unit, from start: Int64) throws(CommandError) -> Int64 {
        guard count >= 0 else { throw .because("ERR invalid expire time, must be >= 0") }
        guard count <= latestOfFields / unit.rawValue, count * unit.rawValue <= latestOfFields - start else {
            throw .invalidExpireTime
        }
        return count * unit.rawValue + start
    }
}
