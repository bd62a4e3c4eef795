// `maxmemory` as bytes, percentage and `auto`: what containers of both versions say of their limits, what the setting
// comes to, and what CONFIG answers and writes.

import Platform
import TestSupport
import Testing

@testable import Engine

@Suite struct MemoryLimitTests {
    private static let unified = "29 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
    private static let memory = "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
    private static let machine = "MemTotal:        8000000 kB\nMemFree: 1 kB\n"

    private func allowance(_ files: [String: String]) -> MemoryAllowance? {
        ControlGroups(host: FakeHost(files.merging(["/proc/meminfo": MemoryLimitTests.machine]) { $1 })).containerLimit
    }

    @Test func theGroupOfTheProcessLimitsIt() {
        let found = allowance([
            "/proc/self/cgroup": "0::/system.slice/apus.service\n",
            "/proc/self/mountinfo": MemoryLimitTests.unified,
            "/sys/fs/cgroup/system.slice/apus.service/memory.max": "134217728\n",
            "/sys/fs/cgroup/system.slice/memory.max": "max\n",
        ])
        #expect(
            found == MemoryAllowance(bytes: 128 << 20, source: "/sys/fs/cgroup/system.slice/apus.service/memory.max"))
    }

    @Test func aGroupAboveMayLimitItMore() {
        let found = allowance([
            "/proc/self/cgroup": "0::/pod/one\n", "/proc/self/mountinfo": MemoryLimitTests.unified,
            "/sys/fs/cgroup/pod/one/memory.max": "max\n", "/sys/fs/cgroup/pod/memory.max": "268435456\n",
            "/sys/fs/cgroup/memory.max": "536870912\n",
        ])
        #expect(found == MemoryAllowance(bytes: 256 << 20, source: "/sys/fs/cgroup/pod/memory.max"))
    }

    @Test func inItsOwnNamespaceAContainerSeesItsGroupAsTheTop() {
        let found = allowance([
            "/proc/self/cgroup": "0::/\n", "/proc/self/mountinfo": MemoryLimitTests.unified,
            "/sys/fs/cgroup/memory.max": "536870912\n",
        ])
        #expect(found == MemoryAllowance(bytes: 512 << 20, source: "/sys/fs/cgroup/memory.max"))
    }

    @Test func whereTheMountBeginsAtTheGroupItsPathIsCut() {
        let files = [
            "/proc/self/cgroup": "4:cpu:/docker/abc\n3:memory:/docker/abc\n0::/\n",
            "/proc/self/mountinfo": MemoryLimitTests.memory,
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "67108864\n",
        ]
        #expect(
            allowance(files)
                == MemoryAllowance(bytes: 64 << 20, source: "/sys/fs/cgroup/memory/memory.limit_in_bytes"))
        let nested = allowance(files.merging(["/proc/self/cgroup": "3:memory,cpu:/docker/abc/inner\n"]) { $1 })
        #expect(nested?.bytes == 64 << 20)
    }

    @Test func groupsThatCannotBeSeenCountBySum() {
        let found = allowance([
            "/proc/self/cgroup": "3:memory:/docker/abc\n", "/proc/self/mountinfo": MemoryLimitTests.memory,
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            "/sys/fs/cgroup/memory/memory.stat": "cache 0\nhierarchical_memory_limit 33554432\n",
        ])
        #expect(found == MemoryAllowance(bytes: 32 << 20, source: "/sys/fs/cgroup/memory/memory.stat"))
    }

    @Test(arguments: ["max\n", "9223372036854771712\n", "", "garbage\n", "0\n", "-5\n", "99999999999999999999\n"])
    func whatIsNoLimitIsNone(_ text: String) {
        let files = [
            "/proc/self/cgroup": "0::/\n", "/proc/self/mountinfo": MemoryLimitTests.unified,
            "/sys/fs/cgroup/memory.max": text,
        ]
        #expect(allowance(files) == nil)
    }

    @Test func moreThanTheMachineHasIsNoLimit() {
        #expect(allowance(["/sys/fs/cgroup/memory.max": "9000000000\n"]) == nil)
        #expect(allowance([:]) == nil)
        let all = ControlGroups(host: FakeHost(["/proc/meminfo": MemoryLimitTests.machine])).allowance
        #expect(all == MemoryAllowance(bytes: 8_192_000_000, source: nil))
    }

    @Test func withoutAListOfMountsTheUsualPlacesAreTried() {
        #expect(allowance(["/sys/fs/cgroup/memory.max": "1048576\n"])?.bytes == 1 << 20)
        #expect(allowance(["/sys/fs/cgroup/memory/memory.limit_in_bytes": "1048576\n"])?.bytes == 1 << 20)
    }

    // MARK: The setting

    private func server(container: Int?) -> Server {
        server(Settings(), container: container)
    }

    private func set(_ name: String, _ value: String, _ server: inout Server) -> String? {
        do throws(SettingFailure) {
            try server.context.set([(name: name, value: Array(value.utf8))])
            return nil
        } catch { return error.reason }
    }

    private func text(_ name: String, _ server: borrowing Server) -> String? {
        Setting.named(name)?.text(server.context.settings).string
    }

    @Test func aPercentageIsOfTheContainerOrElseOfTheMachine() {
        var inside = server(container: 128 << 20)
        var outside = server(container: nil)
        #expect(set("maxmemory", "75%", &inside) == nil && set("maxmemory", "50%", &outside) == nil)
        #expect(text("maxmemory", inside) == "\((128 << 20) / 100 * 75)")
        #expect(text("maxmemory", outside) == "4096000000")
        #expect(set("maxmemory", "101%", &inside) == "percentage argument must be less or equal to 100")
        #expect(set("maxmemory", "x%", &inside) == "argument must be a memory value")
        #expect(set("maxmemory", "0%", &inside) == nil && text("maxmemory", inside) == "0")
        #expect(inside.context.account.isLimited == false)
    }

    @Test func whatFitsTheContainerHasRoomForBuffersToo() {
        var server = server(container: 128 << 20)
        #expect(set("maxmemory", "auto", &server) == nil)
        let limit = server.context.settings.maxMemory
        #expect(limit == MemoryLimit.share(of: 128 << 20) && limit > 64 << 20)
        // The promise for small pods.
        #expect(limit * 3 / 2 + 16 << 20 <= 128 << 20)
        #expect(text("maxmemory", server) == "\(limit)" && text("maxmemory-clients", server) == "25%")
        #expect(server.context.clients.memory.limit == limit / 4)
        #expect(set("maxmemory-clients", "0", &server) == nil)
        #expect(text("maxmemory-clients", server) == "0" && server.context.clients.memory.limit == nil)
    }

    @Test func whereThereIsNoContainerThereIsNoLimit() {
        var server = server(container: nil)
        #expect(set("maxmemory", "AUTO", &server) == nil)
        #expect(text("maxmemory", server) == "0" && text("maxmemory-clients", server) == "0")
        #expect(!server.context.account.isLimited && server.context.clients.memory.limit == nil)
        #expect(server.context.memoryReport == "maxmemory 0 (auto: no limit, for the container has none)")
    }

    @Test func aFileKeepsWhatWasWritten() {
        var server = server(container: 128 << 20)
        var rewriter = ConfigurationRewriter(Word("maxmemory 70%\nport 7\n".utf8))
        _ = set("maxmemory", "60%", &server)
        rewriter.rewrite(server.context.settings)
        #expect(rewriter.contents.string.hasPrefix("maxmemory 60%\n"))
        _ = set("maxmemory", "auto", &server)
        rewriter = ConfigurationRewriter([])
        rewriter.rewrite(server.context.settings)
        #expect(rewriter.contents.string.contains("\nmaxmemory auto\n"))
        #expect(!rewriter.contents.string.contains("maxmemory-clients"))
        _ = set("maxmemory-clients", "0", &server)
        rewriter = ConfigurationRewriter([])
        rewriter.rewrite(server.context.settings)
        #expect(rewriter.contents.string.contains("\nmaxmemory-clients 0%\n"))
    }

    // MARK: The start

    private func server(_ settings: Settings, container: Int?) -> Server {
        var files = ["/proc/meminfo": MemoryLimitTests.machine]
        if let container { files["/sys/fs/cgroup/memory.max"] = "\(container)\n" }
        return Server(settings: settings, log: .silent, host: FakeHost(files), invocation: Invocation())
    }

    @Test func theStartSaysWhatHolds() {
        var settings = Settings()
        settings.memoryLimit = .automatic
        settings.maxMemoryPolicy = .allKeysLRU
        settings.savePoints = []
        settings.appendOnly = true
        settings.password = [1]
        let server = server(settings, container: 128 << 20)
        let limit = MemoryLimit.share(of: 128 << 20)
        #expect(
            server.context.startReport
                == "maxmemory \(limit) (auto: /sys/fs/cgroup/memory.max says 134217728), maxmemory-clients "
                + "\(limit / 4), allkeys-lru; no save points, appendonly with appendfsync everysec; "
                + "bind * -::* port 6379, protected-mode, a password")
        #expect(server.context.startWarnings.isEmpty)
    }

    @Test(arguments: [
        (0, 128, "there is no maxmemory"), (256, 128, "maxmemory is more than"), (120, 128, "maxmemory leaves little"),
        (80, 128, nil), (0, nil, nil), (100_000, nil, nil),
    ])
    func theStartWarnsOfWhatTheContainerWillNotBear(_ limit: Int, _ container: Int?, _ warning: String?) {
        var settings = Settings()
        settings.memoryLimit = .bytes(limit << 20)
        let server = server(settings, container: container.map { $0 << 20 })
        let warnings = server.context.startWarnings
        #expect(warnings.count == (warning == nil ? 0 : 1))
        if let warning { #expect(warnings.first?.hasPrefix(warning) == true) }
    }

    @Test func theStartWarnsOfOpenDoors() {
        var settings = Settings()
        settings.protectedMode = false
        let open = server(settings, container: nil).context.startWarnings
        #expect(open.count == 1)
        settings.bind = ["127.0.0.1", "-::1"]
        let closed = server(settings, container: nil).context.startWarnings
        #expect(closed.isEmpty)
    }
}
