// Configurations: files, inclusion, options of the command line, and what is wrong with them.

import Testing

@testable import Engine

@Suite struct ConfigurationReaderTests {
    private func read(_ text: String, _ files: [String: String] = [:]) -> ConfigurationReader {
        var reader = ConfigurationReader(host: FakeHost(files.merging(["/c": text]) { $1 }))
        reader.read(file: "/c")
        return reader
    }

    private func value(_ name: String, _ settings: Settings) -> String? { Setting.named(name)?.text(settings).string }

    @Test func aFileOfOldStartsUnchanged() {
        let reader = read(
            """
            # comment
            maxmemory 4gb
            maxmemory-policy allkeys-lru
            save ""
            appendonly no
            timeout 300
            tcp-keepalive 60

            loglevel notice
            logfile /var/log/apus.log
            slave-serve-stale-data yes
            client-output-buffer-limit replica 1mb 2k 3 pubsub 0 0 0
            bind 127.0.0.1 -::1
            """)
        #expect(reader.errors.isEmpty)
        #expect(reader.settings.maxMemory == 4 << 30)
        #expect(reader.settings.maxMemoryPolicy == .allKeysLRU)
        #expect(reader.settings.timeoutSeconds == 300)
        #expect(reader.settings.bind == ["127.0.0.1", "-::1"])
        #expect(reader.settings.outputBufferLimits.replica == .init(hard: 1 << 20, soft: 2000, softSeconds: 3))
        #expect(value("replica-serve-stale-data", reader.settings) == "yes")
    }

    /// Line, and what is said of it.
    static let mistakes: [(String, String)] = [
        ("port", "wrong number of arguments"), ("port 1 2", "wrong number of arguments"),
        ("port x", "argument couldn't be parsed into an integer"),
        ("port 65536", "argument must be between 0 and 65535 inclusive"),
        ("daemonize maybe", "argument must be 'yes' or 'no'"), ("maxmemory 1x", "argument must be a memory value"),
        ("maxmemory-clients 101%", "percentage argument must be less or equal to 100"),
        ("maxmemory-clients x", "argument must be a memory or percent value"),
        ("unixsocketperm 999", "argument couldn't be parsed as an octal number"),
        ("unixsocketperm 1000", "argument must be between 0 and 777 inclusive"),
        ("loglevel loud", "argument(s) must be one of the following: debug, verbose, notice, warning, nothing"),
        ("shutdown-on-sigterm save nosave", "shutdown options SAVE and NOSAVE can't be used simultaneously"),
        ("save 1", "Invalid save parameters"), ("save 0 1", "Invalid save parameters"),
        ("notify-keyspace-events Q", "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."),
        ("client-output-buffer-limit normal 0 0", "Wrong number of arguments in buffer limit configuration."),
        ("client-output-buffer-limit master 0 0 0", "Invalid client class specified in buffer limit configuration."),
        (
            "client-output-buffer-limit normal 0 0 x",
            "Error in hard, soft or soft_seconds setting in buffer limit configuration."
        ),
        ("dbfilename a/b", "dbfilename can't be a path, just a filename"),
        ("proc-title-template {nope}", "template format is invalid or contains unknown variables"),
        ("replicaof a x", "Invalid master port"), ("logfile \"a", "Unbalanced quotes in configuration line"),
        ("dir /missing/x", "No such file or directory"), ("rename-command nope x", "No such command in rename-command"),
        ("rename-command get set", "Target command name already exists"),
        ("bogus 1", "Bad directive or wrong number of arguments"),
        ("sentinel monitor x 1 2 3", "sentinel directive while not in sentinel mode"),
    ]

    @Test(arguments: mistakes)
    func aMistakeIsReportedInRedisWords(_ line: String, _ reason: String) {
        let reader = read("timeout 1\n\n\(line)\n")
        #expect(reader.errors.map(\.reason) == [reason])
        #expect(reader.errors.first?.number == 3)
        #expect(reader.errors.first?.line == Array(line.utf8))
    }

