// Who may know whom: words that must not appear in a room, commands and their list, rooms and their map.

import Foundation
import TestSupport
import Testing

@Suite struct RoomTests {
    @Test func theEngineKnowsNoOperatingSystemAndHasNoClass() throws {
        var findings = Findings(of: "engine-words")
        for file in try SourceFile.all(in: ["Sources"]) where file.isEngine {
            let words = ["import ", "class ", "actor "]
            for (index, line) in file.code.enumerated() where words.contains(where: line.contains) {
                let imports = line.contains(/\bimport (Glibc|Foundation|Dispatch|Musl)\b/)
                let isClass = line.contains(/^\s*(?:(?:public|internal|private|fileprivate|final|open) )*class \w/)
                let isActor = line.contains(/^\s*(?:(?:public|internal|private) )*actor \w/)
                if imports || isClass || isActor { findings.add(file.path, "\(file.path):\(index + 1): \(line)") }
            }
        }
        findings.report()
    }

    @Test func unsafeCodeStaysInItsRooms() throws {
        var findings = Findings(of: "unsafe")
        let rooms: Set = ["Memory", "Containers", "Protocol"]
        for file in try SourceFile.all(in: ["Sources"]) where file.isEngine && !rooms.contains(file.room ?? "") {
            // The keyspace opens raw blocks in the files of its entries, long strings, shards, databases and doors.
            let blocks =
                /Keyspace\/(?:Entry|LargeString|RetainedString|StringEditor|Shard|Database|Keyspace\+(?:Doors|Scan))/
            if file.path.contains(blocks) { continue }
            let lines = file.code.indices.filter {
                file.code[$0].contains("unsafe") && file.code[$0].contains(/\bunsafe\b/)
            }
            if !lines.isEmpty {
                findings.add(file.path, "\(file.path): unsafe outside its rooms: lines \(lines.map { $0 + 1 })")
            }
        }
        findings.report()
    }

    @Test func roomsKnowOnlyThoseToTheirRight() throws {
        var findings = Findings(of: "rooms")
        let words: [(rooms: Set<String>, words: [String])] = [
            (
                ["Values", "Keyspace", "Containers", "Memory"],
                ["ReplyWriter", "CommandContext", "ClientTable", "Dispatcher"]
            ),
            (["Values", "Containers", "Memory"], ["Keyspace", "ChangeFeed", "Arguments"]),
            (["Containers", "Memory"], ["HashValue", "SetValue", "ListValue", "SortedSetValue"]),
            (["Persistence"], ["ReplyWriter", "CommandContext", "ClientTable", "Dispatcher", "Arguments"]),
            (["Commands"], ["EventLoop", "Poller", "Socket"]),
        ]
        for file in try SourceFile.all(in: ["Sources"]) {
            for (rooms, words) in words where rooms.contains(file.room ?? "") {
                for (index, line) in file.code.enumerated() {
                    guard let word = words.first(where: line.contains), RoomTests.has(line, word) else { continue }
                    findings.add(file.path, "\(file.path):\(index + 1): a room too far: \(word)")
                }
            }
        }
        findings.report()
    }

    /// Whether the word stands there by itself, not as a part of another.
    private static func has(_ line: String, _ word: String) -> Bool {
        line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.contains { $0 == word }
    }

    @Test func everyCommandIsListedOnce() throws {
        var findings = Findings(of: "commands")
        let folder = "Sources/Engine/Commands"
        var listed: [String: Int] = [:]
        var declared: [String: String] = [:]
        for file in try SourceFile.all(in: [folder]) {
            let name = (file.path as NSString).lastPathComponent.replacingOccurrences(of: ".swift", with: "")
            for line in file.code {
                if let match = line.firstMatch(
                    of: /^(?:enum|struct) ([A-Z][A-Z_0-9]+): (?:\w+, )*Command(?:Container)?\b/)
                {
                    declared[String(match.1)] = file.path
                    if String(match.1) != name {
                        findings.add(file.path, "\(file.path): \(match.1) belongs in \(match.1).swift")
                    }
                }
                if file.path.contains("AllCommands") {
                    for match in line.matches(of: /\b([A-Z][A-Z_0-9]+)\.self\b/) {
                        listed[String(match.1), default: 0] += 1
                    }
                }
            }
        }
        for (name, path) in declared where listed[name] == nil {
            findings.add(path, "\(path): \(name) is in no list of AllCommands")
        }
        for (name, count) in listed where count > 1 || declared[name] == nil {
            findings.add(
                name, "AllCommands lists \(name) \(count) times; declared in \(declared[name] ?? "no file of its name")"
            )
        }
        findings.report()
    }

    @Test func everyRoomIsOnTheMap() throws {
        var findings = Findings(of: "map")
        let map = try String(contentsOf: repositoryRoot.appendingPathComponent("Sources/README.md"), encoding: .utf8)
        for parent in ["Sources", "Sources/Engine"] {
            for name in try FileManager.default.contentsOfDirectory(
                atPath: repositoryRoot.appendingPathComponent(parent).path)
            {
                let path = "\(parent)/\(name)"
                let place = repositoryRoot.appendingPathComponent(path)
                let isFolder = try place.resourceValues(forKeys: [.isDirectoryKey]).isDirectory ?? false
                if isFolder, !map.contains(name) { findings.add(path, "\(path) is not in Sources/README.md") }
            }
        }
        findings.report()
    }
}
