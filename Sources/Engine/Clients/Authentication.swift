// Who a client is: there is one user, `default`, and one password, `requirepass`.

extension CommandContext {
    private var password: [UInt8] { settings.password }

    /// Whether clients must give a password before anything else.
    var requiresPassword: Bool { !password.isEmpty }

    /// Lets the client in whose command runs, if name and password are right.
    mutating func authenticate(_ name: Bytes, _ password: Bytes) throws(CommandError) {
        let isKnown = name == Bytes("default")
        guard isKnown, !requiresPassword || password.isSecret(self.password) else {
            throw .because("WRONGPASS invalid username-password pair or user is disabled.")
        }
        restrictClient(.unauthenticated, false)
    }

    /// The password has changed. Who is in stays in; without a password everybody is.
    mutating func passwordHasChanged() {
        guard !requiresPassword else { return }
        for client in clients.identifiers { clients[client].restrictions.remove(.unauthenticated) }
        if clients.contains(current) { restrictClient(.unauthenticated, false) }
    }
}

extension Bytes {
    /// Compares all bytes, however early two differ: the time taken tells nothing.
    fileprivate func isSecret(_ secret: [UInt8]) -> Bool {
        guard count == secret.count else { return false }
        var difference: UInt8 = 0
        for index in 0..<count { difference |= self[index] ^ secret[index] }
        return difference == 0
    }

    /// Free of blanks, line ends and everything else that CLIENT LIST could not show.
    var isPrintable: Bool {
        for index in 0..<count where self[index] < UInt8(ascii: "!") || self[index] > UInt8(ascii: "~") { return false }
        return true
    }
}
