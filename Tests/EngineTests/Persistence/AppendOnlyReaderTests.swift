// The records of append-only files: what is whole, where it ends, what is damaged, cut at every byte.

import Testing

@testable import Engine

@Suite struct AppendOnlyReaderTests {
    /// All items of a text in words, and the reader's account at the end. The window begins small and grows.
    private func read(_ text: String, window: Int = .max) -> (items: [String], end: String) {
        let file = Array(text.utf8)
        var reader = AppendOnlyReader()
        var items: [String] = [], size = min(window, file.count)
        loop: while true {
            let start = reader.position, part = Array(file[start..<min(file.count, start + size)])
            let isLast = start + part.count == file.count
            let goesOn: Bool = withBytes(of: part) { bytes in
                var offset = 0
                while true {
                    if offset == bytes.count { return !isLast }
                    switch reader.next(in: bytes, at: &offset) {
                    case .command(let words):
                        items.append((0..<words.count).map { words.word($0).text }.joined(separator: " "))
                    case .annotation(let size): items.append("#\(size)")
                    case .unfinished(let record):
                        if !isLast { return true }
                        items.append("unfinished at \(record.offset)")
                        return false
                    case .damaged(let damage):
                        items.append("\(damage.kind) at \(damage.offset)")
                        return false
                    }
                }
            }
            #expect(reader.position >= start)
            if !goesOn { break loop }
            if reader.position == start { size *= 2 }
        }
        let state = reader.isInTransaction ? " in a transaction" : ""
        return (items, "whole up to \(reader.wholeEnd), line \(reader.line)\(state)")
    }

    private let sample =
        "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n#TS:1700000000\r\n*1\r\n$5\r\nmulti\r\n*3\r\n$3\r\nSET\r\n"
        + "$1\r\na\r\n$12\r\nhello\r\nworld\r\n*1\r\n$4\r\nEXEC\r\n*1\r\n$0\r\n\r\n"

    @Test func recordsAreReadWhateverTheWindow() {
        let expected = ["SELECT 0", "#16", "multi", "SET a hello\r\nworld", "EXEC", ""]
        for window in [1, 2, 3, 7, 16, 40, 1000] {
            let (items, end) = read(sample, window: window)
            #expect(items == expected, "a window of \(window)")
            #expect(end == "whole up to \(sample.utf8.count), line 22")
        }
    }

    @Test func aFileCutAnywhereIsWholeUpToARecordOrTransaction() {
        let bytes = Array(sample.utf8)
        let transaction = 39..<(bytes.count - 10)
        for cut in 0..<bytes.count {
            let text = String(decoding: bytes[..<cut], as: UTF8.self)
            let (items, end) = read(text)
            let whole = cut < 23 ? 0 : cut < 39 ? 23 : transaction.contains(cut) ? 39 : transaction.upperBound
            #expect(end.hasPrefix("whole up to \(whole),"), "cut at \(cut): \(end)")
            #expect(items.allSatisfy { !$0.contains(") at") }, "cut at \(cut): \(items)")
        }
    }

    @Test func damageIsNamedWithItsPlace() {
        func damage(_ text: String) -> String { read(text).items.last ?? "nothing" }
        #expect(damage("*1\r\n$4\r\nPING\r\nPING\r\n") == "notARecord at 14")
        #expect(damage("*1\r\n+4\r\nPING\r\n") == "prefix(expected: 36, found: 43) at 4")
        #expect(damage("*1\r\n$3\r\nPING\r\n") == "lineEnd(found: 71, 13) at 8")
        #expect(damage("*1\n$4\r\nPING\r\n") == "lineEnd(found: 10, 0) at 0")
        #expect(damage("*1\r\n$-1\r\n") == "size(-1) at 4")
        #expect(damage("*1\r\n$9223372036854775807\r\nPING\r\n") == "size(9223372036854775807) at 4")
        #expect(damage("*1\r\n$9223372036854775805\r\nPING\r\n") == "unfinished at 26")
        #expect(damage("*1\r\n$5\r\nMULTI\r\n*1\r\n$5\r\nMULTI\r\n") == "transactionInTransaction at 23")
        #expect(damage("*1\r\n$4\r\nEXEC\r\n") == "endWithoutTransaction at 8")
        #expect(damage("*1000000000000\r\n$4\r\nEXEC\r\n") == "unfinished at 26")
        #expect(damage("*0\r\n") == "")
        #expect(damage("* +2\r\n$4\r\nPING\r\n$ 1\r\nx\r\n") == "PING x")
    }

    @Test func numbersAreReadAsCReadsThem() {
        func number(_ text: String) -> [Int] {
            withBytes(of: Array(text.utf8)) {
                let (value, size) = AppendOnlyReader.leadingNumber(of: $0)
                return [value, size]
            }
        }
        #expect(number("12\r") == [12, 2])
        #expect(number(" \t-7x") == [-7, 4])
        #expect(number("x") == [0, 0])
        #expect(number("-") == [0, 0])
        #expect(number("99999999999999999999") == [.max, 20])
        #expect(number("-99999999999999999999") == [.min, 21])
        #expect(number("-9223372036854775808") == [.min, 20])
    }
}
