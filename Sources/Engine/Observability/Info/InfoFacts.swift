// The facts behind INFO's numbers that are not kept but found out: what memory goes where, how clients are.

internal import Platform

/// Where memory goes.
struct MemoryReport: Sendable {
    /// Everything that is accounted for.
    let parts: MemoryParts
    let peak: Int
    let resident: Int
    /// What the process took of the machine before there were data.
    let startupResident: Int
    /// Databases that have keys: what finding keys and their deadlines costs.
    let databases: [(index: Int, keys: Int, deadlines: Int)]
    let keyCount: Int
    /// The keyspace's blocks and the C heap together.
    let allocator: HeapUsage

    var used: Int { parts.used }
    var startup: Int { parts.startup }
    /// What finding keys and their deadlines costs in all databases.
    var tables: Int { databases.reduce(0) { $0 + $1.keys + $1.deadlines } }
    /// Everything but keys and values.
    var overhead: Int { used - dataset }
    var dataset: Int { max(0, parts.data - tables) }
    /// Of what has come since the start.
    private var net: Int { used > startup ? used - startup : 1 }
    var datasetShare: Double { Double(dataset) * 100 / Double(net) }
    var peakShare: Double { peak > 0 ? Double(used) * 100 / Double(peak) : 100 }
    var bytesPerKey: Int { keyCount > 0 ? net / keyCount : 0 }

    /// What the process itself takes, the pages of its program above all, is no fragmentation.
    private var expected: Int { max(1, used - startup + max(startup, startupResident)) }
    var fragmentation: Double { Double(resident) / Double(expected) }
    var fragmentationBytes: Int { resident - expected }
    var allocatorFragmentation: Double { Double(allocator.active) / Double(max(1, allocator.allocated)) }
    var allocatorFragmentationBytes: Int { allocator.active - allocator.allocated }
    var allocatorResidence: Double { Double(allocator.resident) / Double(max(1, allocator.active)) }
    var allocatorResidenceBytes: Int { allocator.resident - allocator.active }
    var residentOverhead: Double { Double(resident) / Double(max(1, allocator.resident)) }
    var residentOverheadBytes: Int { resident - allocator.resident }
}

/// How clients are, all together.
struct ClientReport: Sendable {
    var largestInput = 0
    var largestOutput = 0
}

extension CommandContext {
    /// The facts of now. Takes time in proportion to the number of clients.
    mutating func infoFacts() -> InfoFacts {
        let parts = countedMemoryParts()
        observation.notePeak(parts.used)
        let memory = MemoryReport(
            parts: parts, peak: observation.peakMemory, resident: ProcessUsage.residentMemory,
            startupResident: observation.startupResident, databases: keyspace.overheads,
            keyCount: keyspace.databases.keyCount, allocator: allocatorUsage)
        return InfoFacts(memory: memory, clients: clientReport())
    }

    /// The C heap has buffers, and what the language needs.
    private var allocatorUsage: HeapUsage {
        let (blocks, others) = (keyspace.heap.usage, HeapBlock.usage)
        let held = others.held - min(others.free, heapReturn.bytesReturned)
        return HeapUsage(
            allocated: blocks.allocated + others.used, active: blocks.active + held, resident: blocks.resident + held)
    }

    /// CONFIG RESETSTAT: everything is counted from nothing again.
    mutating func resetStatistics() {
        commands.resetStatistics()
        observation.errors.reset()
        observation.server = ServerStatistics()
        clients.statistics = ConnectionStatistics()
        keyspace.resetStatistics()
        (replicas.fullCount, replicas.partialCount, replicas.refusedPartialCount) = (0, 0, 0)
        defragmentation.forgetTimes(now: now)
        resetExceededTime()
        saving.saveCount = 0
        usage.forget(at: now)
    }

    private func clientReport() -> ClientReport {
        var report = ClientReport()
        for index in 0..<clients.count {
            let identifier = clients.identifier(at: index)
            let input = clients[identifier].input.buffer.capacity
            let output = clients[identifier].output.memoryUsed
            report.largestInput = max(report.largestInput, input)
            report.largestOutput = max(report.largestOutput, output)
        }
        return report
    }
}

extension Keyspace {
    /// The databases that have keys, and what these cost besides themselves.
    fileprivate var overheads: [(index: Int, keys: Int, deadlines: Int)] {
        (0..<databases.count).filter { databases[$0].count > 0 }.map { index in
            let (keys, deadlines) = databases[index].overhead
            return (index, keys, deadlines)
        }
    }
}
