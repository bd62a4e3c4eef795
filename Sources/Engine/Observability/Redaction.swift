// Which arguments nobody else may see: passwords, wherever a call holds one. MONITOR and the slow log ask here.

extension Arguments {
    /// Whether the argument at `index` is a secret, or stands among secrets.
    func isSecret(_ index: Int) -> Bool {
        guard index > 0 else { return false }
        let name = FoldedName(self[0])
        if name == FoldedName("auth") { return true }
        if name == FoldedName("hello") { return isBehindAuth(index) }
        guard index > 1 else { return false }
        if name == FoldedName("migrate") { return isBehindMigrationAuth(index) }
        if name == FoldedName("acl") { return FoldedName(self[1]) == FoldedName("setuser") }
        if name == FoldedName("config"), FoldedName(self[1]) == FoldedName("set"), index % 2 == 1 {
            return isSecretSetting(FoldedName(self[index - 1]))
        }
        return false
    }

    /// HELLO 3 AUTH user password
    private func isBehindAuth(_ index: Int) -> Bool {
        guard index >= 3 else { return false }
        for word in 2..<index where FoldedName(self[word]) == FoldedName("auth") { return index - word <= 2 }
        return false
    }

    /// MIGRATE … AUTH password, or AUTH2 user password, in front of the keys.
    private func isBehindMigrationAuth(_ index: Int) -> Bool {
        var word = 6
        while word < index {
            let name = FoldedName(self[word])
            if name == FoldedName("keys") { return false }
            let secrets = name == FoldedName("auth") ? 1 : name == FoldedName("auth2") ? 2 : 0
            if index <= word + secrets { return true }
            word += 1 + secrets
        }
        return false
    }

    private func isSecretSetting(_ name: FoldedName) -> Bool {
        name == FoldedName("requirepass") || name == FoldedName("masterauth") || name == FoldedName("masteruser")
            || name == FoldedName("tls-key-file-pass") || name == FoldedName("tls-client-key-file-pass")
    }
}
