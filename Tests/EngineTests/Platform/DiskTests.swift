// What every disk promises, held by the one of the machine, in a directory of the test's own, and by the simulated one.

import Foundation
import Platform
import TestSupport
import Testing

/// A disk and an empty directory on it.
final class DiskPlace: Sendable {
    enum Kind: CaseIterable { case system, simulated }

    let disk: any Disk
    let folder: String
    private let isReal: Bool

    init(_ kind: Kind) throws {
        isReal = kind == .system
        disk = isReal ? SystemDisk() : SimulatedDisk()
        folder =
            isReal ? FileManager.default.temporaryDirectory.path + "/apus-disk-\(UUID().uuidString)" : "/data/place"
        try disk.createDirectory(folder)
    }

    deinit {
        if isReal { try? FileManager.default.removeItem(atPath: folder) }
    }

    func path(_ name: String) -> String { DiskPath.join(folder, name) }

    /// Writes a file in one go.
    func put(_ text: String, _ name: String) throws {
        let file = try disk.open(path(name), .create)
        try append(text, file)
        try disk.close(file)
    }

    func append(_ text: String, _ file: DiskFile) throws {
        let bytes = Array(text.utf8)
        try unsafe disk.appendAll(file, bytes.span.bytes)
    }

    func write(_ text: String, _ file: DiskFile, at offset: Int) throws {
        let bytes = Array(text.utf8)
        try unsafe disk.write(file, bytes.span.bytes, at: offset)
    }

    func text(_ name: String) throws -> String { String(decoding: try disk.contents(of: path(name)), as: UTF8.self) }

    /// What a disk says when it refuses.
    func error(_ body: () throws -> Void) -> DiskError? {
        do { try body() } catch { return error as? DiskError }
        return nil
    }
}

@Suite struct DiskTests {
    @Test(arguments: DiskPlace.Kind.allCases) func whatIsAppendedIsReadAgain(_ kind: DiskPlace.Kind) throws {
        let place = try DiskPlace(kind), disk = place.disk
        try place.put("one", "a")
        let file = try disk.open(place.path("a"), .append)
        #expect(try disk.size(of: file) == 3)
        try place.append("two", file)
        try place.write("W", file, at: 3)
        try place.append("three", file)
        disk.startWriteback(file, offset: 0, count: 5)
        try disk.sync(file)
        try disk.close(file)
        #expect(try place.text("a") == "oneWwothree")
        try place.put("x", "a")
        #expect(try place.text("a") == "x")
    }

    @Test(arguments: DiskPlace.Kind.allCases) func readingStopsAtTheEnd(_ kind: DiskPlace.Kind) throws {
        let place = try DiskPlace(kind)
        try place.put("0123456789", "a")
        let file = try place.disk.open(place.path("a"), .read)
        var block = [UInt8](repeating: 46, count: 4)
        func read(_ offset: Int) throws -> String {
            var span = block.mutableSpan
            var space = unsafe span.mutableBytes
            let count = try place.disk.read(file, into: &space, at: offset)
            return String(decoding: block[..<count], as: UTF8.self)
        }
        #expect(try read(3) == "3456")
        #expect(try read(8) == "89")
        #expect(try read(10) == "")
        #expect(try read(99) == "")
        #expect(throws: DiskError.self) { try place.append("x", file) }
        #expect(throws: DiskError.self) { try place.disk.truncate(file, to: 0) }
        try place.disk.close(file)
    }

    @Test(arguments: DiskPlace.Kind.allCases) func truncatingCutsAndGrows(_ kind: DiskPlace.Kind) throws {
        let place = try DiskPlace(kind)
        let file = try place.disk.open(place.path("a"), .create)
        try place.append("0123456789", file)
        try place.disk.truncate(file, to: 4)
        try place.append("x", file)
        try place.disk.truncate(file, to: 7)
        try place.append("y", file)
        try place.write("z", file, at: 10)
        try place.disk.close(file)
        #expect(try place.text("a") == "0123x\0\0y\0\0z")
    }

