// The form of single files: sizes, headers, what may trap, words that do not belong into a repository.

import Foundation
import TestSupport
import Testing

@Suite struct FormTests {
    @Test func filesAndFunctionsAndLinesAreOfReadableSize() throws {
        var (files, functions, widths) = (
            Findings(of: "file-size"), Findings(of: "function-size"), Findings(of: "line-width")
        )
        for file in try SourceFile.all() {
            if file.lines.count > 400 {
                files.add(file.path, "\(file.path) has \(file.lines.count) lines; 400 are allowed")
            }
            for function in file.functions where function.count > 70 {
                functions.add(
                    "\(file.path) \(function.name)",
                    "\(file.path):\(function.line): \(function.name) has \(function.count) lines; 70 are allowed")
            }
            // The one line that every command has is longer, and reads better in one piece.
            let wide = file.lines.indices.filter { index in
                file.lines[index].count > 120
                    && !file.lines[index].hasPrefix("    static func run(_ arguments: Arguments, ")
            }
            if !wide.isEmpty {
                widths.add(file.path, "\(file.path): wider than 120 columns: lines \(wide.map { $0 + 1 })")
            }
        }
        files.report()
        functions.report()
        widths.report()
    }

    @Test func everyFileSaysWhatLivesInIt() throws {
        var findings = Findings(of: "header")
        for file in try SourceFile.all() {
            let header = file.lines.prefix { $0.hasPrefix("//") && !$0.hasPrefix("///") }.count
            if header == 0 { findings.add(file.path, "\(file.path) does not begin with a comment on what lives in it") }
        }
        findings.report()
    }

    @Test func everyTypeHasALineOfDocumentation() throws {
        var findings = Findings(of: "type-comment")
        for file in try SourceFile.all(in: ["Sources"]) {
            let words = ["struct ", "enum ", "protocol "]
            for (index, line) in file.code.enumerated() where words.contains(where: line.contains) {
                let declaration =
                    #/
                    ^(?:@\w+\ )*(?:(?:public|internal|private|fileprivate|indirect)\ )*
                    (?:struct|enum|protocol)\ (\w+)(.*)
                    /#
                guard let match = line.firstMatch(of: declaration),
                    !match.2.contains(/: (?:\w+, )*Command(?:Container)?\b/)
                else {
                    continue
                }
                var above = index - 1
                while above >= 0, file.lines[above].hasPrefix("@") { above -= 1 }
                if above < 0 || !file.lines[above].hasPrefix("///") {
                    findings.add(
                        "\(file.path) \(match.1)", "\(file.path):\(index + 1): \(match.1) has no line of documentation")
                }
            }
        }
        findings.report()
    }

    @Test func nothingTrapsWithoutBeingListed() throws {
        var findings = Findings(of: "traps")
        for file in try SourceFile.all(in: ["Sources"]) {
            for (index, line) in file.code.enumerated() where line.contains("!") || line.contains("fatalError") {
                let isUnwrap = line.contains(/[\w\)\]]!(?:[\.\s\)\],:;\[\(]|$)/)
                if isUnwrap || line.contains(/\btry!|\bas!|\bfatalError\(/) {
                    findings.add(file.path, "\(file.path):\(index + 1): may trap: \(line.drop { $0 == " " })")
                }
            }
        }
        findings.report()
    }

    /// The words are put together here so that this file does not hold them.
    @Test func noWordIsLeftOverFromTheWorkshop() throws {
        var findings = Findings(of: "words")
        let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X:", "HA" + "CK:"]
        let places = ["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "help" + "er agent", "AI " + "assistant"]
        let folders = ["Sources", "Tests", "Benchmarks", "scripts", "config", ".ci"]
        let ends = [".swift", ".md", ".txt", ".h", ".conf", ".py", ".sh"]
        var paths = ["README.md", "Package.swift"]
        for folder in folders {
            let root = repositoryRoot.appendingPathComponent(folder)
            let names = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
            let isWanted = { (name: String) in
                ends.contains { name.hasSuffix($0) } || (["scripts", ".ci"].contains(folder) && !name.contains("."))
            }
            paths += names.filter(isWanted).map { "\(folder)/\($0)" }
        }
        for path in paths {
            let file = repositoryRoot.appendingPathComponent(path)
            guard let text = try? String(contentsOf: file, encoding: .utf8) else { continue }
            for word in marks + places where text.contains(word) {
                findings.add("\(path) \(word)", "\(path) says \(word)")
            }
        }
        findings.report()
    }
}
