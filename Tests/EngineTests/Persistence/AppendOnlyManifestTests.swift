// The manifest: what it says of files, what it becomes when files come and go, and what cannot be believed.

import Testing

@testable import Engine

@Suite struct AppendOnlyManifestTests {
    private func text(_ manifest: AppendOnlyManifest) -> String { manifest.text.string }

    @Test func aBaseAndAnIncrementAreNamedBySequence() {
        var manifest = AppendOnlyManifest()
        #expect(manifest.isEmpty)
        #expect(manifest.addBase(of: "appendonly.aof", isSnapshot: true).path == "appendonly.aof.1.base.rdb")
        #expect(manifest.addIncrement(of: "appendonly.aof").path == "appendonly.aof.1.incr.aof")
        #expect(
            text(manifest) == """
                file appendonly.aof.1.base.rdb seq 1 type b
                file appendonly.aof.1.incr.aof seq 1 type i

                """)
    }

    @Test func aNewBaseMakesHistoryOfWhatIsBeforeIt() throws {
        var manifest = try AppendOnlyManifest(
            Word(
                "file a.1.base.rdb seq 1 type b\nfile a.1.incr.aof seq 1 type i\nfile a.2.incr.aof seq 2 type i\n".utf8)
        )
        _ = manifest.addIncrement(of: "a")
        #expect(manifest.addBase(of: "a", isSnapshot: false).path == "a.2.base.aof")
        manifest.retireIncrements(keepingLast: 1)
        #expect(
            text(manifest) == """
                file a.2.base.aof seq 2 type b
                file a.1.incr.aof seq 1 type h
                file a.2.incr.aof seq 2 type h
                file a.1.base.rdb seq 1 type h
                file a.3.incr.aof seq 3 type i

                """)
        manifest.forgetHistory()
        #expect(manifest.parts.map(\.path) == ["a.2.base.aof", "a.3.incr.aof"])
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        var manifest = AppendOnlyManifest()
        let name = " file seq \n\n.aof \u{e9}\\\"'"
        _ = manifest.addBase(of: name, isSnapshot: true)
        _ = manifest.addIncrement(of: name)
        #expect(text(manifest).hasPrefix("file \" file seq \\n\\n.aof \\xc3\\xa9\\\\\\\"'.1.base.rdb\" seq 1 type b\n"))
        // A backslash in a name is taken for a path: such a name is never given.
        #expect(throws: AppendOnlyManifestError.self) { try AppendOnlyManifest(manifest.text) }
        var plain = AppendOnlyManifest()
        _ = plain.addBase(of: " file seq \n\n.aof ", isSnapshot: true)
        #expect(try AppendOnlyManifest(plain.text) == plain)
    }

    @Test(arguments: [
        ("", "Found an empty AOF manifest", ""),
        ("file a seq 1 type b\nfile b seq 2 type b\n", "Found duplicate base file information", "file b seq 2 type b"),
        ("file a seq 2 type i\nfile b seq 1 type i\n", "Found a non-monotonic sequence number", "file b seq 1 type i"),
        ("file a seq 1 type i\n\n", "Invalid AOF manifest file format", ""),
        ("file a seq 1 type x\n", "Unknown AOF file type", "file a seq 1 type x"),
        ("filx a seq 1 type b\n", "Invalid AOF manifest file format", "filx a seq 1 type b"),
        ("file a type i\n", "Invalid AOF manifest file format", "file a type i"),
        ("file a seq 1 type i odd\n", "Invalid AOF manifest file format", "file a seq 1 type i odd"),
        ("file a seq x type i\n", "Invalid AOF manifest file format", "file a seq x type i"),
        ("file ../a seq 1 type i\n", "File can't be a path, just a filename", "file ../a seq 1 type i"),
        ("file \"a seq 1 type i\n", "Invalid AOF manifest file format", "file \"a seq 1 type i"),
        ("file a seq 1 type b", "The AOF manifest file contains too long line", ""),
    ])
    func aDamagedManifestIsRefused(text: String, reason: String, line: String) {
        do throws(AppendOnlyManifestError) {
            _ = try AppendOnlyManifest(Word(text.utf8))
            Issue.record("It was taken.")
        } catch {
            #expect(error.reason == reason)
            #expect(error.line?.text ?? "" == line)
        }
    }

    @Test func linesMayHoldMoreAndCommentsAreSkipped() throws {
        let manifest = try AppendOnlyManifest(
            Word("# by hand\nFILE 'a b' SEQ 7 TYPE base new key\n\tfile c seq 3x type i \r\n".utf8))
        #expect(manifest.parts.map(\.path) == ["a b", "c"])
        #expect(manifest.parts.map(\.sequence) == [7, 3])
        #expect(throws: AppendOnlyManifestError.self) {
            try AppendOnlyManifest(Word(("file a seq 1 type b x " + String(repeating: "y", count: 1024) + "\n").utf8))
        }
    }
}