    @Test(arguments: [
        "save 60", "tls-port 1", "aclfile /a", "user default on",
        "cluster-enabled yes",
        "loadmodule /a", "tls-replication yes",
    ])
    func whatWouldLoseDataOrOpenADoorIsRefused(_ line: String) {
        #expect(read(line).errors.count == 1)
    }

    @Test(arguments: [
        "appendonly yes", "appendonly no", #"save """#, "tls-port 0", #"aclfile """#, "cluster-enabled no",
        "masterauth secret", "replicaof a 1", "replicaof no one",
        "io-threads 4",
        "list-max-ziplist-entries 5", "repl-backlog-size 1mb", "key-load-delay 50", "cluster-ping-interval 100",
    ])
    func whatChangesNothingIsTaken(_ line: String) {
        #expect(read(line).errors.isEmpty)
    }

    @Test func everyErrorIsCollected() {
        let reader = read("port x\ntimeout 5\ntimeoutt 5\nsave 1\n")
        #expect(reader.errors.map(\.number) == [1, 3, 4])
        #expect(reader.errors[1].hint == "timeout")
        #expect(ConfigurationReport.all(reader.errors).contains("3 errors"))
    }

    @Test func similarNamesAreOffered() {
        #expect(Setting.similar(to: "maxmemroy") == "maxmemory")
        #expect(Setting.similar(to: "tcp-keep-alive") == "tcp-keepalive")
        #expect(Setting.similar(to: "xyzzy") == nil)
        #expect(Setting.similar(to: String(repeating: "a", count: 100_000)) == nil)
    }

    @Test func filesIncludeOthersInTheirPlace() {
        let files = ["/a.conf": "timeout 1\nport 1", "/b.conf": "port 2", "/d/1": "hz 20", "/d/2": "hz 30"]
        let reader = read("include /a.conf\ntimeout 2\ninclude /b.conf\ninclude /d/*\ninclude /none/*", files)
        #expect(reader.errors.isEmpty)
        #expect(reader.settings.port == 2)
        #expect(reader.settings.timeoutSeconds == 2)
        #expect(reader.settings.ticksPerSecond == 30)
    }

    @Test func aFileThatIncludesItselfEnds() {
        let reader = read("include /c")
        #expect(reader.errors.map(\.reason) == ["files include each other too deeply"])
    }

    @Test func aMissingFileEndsEverything() {
        let reader = read("include /nothing\nport x")
        #expect(reader.unreadable?.path == "/nothing")
        #expect(reader.errors.isEmpty)
    }

    @Test func fileThenInputThenOptions() {
        let host = FakeHost(["/c": "port 1\nhz 1\ntimeout 1"])
        host.input = Array("port 2\nhz 2".utf8)
        var reader = ConfigurationReader(host: host)
        reader.read(file: "/c", standardInput: true, options: [Array("port 3".utf8)])
        #expect(reader.errors.isEmpty)
        #expect([reader.settings.port, reader.settings.ticksPerSecond, reader.settings.timeoutSeconds] == [3, 2, 1])
    }

    @Test func aCommandCanBeRenamedAndItsNameTaken() {
        #expect(read("rename-command get fetch\nrename-command fetch take").errors.isEmpty)
        #expect(read("rename-command get \"\"\nrename-command set get").errors.isEmpty)
        #expect(read("rename-command get \"\"\nrename-command get x").errors.count == 1)
    }

    @Test func noBytesAreTooOdd() {
        var state: UInt64 = 11
        for _ in 0..<300 {
            var text = ""
            for _ in 0..<40 {
                state = state &* 6_364_136_223_846_793_005 &+ 1
                let pieces = [
                    "save", "\"", "'", "\\x4", " ", "\n", "port", "-1", "99999999999999999999", "\u{0}", "é", "#",
                    "maxmemory", "%", "bind",
                ]
                text += pieces[Int(state >> 40) % pieces.count]
            }
            _ = read(text)
        }
    }
}
