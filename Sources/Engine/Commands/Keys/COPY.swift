// COPY source destination [DB destination-db] [REPLACE]

enum COPY: Command {
    static let declaration = Declaration(
        "copy", .generic, since: "6.2.0",
        complexity: "O(N) worst case for collections, where N is the number of nested items. O(1) for string values.",
        summary: "Copies the value of a key to a new key.",
        flags: [.write, .denyOOM], categories: [.keyspace], propagates: .verbatim,
        grammar: [
            .key("source", .read), .key("destination", .overwrite), .token(Option.db, .integer("destination-db")),
            .token(Option.replace),
        ])

    enum Option: Int, CommandOption { case db, replace }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        // What follows DB is judged before words that are none of the options.
        var end = 3
        let options = try arguments.leadingOptions(Option.self, from: &end)
        var database = context.keyspace.selected
        if let index = arguments.index(after: .db, in: options) {
            database = try arguments.database(index, among: context.keyspace.databaseCount)
        }
        guard end == arguments.count else { throw .syntax }
        let (source, destination) = (arguments.key(1), arguments.key(2))
        guard database != context.keyspace.selected || !(source.bytes == destination.bytes) else {
            throw .because("ERR source and destination objects are the same")
        }
        let result = context.keyspace.copy(source, to: destination, in: database, replacing: options.contains(.replace))
        reply.integer(result == .done ? 1 : 0)
    }
}
