// Which clients CLIENT LIST and CLIENT KILL mean: any number of criteria, all of which must hold, and others, none of
// which may. The words are those of Valkey 9, which has all that Redis knows.

/// Properties of a client; nil and empty ones do not matter.
private struct ClientCriteria {
    var numbers: Set<UInt64> = []
    var kind: ClientClass?
    var user: String?
    var peer: String?
    var local: String?
    var internetAddress: String?
    var name: [UInt8]?
    var libraryName: [UInt8]?
    var libraryVersion: [UInt8]?
    /// Letters that all must be among the client's.
    var flags: String?
    var database: Int?
    /// What clients can do besides what all can; none of this server's says so.
    var capabilities: String?

    /// For each property that matters, whether the client has it.
    func verdicts(_ client: ClientIdentifier, _ context: borrowing CommandContext) -> [Bool] {
        var found: [Bool] = []
        if !numbers.isEmpty { found.append(numbers.contains(context.clients[client].number)) }
        if let kind { found.append(context.clients[client].kind == kind) }
        if let user { found.append(user == "default") }
        if let peer { found.append(context.address(context.clients[client].peer, client) == peer) }
        if let local { found.append(context.address(context.clients[client].local, client) == local) }
        if let internetAddress {
            let peer = context.address(context.clients[client].peer, client)
            let host = peer.lastIndex(of: ":").map { String(peer[..<$0]) } ?? peer
            found.append(host == internetAddress || host == "[\(internetAddress)]")
        }
        if let name { found.append(context.clients[client].name == name) }
        if let libraryName { found.append(context.clients[client].libraryName == libraryName) }
        if let libraryVersion { found.append(context.clients[client].libraryVersion == libraryVersion) }
        if let flags {
            let letters = context.flagLetters(client)
            found.append(flags.allSatisfy { letters.contains($0) })
        }
        if let database { found.append(context.clients[client].database == database) }
        if capabilities != nil { found.append(false) }
        return found
    }
}

/// Which clients are meant.
struct ClientFilter {
    /// What Valkey has added to the filters of Redis, as the grammars have it.
    static var laterGrammar: [Argument] {
        let added = ["name", "idle", "flags", "lib-name", "lib-ver", "db", "capa", "ip"]
        return (added + names.map { "not-" + $0 }).map { name in
            let isNumber = ["idle", "db", "not-id", "not-db"].contains(name)
            let value: Argument = isNumber ? .integer(name) : .string(name)
            return value.announced(by: name.uppercased()).optional.since("9.0.0")
        }
    }

    private var wanted = ClientCriteria()
    private var unwanted = ClientCriteria()
    /// Connected for at least so long, and silent for as long.
    private var ageSeconds: Int64?
    private var idleSeconds: Int64?
    private(set) var skipsSelf: Bool
    /// What is said of a number that is none.
    private let numberError: CommandError

    init(skipsSelf: Bool, numberError: CommandError = .because("ERR client-id should be greater than 0")) {
        self.skipsSelf = skipsSelf
        self.numberError = numberError
    }

    /// The clients of one address.
    init(peer: String) {
        self.init(skipsSelf: false)
        wanted.peer = peer
    }

    func matches(_ client: ClientIdentifier, _ context: borrowing CommandContext) -> Bool {
        if skipsSelf, client == context.current { return false }
        let age = max(0, context.now - context.clients[client].createdAt) / 1000
        let idle = max(0, context.now - context.clients[client].lastInteraction) / 1000
        if let ageSeconds, age < ageSeconds { return false }
        if let idleSeconds, idle < idleSeconds { return false }
        return wanted.verdicts(client, context).allSatisfy { $0 }
            && !unwanted.verdicts(client, context).contains(true)
    }

    // MARK: Reading

    private static let names = [
        "id", "type", "addr", "laddr", "user", "name", "flags", "lib-name", "lib-ver", "db", "capa", "ip",
    ]

    /// Reads words and their values, from the third on.
    mutating func read(_ arguments: Arguments, _ context: inout CommandContext) throws(CommandError) {
        var index = 2
        while index < arguments.count {
            let word = arguments[index].text.lowercased()
            let isNegated = word.hasPrefix("not-"), name = isNegated ? String(word.dropFirst(4)) : word
            guard index + 1 < arguments.count else { throw .syntax }
            if name == "id" {
                index = try readNumbers(arguments, from: index + 1, isNegated: isNegated)
                continue
            }
            let value = arguments[index + 1]
            if ClientFilter.names.contains(name) {
                if isNegated {
                    try ClientFilter.read(name, value, isNegated: true, into: &unwanted, &context)
                } else {
                    try ClientFilter.read(name, value, isNegated: false, into: &wanted, &context)
                }
            } else {
                guard !isNegated else { throw .syntax }
                try read(name, value)
            }
            index += 2
        }
    }

