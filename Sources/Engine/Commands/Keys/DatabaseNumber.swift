// The numbers of databases as commands are given them.

extension Arguments {
    /// The number of a database that exists; `error` is the answer to what is no number at all.
    func database(
        _ index: Int, among count: Int, else error: CommandError = .notAnInteger
    ) throws(CommandError) -> Int {
        guard let number = self[index].integer, let small = Int32(exactly: number) else { throw error }
        guard small >= 0, small < count else { throw .because("ERR DB index is out of range") }
        return Int(small)
    }
}
