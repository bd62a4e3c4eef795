// The programs that this one is as well, if it is called by their names: they look at files and need no server.

internal import Platform

/// A tool for files, known by the name of the program.
enum FileTool: String, CaseIterable {
    case checkSnapshot = "redis-check-rdb"
    case checkAppendOnly = "redis-check-aof"

    /// The tool of that name, wherever it lies.
    init?(program: String) {
        let name = program.split(separator: "/").last ?? ""
        guard let tool = FileTool.allCases.first(where: { name.contains($0.rawValue) }) else { return nil }
        self = tool
    }

    /// Does what the command line asks for. Returns the exit code.
    func run(_ arguments: [String], host: SystemHost) -> Int32 {
        let say = { host.print($0, toErrors: false) }
        switch self {
        case .checkSnapshot: return RDBCheck.run(arguments, host)
        case .checkAppendOnly:
            var check = AppendOnlyCheck(disk: host.disk, say: say) { host.readConsent() }
            return check.run(arguments)
        }
    }
}
