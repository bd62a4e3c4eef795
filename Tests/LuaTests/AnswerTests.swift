// The libraries beside the recorded answers of Redis 7.2.6: `> expression`, `< what it gives`.

import Foundation
import Testing

@Suite struct AnswerTests {
    @Test(arguments: [
        "base", "bit", "cjson-decode", "cjson-encode", "cjson-settings", "cmsgpack", "formats", "math", "numbers",
        "patterns", "strings", "struct", "tables",
    ])
    func theLibrariesAnswerAsRedisDoes(_ file: String) throws {
        let recorded = try String(
            contentsOf: BundledScripts.folder.appendingPathComponent(file + ".txt"), encoding: .utf8)
        var scripts = try BundledScripts()
        var expression = ""
        for (index, line) in recorded.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("> ") { expression = String(line.dropFirst(2)) }
            guard line.hasPrefix("< ") else { continue }
            let heard = scripts.answer(expression)
            #expect(heard == line.dropFirst(2), "\(file).txt:\(index + 1): \(expression)")
        }
    }
}
