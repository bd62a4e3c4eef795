// What the hash commands share: setting the fields that a command names.

internal import Platform

extension CommandContext {
    /// Gives the fields named from the second argument on their values; how many of them are new.
    @inline(__always)
    mutating func setFields(_ arguments: Arguments) throws(CommandError) -> Int {
        guard arguments.count & 1 == 0 else { throw .wrongArgumentCount }
        var created = 0
        removeDueFields(arguments, 2..<arguments.count, perField: 2)
        try keyspace.update(
            arguments.key(1), as: HashValue.self, ifMissing: .create, event: .hset
        ) { (hash) throws(CommandError) in
            if arguments.count > 4 { hash.prepare(for: arguments) }
            var index = 2
            while index < arguments.count {
                if hash.set(arguments[index], to: arguments[index &+ 1]) { created &+= 1 }
                index &+= 2
            }
            return (arguments.count &- 2) / 2
        }
        nameFields(arguments, stride(from: 2, to: arguments.count, by: 2), of: .hset)
        return created
    }
}

extension HashValue {
    @_lifetime(self: copy self)
    fileprivate mutating func prepare(for arguments: Arguments) {
        var longest = 0
        for index in 2..<arguments.count { longest = max(longest, arguments[index].count) }
        prepare(addingFields: (arguments.count &- 2) / 2, longestSize: longest)
    }
}