    /// Properties that cannot be negated.
    private mutating func read(_ name: String, _ value: Bytes) throws(CommandError) {
        switch name {
        case "maxage":
            ageSeconds = try ClientFilter.seconds(
                value, "ERR maxage is not an integer or out of range", "ERR maxage should be greater than 0")
        case "idle":
            idleSeconds = try ClientFilter.seconds(
                value, "ERR idle is not an integer or out of range", "ERR idle should be greater than 0")
        case "skipme":
            skipsSelf = FoldedName(value) == FoldedName("yes")
            guard skipsSelf || FoldedName(value) == FoldedName("no") else { throw .syntax }
        default: throw .syntax
        }
    }

    private static func seconds(
        _ value: Bytes, _ noNumber: StaticString, _ tooSmall: StaticString
    ) throws(CommandError) -> Int64 {
        guard let number = value.integer else { throw .because(noNumber) }
        guard number > 0 else { throw .because(tooSmall) }
        return number
    }

    /// Numbers up to the next word that is a property's name. Answers where that is.
    private mutating func readNumbers(
        _ arguments: Arguments, from first: Int, isNegated: Bool
    ) throws(CommandError) -> Int {
        var index = first
        while index < arguments.count {
            guard let number = arguments[index].integer, number > 0 else {
                if index > first, isName(arguments[index]) { break }
                throw numberError
            }
            if isNegated {
                unwanted.numbers.insert(UInt64(number))
            } else {
                wanted.numbers.insert(UInt64(number))
            }
            index += 1
        }
        return index
    }

    private func isName(_ word: Bytes) -> Bool {
        let text = word.text.lowercased(), name = text.hasPrefix("not-") ? String(text.dropFirst(4)) : text
        return ClientFilter.names.contains(name) || ["maxage", "idle", "skipme"].contains(text)
    }

    private static func read(
        _ name: String, _ value: Bytes, isNegated: Bool, into criteria: inout ClientCriteria,
        _ context: inout CommandContext
    ) throws(CommandError) {
        switch name {
        case "type": criteria.kind = try context.clientClass(value)
        case "addr": criteria.peer = value.text
        case "laddr": criteria.local = value.text
        case "ip": criteria.internetAddress = value.text
        case "user":
            guard value == Bytes("default") else {
                throw context.error("ERR No such user '\(value.quotableText)'")
            }
            criteria.user = value.text
        case "name": criteria.name = value.array
        case "lib-name": criteria.libraryName = value.array
        case "lib-ver": criteria.libraryVersion = value.array
        case "flags": criteria.flags = try flags(value, isNegated, &context)
        case "db": criteria.database = try database(value, isNegated, &context)
        default:
            guard value.array.allSatisfy({ $0 == UInt8(ascii: "r") }) else {
                let filter = isNegated ? "NOT-CAPA filter" : "provided filter"
                throw context.error("ERR Unknown capa found in the \(filter): \(value.quotableText)")
            }
            criteria.capabilities = value.text
        }
    }

    /// Letters that CLIENT LIST may show as flags.
    private static let letters = "ABCEIMNOPRSTUbcdegiortux"

    private static func flags(
        _ value: Bytes, _ isNegated: Bool, _ context: inout CommandContext
    ) throws(CommandError) -> String {
        let text = value.text
        guard text.allSatisfy({ letters.contains($0) }) else {
            let filter = isNegated ? "NOT-FLAGS filter" : "provided filter"
            throw context.error("ERR Unknown flags found in the \(filter): \(value.quotableText)")
        }
        return text
    }

    private static func database(
        _ value: Bytes, _ isNegated: Bool, _ context: inout CommandContext
    ) throws(CommandError) -> Int {
        let name = isNegated ? "NOT-DB" : "DB"
        guard let number = value.integer else { throw context.error("ERR \(name) is not an integer or out of range") }
        let last = context.keyspace.databaseCount - 1
        guard number >= 0, number <= last else {
            throw context.error("ERR \(name) number should be between 0 and \(last)")
        }
        return Int(number)
    }
}
