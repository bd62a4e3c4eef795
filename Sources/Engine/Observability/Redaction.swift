// Which arguments nobody else may see: passwords, wherever a call holds one. MONITOR and the slow log ask here.

extension Arguments {
    /// Whether the argument at `index` is a secret, or stands among secrets.
    func isSecret(_ index: Int) -> Bool {
        guard index > 0 else { return false }
        let name = FoldedName(self[0])
        if name == FoldedName("auth") { return true }
        if name == FoldedName("hello") { return isBehindAuth(index) }
        guard index > 1 else { return false }
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

    private func isSecretSetting(_ name: FoldedName) -> Bool {
        name == FoldedName("requirepass") || name == FoldedName("masterauth") || name == FoldedName("masteruser")
            || name == FoldedName("tls-key-file-pass") || name == FoldedName("tls-client-key-file-pass")
    }
}