    @Test(arguments: DiskPlace.Kind.allCases) func whatIsMissingIsSaid(_ kind: DiskPlace.Kind) throws {
        let place = try DiskPlace(kind), disk = place.disk
        let missing = "No such file or directory"
        for (call, path) in [("open", "a"), ("open", "no/a")] {
            let error = place.error { _ = try disk.open(place.path(path), .read) }
            #expect(error == DiskError(call: call, reason: missing, isMissing: true))
        }
        #expect(place.error { _ = try disk.open(place.path("no/a"), .create) }?.isMissing == true)
        #expect(place.error { try disk.rename(place.path("a"), to: place.path("b")) }?.call == "rename")
        #expect(place.error { try disk.remove(place.path("a")) }?.call == "unlink")
        #expect(place.error { _ = try disk.names(in: place.path("no")) }?.call == "opendir")
        #expect(place.error { try disk.syncDirectory(place.path("no")) }?.isMissing == true)
        #expect(place.error { try disk.createDirectory(place.path("no/more")) }?.call == "mkdir")
        #expect(place.error { try disk.removeDirectory(place.path("no")) }?.call == "rmdir")
        #expect(disk.status(of: place.path("a")) == nil)
    }

    @Test(arguments: DiskPlace.Kind.allCases) func namesMoveAndGo(_ kind: DiskPlace.Kind) throws {
        let place = try DiskPlace(kind), disk = place.disk
        try place.put("old", "a")
        try place.put("new", "b")
        let reader = try disk.open(place.path("a"), .read)
        try disk.rename(place.path("b"), to: place.path("a"))
        try disk.syncDirectory(of: place.path("a"))
        #expect(try place.text("a") == "new")
        #expect(try disk.size(of: reader) == 3)
        #expect(try disk.names(in: place.folder) == ["a"])
        try disk.createDirectory(place.path("d"))
        try disk.createDirectory(place.path("d"))
        #expect(place.error { try disk.createDirectory(place.path("a")) }?.reason == "File exists")
        try place.put("x", "d/x")
        #expect(place.error { try disk.removeDirectory(place.path("d")) }?.reason == "Directory not empty")
        #expect(try disk.names(in: place.folder) == ["a", "d"])
        #expect(disk.status(of: place.path("d"))?.kind == .directory)
        #expect(disk.status(of: place.path("a"))?.kind == .file)
        #expect(disk.status(of: place.path("a"))?.size == 3)
        try disk.remove(place.path("d/x"))
        try disk.removeDirectory(place.path("d"))
        try disk.remove(place.path("a"))
        #expect(try disk.names(in: place.folder) == [])
        try disk.close(reader)
    }

    @Test(arguments: DiskPlace.Kind.allCases) func aFileIsReplacedAsAWhole(_ kind: DiskPlace.Kind) throws {
        let place = try DiskPlace(kind)
        for text in ["first", "", String(repeating: "long", count: 50_000)] {
            try place.disk.replace(place.path("a"), with: Array(text.utf8), draft: place.path("a.draft"))
            #expect(try place.text("a") == text)
            #expect(try place.disk.names(in: place.folder) == ["a"])
        }
    }

    @Test func aFullDeviceIsKnownAsFull() throws {
        let disk = SystemDisk()
        guard disk.exists("/dev/full") else { return }
        let file = try disk.open("/dev/full", .append), bytes: [UInt8] = [1, 2, 3]
        defer { try? disk.close(file) }
        do {
            try unsafe disk.appendAll(file, bytes.span.bytes)
            Issue.record("a full device took something")
        } catch {
            #expect(error == DiskError(call: "write", reason: "No space left on device", isFull: true))
        }
    }

    @Test func pathsAreTakenApartAndPutTogether() {
        #expect(["a", "/a", "b/a", "/c/b/a"].map { DiskPath.directory(of: $0) } == [".", "/", "b", "/c/b"])
        #expect(["a", "/a", "b/a", ""].map { DiskPath.name(of: $0) } == ["a", "a", "a", ""])
        #expect(DiskPath.join("a", "b") == "a/b")
        #expect(DiskPath.join(".", "b") == "b")
        #expect(DiskPath.join("/", "b") == "/b")
        #expect(DiskPath.join("/a/", "b") == "/a/b")
    }
}
