// Names that a test gives: those that nobody has mentioned are known at once.

import Platform

/// Who knows the names that a test uses.
final class FakeNames: NameService, @unchecked Sendable {
    /// Names that have to be looked up, and what comes of it; nil if nobody knows them.
    var slow: [String: SocketAddress?] = [:]

    func address(written text: String) -> SocketAddress? {
        if slow[text] != nil { return nil }
        let parts = text.split(separator: ".").compactMap { UInt32($0) }
        return SocketAddress(version4: parts.count == 4 ? parts.reduce(0) { $0 << 8 | $1 } : 0x0A00_0001, port: 0)
    }

    func addresses(of name: String) throws(ConnectError) -> [SocketAddress] {
        guard let known = slow[name], let address = known else {
            throw ConnectError(reason: "Name or service not known")
        }
        return [address]
    }
}
