// The declarations of settings against what the real server has, and CONFIG SET, GET and REWRITE.

import Foundation
import TestSupport
import Testing

@testable import Engine

@Suite struct SettingTests {
    static let facts: [(name: String, fact: Fact)] = {
        guard case .record(let record)? = try? Fact.file("config") else { return [] }
        return record.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }()

    private func server(_ settings: Settings = Settings(), file: String? = nil, host: FakeHost = FakeHost()) -> Server {
        var invocation = Invocation()
        invocation.configurationFile = file
        return Server(settings: settings, log: .silent, host: host, invocation: invocation)
    }

    private func set(_ server: inout Server, _ pairs: (String, String)...) -> String? {
        do throws(SettingFailure) {
            try server.context.set(pairs.map { (name: $0.0, value: Array($0.1.utf8)) })
            return nil
        } catch { return "\(error.name): \(error.reason ?? "unknown")" }
    }

    @Test func everySettingOfRedisIsKnown() {
        #expect(SettingTests.facts.count == 195)
        let listed = Setting.all.filter { !$0.traits.contains(.hidden) }
        let ours: Set = [
            "rdb-save-version", "reported-redis-version", "usage-sampling", "usage-tracked-keys",
            "usage-tracked-prefixes", "usage-walk-interval", "commandlog-execution-slower-than",
            "commandlog-slow-execution-max-len", "commandlog-request-larger-than", "commandlog-reply-larger-than",
            "commandlog-large-request-max-len", "commandlog-large-reply-max-len",
        ]
        let names = Set(listed.map(\.name) + listed.compactMap(\.alias)).subtracting(ours)
        #expect(names == Set(SettingTests.facts.map(\.name)))
        #expect(Set(Setting.all.map(\.name)).count == Setting.all.count)
    }

    @Test(arguments: facts)
    func itBeginsAndChangesAsInRedis(_ name: String, _ fact: Fact) throws {
        let setting = try #require(Setting.named(name))
        let initial = try #require(fact["default"].text)
        let text = setting.text(Settings()).string
        if initial != "<run-specific>" { #expect(text == initial) }
        let refusal = fact["set_back"].text ?? ""
        #expect(setting.traits.contains(.immutable) == refusal.contains("immutable"))
        #expect(setting.traits.contains(.protected) == refusal.contains("set protected"))
        var server = server()
        let complaint = set(&server, (name, text))
        #expect(
            complaint.map {
                "-ERR CONFIG SET failed (possibly related to argument '\($0.replacing(": ", with: "') - "))"
            } ?? "" == refusal)
        #expect(setting.text(server.context.settings).string == text)
    }

    @Test func aLineOfAFileSaysTheSameAsTheValue() throws {
        for setting in Setting.all {
            var settings = Settings()
            settings.isBeingRead = true
            for line in setting.lines(settings) {
                let words = try #require(line.words)
                #expect(words.first?.string == setting.name)
                try setting.read(Array(words.dropFirst()), &settings)
            }
            let before = setting.text(Settings())
            #expect(setting.text(settings) == before || setting.name == "dir", "\(setting.name)")
        }
    }

    // MARK: CONFIG SET

    @Test func severalAreSetOrNone() {
        var server = server()
        #expect(set(&server, ("maxmemory", "10mb"), ("timeout", "7"), ("save", "")) == nil)
        #expect(server.context.settings.maxMemory == 10 << 20)
        #expect(server.context.clients.limits.idleSeconds == 7)
        let complaint = set(&server, ("maxmemory", "1"), ("maxmemory-clients", "200%"), ("timeout", "x"))
        #expect(complaint == "maxmemory-clients: percentage argument must be less or equal to 100")
        #expect(server.context.settings.maxMemory == 10 << 20)
        #expect(set(&server, ("timeout", "8"), ("TIMEOUT", "9")) == "TIMEOUT: duplicate parameter")
        #expect(set(&server, ("timeout", "8"), ("nothing", "9")) == "nothing: unknown")
        #expect(server.context.settings.timeoutSeconds == 7)
    }

