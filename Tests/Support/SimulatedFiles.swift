// What a simulated disk holds: files, each with what is written and what is safe, and names, likewise. What is not safe
// is kept as the list of changes since the last sync, in order, so that a power cut can let the first of them survive.

import Platform

/// Files and names in memory.
struct SimulatedFiles: Sendable {
    /// A change of a file's contents.
    enum Change {
        case write([UInt8], at: Int)
        case truncate(to: Int)

        func apply(to contents: inout [UInt8]) {
            switch self {
            case .write(let bytes, let offset):
                if contents.count < offset + bytes.count {
                    contents += Array(repeating: 0, count: offset + bytes.count - contents.count)
                }
                contents.replaceSubrange(offset..<offset + bytes.count, with: bytes)
            case .truncate(let size):
                contents.removeLast(max(0, contents.count - size))
                contents += Array(repeating: 0, count: size - contents.count)
            }
        }
    }

    /// A file or a directory, whatever its names.
    struct Node {
        let isDirectory: Bool
        var written: [UInt8] = []
        var safe: [UInt8] = []
        var unsafe: [Change] = []
        /// For a directory: changes of names in it that a power cut undoes, each with all the names it concerns.
        var unsafeNames: [[(path: String, node: Int?)]] = []
        var modified: Int64 = 0
    }

    struct OpenFile {
        let node: Int
        let path: String
        let access: DiskAccess
    }

    private var nodes: [Int: Node] = [:]
    /// Absolute paths of everything that has a name, and of everything that has one for certain.
    private var names: [String: Int] = [:]
    private var safeNames: [String: Int] = [:]
    var open: [Int32: OpenFile] = [:]
    private var nextNode = 0
    private var nextDescriptor: Int32 = 1000
    var capacity = Int.max
    var workingDirectory = "/data" { didSet { makeSafeDirectory(workingDirectory) } }
    var now: Int64 = 0

    init() {
        makeSafeDirectory("/")
        makeSafeDirectory("/data")
    }

    // MARK: Paths

    private func absolute(_ path: String) -> String {
        let whole = path.hasPrefix("/") ? path : workingDirectory + "/" + path
        let parts = whole.split(separator: "/").filter { $0 != "." }
        return "/" + parts.joined(separator: "/")
    }

    private func parent(_ absolute: String) -> String { DiskPath.directory(of: absolute) }

    private mutating func create(isDirectory: Bool) -> Int {
        nodes[nextNode] = Node(isDirectory: isDirectory, modified: now)
        nextNode += 1
        return nextNode - 1
    }

    private mutating func makeSafeDirectory(_ path: String) {
        let path = absolute(path)
        guard names[path] == nil else { return }
        if path != "/" { makeSafeDirectory(parent(path)) }
        let node = create(isDirectory: true)
        names[path] = node
        safeNames[path] = node
    }

    /// Changes names in one directory, all at once.
    private mutating func change(_ changes: [(path: String, node: Int?)]) {
        for (path, node) in changes { names[path] = node }
        guard let first = changes.first, let directory = names[parent(first.path)] else { return }
        nodes[directory]?.unsafeNames.append(changes)
    }

    private func missing(_ call: String) -> DiskError {
        DiskError(call: call, reason: "No such file or directory", isMissing: true)
    }

    /// Fails unless the directory of the path exists.
    private func checkParent(_ absolute: String, _ call: String) throws(DiskError) {
        guard let directory = names[parent(absolute)] else { throw missing(call) }
        guard nodes[directory]?.isDirectory == true else { throw DiskError(call: call, reason: "Not a directory") }
    }

    // MARK: Files

    mutating func open(_ path: String, _ access: DiskAccess) throws(DiskError) -> DiskFile {
        let name = absolute(path)
        try checkParent(name, "open")
        if names[name] == nil {
            guard access != .read else { throw missing("open") }
            change([(name, create(isDirectory: false))])
        }
        guard let node = names[name], let kind = nodes[node]?.isDirectory else { throw missing("open") }
        if kind, access != .read { throw DiskError(call: "open", reason: "Is a directory") }
        let file = DiskFile(descriptor: nextDescriptor)
        nextDescriptor += 1
        open[file.descriptor] = OpenFile(node: node, path: path, access: access)
        if access == .create, nodes[node]?.written.isEmpty == false { try truncate(file, to: 0) }
        return file
    }

    func node(_ file: DiskFile) throws(DiskError) -> Node {
        guard let open = open[file.descriptor], let node = nodes[open.node] else {
            throw DiskError(call: "", reason: "Bad file descriptor")
        }
        return node
    }

    private mutating func change(_ file: DiskFile, _ change: Change) throws(DiskError) {
        guard let open = open[file.descriptor], open.access != .read, nodes[open.node] != nil else {
            throw DiskError(call: "write", reason: "Bad file descriptor")
        }
        change.apply(to: &nodes[open.node, default: Node(isDirectory: false)].written)
        nodes[open.node]?.unsafe.append(change)
        nodes[open.node]?.modified = now
    }

    /// Writes as much as there is room for, and returns how much that is.
    mutating func write(_ file: DiskFile, _ bytes: ArraySlice<UInt8>, at offset: Int) throws(DiskError) -> Int {
        let size = try node(file).written.count
        let room = capacity == .max ? .max : max(0, size + capacity - bytesUsed - offset)
        let part = Array(bytes.prefix(room))
        if part.isEmpty, !bytes.isEmpty { throw .full() }
        try change(file, .write(part, at: offset))
        return part.count
    }

    mutating func truncate(_ file: DiskFile, to size: Int) throws(DiskError) {
        try change(file, .truncate(to: size))
    }

