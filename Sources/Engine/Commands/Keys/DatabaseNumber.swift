// The numbers of databases as commands are given them.

extension Arguments {
    /// The number of a database that exists; `error` is the answer to what is no number at all.
    func database(
        _ index: Int, among count: Int, else error: CommandError = .notAnInteger
    ) throws(CommandError) -> Int {
        guard let number = self[index].integer else { throw error }
        guard let small = Int32(exactly: number) else {
            if case .notAnInteger = error {
                throw .because("ERR value is out of range, value must between -2147483648 and 2147483647")
            }
            throw error
        }
        guard small >= 0, small < count else { throw .because("ERR DB index is out of range") }
        return Int(small)
    }
}
