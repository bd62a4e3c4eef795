// What SCAN has in common with HSCAN, SSCAN and ZSCAN: how a cursor is written.

extension Arguments {
    /// A cursor as Redis reads one: an unsigned number, or nothing at all, which counts as 0.
    func cursor(_ index: Int) throws(CommandError) -> UInt64 {
        let word = self[index]
        if word.isEmpty { return 0 }
        var start = 0
        let isNegative = word[0] == UInt8(ascii: "-")
        if isNegative || word[0] == UInt8(ascii: "+") { start = 1 }
        guard start < word.count else { throw .because("ERR invalid cursor") }
        var cursor: UInt64 = 0
        for index in start..<word.count {
            let digit = word[index] &- UInt8(ascii: "0")
            let (product, productOverflows) = cursor.multipliedReportingOverflow(by: 10)
            let (sum, sumOverflows) = product.addingReportingOverflow(UInt64(digit))
            guard digit <= 9, !productOverflows, !sumOverflows else { throw .because("ERR invalid cursor") }
            cursor = sum
        }
        return isNegative ? 0 &- cursor : cursor
    }
}