    mutating func sync(_ file: DiskFile) throws(DiskError) {
        guard let number = open[file.descriptor]?.node, var node = nodes.removeValue(forKey: number) else {
            throw DiskError(call: "fsync", reason: "Bad file descriptor")
        }
        for change in node.unsafe { change.apply(to: &node.safe) }
        node.unsafe = []
        nodes[number] = node
    }

    /// What is written and not safe will never be.
    mutating func forgetWrites(to file: DiskFile) {
        if let number = open[file.descriptor]?.node { nodes[number]?.unsafe = [] }
    }

    // MARK: Names

    mutating func rename(_ path: String, to target: String) throws(DiskError) {
        let (path, target) = (absolute(path), absolute(target))
        try checkParent(target, "rename")
        guard let node = names[path] else { throw missing("rename") }
        if parent(path) == parent(target) { return change([(path, nil), (target, node)]) }
        change([(target, node)])
        change([(path, nil)])
    }

    mutating func syncDirectory(_ path: String) throws(DiskError) {
        guard let number = names[absolute(path)], let node = nodes[number], node.isDirectory else {
            throw missing("open")
        }
        for change in node.unsafeNames.joined() { safeNames[change.path] = change.node }
        nodes[number]?.unsafeNames = []
    }

    mutating func remove(_ path: String, directory: Bool) throws(DiskError) {
        let call = directory ? "rmdir" : "unlink", path = absolute(path)
        guard let node = names[path] else { throw missing(call) }
        guard nodes[node]?.isDirectory == directory else {
            throw DiskError(call: call, reason: directory ? "Not a directory" : "Is a directory")
        }
        if directory, names.keys.contains(where: { $0 != path && parent($0) == path }) {
            throw DiskError(call: call, reason: "Directory not empty")
        }
        change([(path, nil)])
    }

    mutating func createDirectory(_ path: String) throws(DiskError) {
        let path = absolute(path)
        try checkParent(path, "mkdir")
        if let node = names[path] {
            guard nodes[node]?.isDirectory == true else { throw DiskError(call: "mkdir", reason: "File exists") }
            return
        }
        change([(path, create(isDirectory: true))])
    }

    func names(in directory: String) throws(DiskError) -> [String] {
        let path = absolute(directory)
        guard let node = names[path] else { throw missing("opendir") }
        guard nodes[node]?.isDirectory == true else { throw DiskError(call: "opendir", reason: "Not a directory") }
        return names.keys.filter { $0 != "/" && parent($0) == path }.map { DiskPath.name(of: $0) }.sorted()
    }

    func status(of path: String) -> DiskStatus? {
        guard let number = names[absolute(path)], let node = nodes[number] else { return nil }
        return DiskStatus(
            kind: node.isDirectory ? .directory : .file, size: node.written.count, modified: node.modified)
    }

    // MARK: As a whole

    var paths: [String] { names.filter { nodes[$0.value]?.isDirectory == false }.keys.sorted() }

    /// Files count as long as they have a name or are open.
    var bytesUsed: Int {
        Set(names.values).union(open.values.map(\.node)).reduce(0) { $0 + (nodes[$1]?.written.count ?? 0) }
    }

    func contents(of path: String) -> [UInt8]? {
        guard let node = names[absolute(path)], nodes[node]?.isDirectory == false else { return nil }
        return nodes[node]?.written
    }

    mutating func put(_ contents: [UInt8]?, at path: String) {
        let path = absolute(path)
        makeSafeDirectory(parent(path))
        let node = contents.map { _ in create(isDirectory: false) }
        names[path] = node
        safeNames[path] = node
        guard let node, let contents else { return }
        nodes[node]?.written = contents
        nodes[node]?.safe = contents
    }

    /// The disk as it is found when the machine runs again.
    mutating func restart(_ survival: SimulatedDisk.Survival) {
        open = [:]
        guard case .everything = survival else {
            var random: SimulatedChance?
            if case .prefix(let seed) = survival { random = SimulatedChance(seed: seed) }
            for number in nodes.keys.sorted() { fall(number, &random) }
            names = safeNames.filter { isReachable($0.key) }
            safeNames = names
            return
        }
    }

    /// What is left of a file or directory.
    private mutating func fall(_ number: Int, _ random: inout SimulatedChance?) {
        guard var node = nodes.removeValue(forKey: number) else { return }
        if random != nil {
            let count = random?.below(node.unsafe.count + 1) ?? 0
            for change in node.unsafe.prefix(count) { change.apply(to: &node.safe) }
            if count < node.unsafe.count, let torn = random?.tear(node.unsafe[count]) { torn.apply(to: &node.safe) }
            let nameCount = random?.below(node.unsafeNames.count + 1) ?? 0
            for change in node.unsafeNames.prefix(nameCount).joined() { safeNames[change.path] = change.node }
        }
        node.written = node.safe
        node.unsafe = []
        node.unsafeNames = []
        nodes[number] = node
    }

    /// A name is lost if that of its directory is.
    private func isReachable(_ path: String) -> Bool {
        path == "/" || safeNames[parent(path)] != nil && isReachable(parent(path))
    }
}

/// Chance that can be repeated.
struct SimulatedChance {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word &>> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((word ^ (word &>> 31)) % UInt64(max(1, bound)))
    }

    /// A part of a change, as a torn write leaves.
    mutating func tear(_ change: SimulatedFiles.Change) -> SimulatedFiles.Change {
        guard case .write(let bytes, let offset) = change else { return change }
        return .write(Array(bytes.prefix(below(bytes.count + 1))), at: offset)
    }
}
