// How much memory the container leaves to the process: the least limit of its control groups, its own and those above,
// as far as they can be seen. Read as files of the host, so that tests can put other ones there. What the machine has
// stands beside it.

/// The most memory that a process may use.
public struct MemoryAllowance: Equatable, Sendable {
    public let bytes: Int
    /// The file that says so; nil if nothing but the machine does.
    public let source: String?

    public init(bytes: Int, source: String?) {
        self.bytes = bytes
        self.source = source
    }
}

/// The control groups that this process is in, of both versions.
public struct ControlGroups {
    private let host: any Host
    /// Version 1 says so many bytes, or nearly, where there is no limit.
    private static let unlimited = 1 << 60

    public init(host: any Host) { self.host = host }

    /// What the process may use: what its container allows, or else the machine.
    public var allowance: MemoryAllowance {
        if let limit = containerLimit { return limit }
        return MemoryAllowance(bytes: machineMemory, source: nil)
    }

    /// What the container allows; nil if that is no less than the machine has.
    public var containerLimit: MemoryAllowance? {
        var least: MemoryAllowance?
        for (path, limit) in limits where limit < least?.bytes ?? machineMemory {
            least = MemoryAllowance(bytes: limit, source: path)
        }
        return least
    }

    /// Bytes of memory that the machine has.
    public var machineMemory: Int {
        for line in lines(of: "/proc/meminfo") {
            let fields = line.split(separator: " ")
            guard fields.count > 1, fields[0] == "MemTotal:", let kilobytes = Int(fields[1]) else { continue }
            let (bytes, overflows) = kilobytes.multipliedReportingOverflow(by: 1024)
            if !overflows, bytes > 0 { return bytes }
        }
        return ProcessUsage.machineMemory
    }

    private func text(of path: String) -> String? {
        (try? host.read(path)).map { String(decoding: $0, as: UTF8.self) }
    }

    private func lines(of path: String) -> [Substring] { text(of: path)?.split(separator: "\n") ?? [] }

    // MARK: Limits

    /// Every limit that can be seen, with the file that says it.
    private var limits: [(path: String, bytes: Int)] {
        var found: [(path: String, bytes: Int)] = []
        for place in places {
            for (index, directory) in place.directories.enumerated() {
                for name in place.isUnified ? ["memory.max", "memory.high"] : ["memory.limit_in_bytes"] {
                    let path = "\(directory)/\(name)"
                    if let limit = text(of: path).flatMap(ControlGroups.limit) { found.append((path, limit)) }
                }
                // The groups above that the container does not show are in this sum.
                if index == 0, !place.isUnified, let limit = hierarchicalLimit(in: directory) {
                    found.append(("\(directory)/memory.stat", limit))
                }
            }
        }
        return found
    }

    /// Nil for `max`, for what stands for no limit in version 1, and for what is no number.
    private static func limit(_ text: some StringProtocol) -> Int? {
        let digits = text.prefix { $0.isNumber }
        guard let limit = Int(digits), limit > 0, limit < unlimited else { return nil }
        return limit
    }

    private func hierarchicalLimit(in directory: String) -> Int? {
        for line in lines(of: "\(directory)/memory.stat") {
            let fields = line.split(separator: " ")
            if fields.count == 2, fields[0] == "hierarchical_memory_limit" { return ControlGroups.limit(fields[1]) }
        }
        return nil
    }

    // MARK: Places

    /// One hierarchy that may limit memory: the directory of the process's group, and those above it.
    private struct Place {
        let isUnified: Bool
        let directories: [String]
    }

    private var places: [Place] {
        let memberships = lines(of: "/proc/self/cgroup").map { $0.split(separator: ":", maxSplits: 2) }
        func path(where isWanted: (_ fields: [Substring]) -> Bool) -> String {
            memberships.first(where: isWanted)?.last.map(String.init) ?? "/"
        }
        // Two fields only: version 2 names no controllers.
        let unifiedPath = path { $0.first == "0" && $0.count == 2 }
        let memoryPath = path { $0.count == 3 && $0[1].split(separator: ",").contains("memory") }
        var places: [Place] = []
        for line in lines(of: "/proc/self/mountinfo") {
            let fields = line.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), dash > 4, fields.count > dash + 3 else { continue }
            let isUnified = fields[dash + 1] == "cgroup2"
            let hasMemory = fields[dash + 1] == "cgroup" && fields[dash + 3].split(separator: ",").contains("memory")
            guard isUnified || hasMemory else { continue }
            let path = isUnified ? unifiedPath : memoryPath
            let below = ControlGroups.path(path, below: String(fields[3]))
            places.append(Place(isUnified: isUnified, directories: ControlGroups.directories(fields[4], below)))
        }
        guard places.isEmpty else { return places }
        return [
            Place(isUnified: true, directories: ["/sys/fs/cgroup"]),
            Place(isUnified: false, directories: ["/sys/fs/cgroup/memory"]),
        ]
    }

    /// Where the group lies in a mount that shows what is below `root`: a container often sees no more than its own.
    private static func path(_ path: String, below root: String) -> Substring {
        if path.split(separator: "/").contains("..") { return "" }
        if root == "/" { return path[...] }
        return path.hasPrefix(root + "/") ? path.dropFirst(root.count) : ""
    }

    private static func directories(_ mount: Substring, _ below: Substring) -> [String] {
        let components = below.split(separator: "/")
        return (0...components.count).reversed().map { count in
            components.prefix(count).reduce(String(mount)) { "\($0)/\($1)" }
        }
    }
}
