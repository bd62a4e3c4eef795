// Where memory goes: every byte that is accounted for is in one part, and the parts together are `used_memory`. What
// `maxmemory` limits, INFO, MEMORY STATS and the peak all come from here.

/// What each part of the server occupies.
struct MemoryParts: Equatable, Sendable {
    /// What the server had before anybody came: its tables of commands and settings, and buffers that are lent.
    var startup = 0
    /// Keys, values, and the tables and wheels that they are in; nothing that only waits to be given back.
    var data = 0
    /// Clients with their buffers, transactions, subscriptions, watched keys, and commands that wait.
    var clients = 0
    /// Channels and patterns, with lists of those who listen.
    var channels = 0
    var slowLog = 0
    /// The bodies of known scripts, and the machines that run them.
    var scripts = 0
    /// What of that the libraries of functions have.
    var libraries = 0
    /// What is noted about the use of keys: no more than settings say.
    var usage = 0
    /// Changes that the append-only file does not have yet.
    var logBuffer = 0
    /// Pieces of a snapshot on their way to the disk, and values that it alone still has.
    var snapshot = 0

    /// The stream of changes, as far as it is kept for replicas that come back, and what of that is more than settings
    /// say.
    var backlog = 0
    var backlogBeyond = 0
    /// What of it is only kept because a replica has not got it yet, and what else waits for replicas.
    var replicas = 0

    /// Buffers of the link to the server that is followed, and the list of keys that it does not know of.
    var following = 0

    /// Output that clients have left which are gone, as far as it has not been given back.
    var leftOutput = 0

    var used: Int { startup &+ data &+ clients &+ besidesClients &+ notHeld }
    private var besidesClients: Int { channels &+ slowLog &+ scripts &+ backlog &- backlogBeyond &+ usage &+ following }

    /// What is not held against `maxmemory`: eviction would make more of it, or it goes anyway.
    var notHeld: Int { logBuffer &+ snapshot &+ leftOutput &+ replicas &+ backlogBeyond }

    /// What is held against `maxmemory` besides data. Clients that have a limit of their own are held against that.
    func besidesData(clientsAreLimited: Bool) -> Int {
        startup &+ besidesClients &+ (clientsAreLimited ? 0 : clients)
    }
}

extension CommandContext {
    /// What each part occupies. Clients are as they were when they were last counted; if nobody counts them, none are.
    var memoryParts: MemoryParts {
        MemoryParts(
            startup: observation.startupMemory, data: keyspace.memoryUsed, clients: clients.memory.held,
            channels: channels.memoryUsed, slowLog: observation.logMemory,
            scripts: scripts.memoryUsed &+ scripts.machineMemoryUsed, libraries: scripts.libraries.memoryUsed,
            usage: usage.memoryUsed &+ prefixWalk.memorySetAside(settings.usage),
            logBuffer: keyspace.feed.logCapacity,
            snapshot: saving.memoryUsed + sizeOfChunks + keyspace.savedValues.ownedBytes,
            backlog: backlogMemory, backlogBeyond: backlogMemoryBeyond, replicas: replicaMemory,
            following: followingMemory, leftOutput: clients.leftOutput.memoryUsed)
    }

    private var sizeOfChunks: Int {
        switch keyspace.snapshot {
        case .some(let snapshot): snapshot.memoryUsed
        case .none: 0
        }
    }

    /// The same with clients as they are at this moment.
    mutating func countedMemoryParts() -> MemoryParts {
        if clients.memory.isWatched {
            countNotedClients()
            countBesidesData()
            // The client that asks may go on.
            if clients.contains(current) { clients.noteMemory(of: current) }
            return memoryParts
        }
        var parts = memoryParts
        parts.clients = (0..<clients.count).reduce(0) { $0 + memoryCounted(by: clients.identifier(at: $1)) }
        return parts
    }

    /// The server is ready to read its data: what is there now besides the empty databases is for ever.
    mutating func noteStartupMemory(_ occupied: Int) {
        observation.startupMemory += occupied
        countBesidesData()
    }
}
