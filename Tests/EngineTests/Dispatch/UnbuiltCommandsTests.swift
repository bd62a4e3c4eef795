// What is built and what is not make up the whole of Redis 7.2, and nothing is both. What is newer says so.

import Testing

@testable import Engine

@Suite struct UnbuiltCommandsTests {
    /// As many as COMMAND COUNT of redis-server 7.2 answers.
    private static let commandsOfRedis = 241

    @Test func everyNameOfRedisIsBuiltOrRefused() {
        var table = CommandTable()
        let built = Set(table.rows.map(\.value).filter { !isNewer($0.command) }.map(\.fullName))
        let refused = UnbuiltCommands.names.filter { !$0.contains("|") }
        #expect(built.isDisjoint(with: refused))
        #expect(built.count + refused.count == UnbuiltCommandsTests.commandsOfRedis)
    }

    /// Redis 7.2 does not have it, or only by a module.
    private func isNewer(_ command: any Command.Type) -> Bool {
        if "\(command.declaration.name)".contains(".") { return true }
        let parts = command.declaration.since.split(separator: ".").compactMap { Int($0) }
        return !parts.lexicographicallyPrecedes([7, 3])
    }

    @Test func aRefusedSubcommandBelongsToACommandThatIsBuiltAndIsNotOfIts() {
        var table = CommandTable()
        let rows = table.rowsWithSubcommands.map(\.value.fullName)
        for name in UnbuiltCommands.names where name.contains("|") {
            #expect(!rows.contains(name))
            #expect(rows.contains(String(name.prefix { $0 != "|" })), "\(name)")
        }
    }
}