    @Test func whatFailsToTakeEffectIsTakenBack() {
        let host = FakeHost()
        host.openFiles = 500
        var server = server(host: host)
        let complaint = set(&server, ("timeout", "5"), ("maxclients", "1000"))
        #expect(complaint?.hasPrefix("maxclients: The operating system is not able to handle") == true)
        #expect(server.context.settings.maxClients == 10_000)
        #expect(server.context.settings.timeoutSeconds == 0)
        #expect(server.context.clients.limits.idleSeconds == 0)
    }

    @Test func effectsReachTheRoomsTheyConcern() {
        let host = FakeHost()
        var server = server(host: host)
        #expect(
            set(&server, ("hash-max-ziplist-entries", "3"), ("port", "7"), ("proc-title-template", "{{ {port}")) == nil)
        #expect(server.context.keyspace.heap.limits.hashEntries == 3)
        #expect(server.context.listeners.settings.port == 7)
        #expect(host.title == "{ 7")
        #expect(set(&server, ("hz", "0")) == nil)
        #expect(server.context.settings.ticksPerSecond == 1)
        #expect(set(&server, ("notify-keyspace-events", "xKEg")) == nil)
        #expect(Setting.keyspaceEvents.text(server.context.settings).string == "gxKE")
    }

    @Test func protectedSettingsNeedPermission() {
        var settings = Settings()
        var first = server(settings)
        #expect(set(&first, ("dir", "/x")) == "dir: can't set protected config")
        settings.protectedSettings = .yes
        var second = server(settings)
        #expect(set(&second, ("dir", "/missing")) == "dir: No such file or directory")
        #expect(set(&second, ("dir", "/x")) == nil)
        #expect(second.context.settings.directory == "/x")
    }

    // MARK: CONFIG REWRITE

    @Test func aRewrittenFileKeepsItsCommentsAndItsOrder() throws {
        let host = FakeHost([
            "/c": "# mine\ntimeout 1\n\n\n\nport 1\nslave-read-only no\nport 2\nwhat is this\nrename-command a b\n"
        ])
        var reader = ConfigurationReader(host: host)
        reader.read(file: "/c")
        var server = server(reader.settings, file: "/c", host: host)
        #expect(set(&server, ("timeout", "9"), ("maxmemory", "2mb"), ("requirepass", "a\"b\n")) == nil)
        try server.context.rewriteConfiguration()
        let expected = """
            # mine
            timeout 9

            port 2
            replica-read-only no

            # ??? what is this
            rename-command a b
            # Generated by CONFIG REWRITE
            requirepass "a\\"b\\n"
            maxmemory 2mb

            """
        #expect(host.simulatedDisk["/c"]?.string.replacing(/dir .*\n/, with: "") == expected)
        try server.context.rewriteConfiguration()
        #expect(host.simulatedDisk["/c"]?.string.replacing(/dir .*\n/, with: "") == expected)
    }

    @Test func everySettingCanBeWrittenAndReadAgain() throws {
        let host = FakeHost()
        var first = server(file: "/all", host: host)
        #expect(
            set(&first, ("client-output-buffer-limit", "normal 1mb 2 3"), ("shutdown-on-sigint", "force nosave")) == nil
        )
        try first.context.rewriteConfiguration(all: true)
        var reader = ConfigurationReader(host: host)
        reader.read(file: "/all")
        #expect(reader.errors.map(\.reason) == [])
        for setting in Setting.all where setting.name != "dir" {
            #expect(setting.text(reader.settings) == setting.text(first.context.settings), "\(setting.name)")
        }
    }

    @Test func withoutAFileNothingIsRewritten() {
        var server = server()
        #expect(throws: CommandError.self) { try server.context.rewriteConfiguration() }
    }

    @Test func theSampleFileIsCurrent() throws {
        let file = repositoryRoot.appendingPathComponent("config/apus.conf")
        let written = try String(contentsOf: file, encoding: .utf8)
        #expect(
            written == SampleConfiguration.text, "write it anew: apus-server --print-sample-config > config/apus.conf")
    }
}
