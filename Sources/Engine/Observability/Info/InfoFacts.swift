// The facts behind INFO's numbers that are not kept but found out: what memory goes where, how clients are.

internal import Platform

/// Where memory goes.
struct MemoryReport: Sendable {
    /// Everything that is accounted for.
    let used: Int
    let peak: Int
    /// What was used before the first client came.
    let startup: Int
    let resident: Int
    /// What the process took of the machine before there were data.
    let startupResident: Int
    /// Everything but data.
    let overhead: Int
    let clients: Int

    var dataset: Int { max(0, used - overhead) }
    /// Of what has come since the start.
    var datasetShare: Double { used > startup ? min(100, Double(dataset) * 100 / Double(used - startup)) : 100 }
    var peakShare: Double { peak > 0 ? Double(used) * 100 / Double(peak) : 100 }
    /// What the process itself takes is no fragmentation.
    var fragmentation: Double { Double(resident) / Double(max(1, used + startupResident)) }
}

/// How clients are, all together.
struct ClientReport: Sendable {
    var memory = 0
    var largestInput = 0
    var largestOutput = 0
}

extension CommandContext {
    /// The facts of now. Takes time in proportion to the number of clients.
    mutating func infoFacts() -> InfoFacts {
        let report = clientReport()
        let used = usedMemory(report)
        observation.notePeak(used)
        let memory = MemoryReport(
            used: used, peak: observation.peakMemory, startup: observation.startupMemory,
            resident: ProcessUsage.residentMemory, startupResident: observation.startupResident,
            overhead: observation.startupMemory + report.memory + channels.memoryUsed, clients: report.memory)
        return InfoFacts(memory: memory, clients: report)
    }

    /// Bytes that are accounted for: data, clients, subscriptions, and what the server itself began with.
    func usedMemory(_ report: ClientReport) -> Int {
        observation.startupMemory + keyspace.memoryUsed + report.memory + channels.memoryUsed
    }

    /// CONFIG RESETSTAT: everything is counted from nothing again.
    mutating func resetStatistics() {
        commands.resetStatistics()
        observation.errors.reset()
        observation.server = ServerStatistics()
        clients.statistics = ConnectionStatistics()
        keyspace.resetStatistics()
    }

    private func clientReport() -> ClientReport {
        var report = ClientReport()
        for index in 0..<clients.count {
            let identifier = clients.identifier(at: index)
            let input = clients[identifier].input.buffer.capacity
            let output = clients[identifier].output.memoryUsed
            report.memory += MemoryLayout<Client>.size + input + output + clients[identifier].transaction.memoryUsed
            report.largestInput = max(report.largestInput, input)
            report.largestOutput = max(report.largestOutput, output)
        }
        return report
    }
}
