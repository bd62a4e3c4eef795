// The answers of MEMORY STATS and MEMORY DOCTOR, in Redis's order and with Redis's words.

extension ReplyWriter {
    /// MEMORY STATS: a map; the same numbers as in INFO.
    mutating func write(_ memory: MemoryReport) {
        map(27 + memory.databases.count)
        field("peak.allocated", memory.peak)
        field("total.allocated", memory.used)
        field("startup.allocated", memory.startup)
        field("replication.backlog", memory.parts.backlog)
        field("clients.slaves", memory.parts.replicas)
        field("clients.normal", memory.parts.clients)
        field("cluster.links", 0)
        field("aof.buffer", memory.parts.logBuffer)
        field("lua.caches", memory.parts.scripts &- memory.parts.libraries)
        field("functions.caches", memory.parts.libraries)
        for (index, keys, deadlines) in memory.databases {
            bulk(text: "db.\(index)")
            map(3)
            field("overhead.hashtable.main", keys)
            field("overhead.hashtable.expires", deadlines)
            field("overhead.hashtable.slot-to-keys", 0)
        }
        field("overhead.total", memory.overhead)
        field("keys.count", memory.keyCount)
        field("keys.bytes-per-key", memory.bytesPerKey)
        field("dataset.bytes", memory.dataset)
        field("dataset.percentage", memory.datasetShare)
        field("peak.percentage", memory.peakShare)
        field("allocator.allocated", memory.allocator.allocated)
        field("allocator.active", memory.allocator.active)
        field("allocator.resident", memory.allocator.resident)
        field("allocator-fragmentation.ratio", memory.allocatorFragmentation)
        field("allocator-fragmentation.bytes", memory.allocatorFragmentationBytes)
        field("allocator-rss.ratio", memory.allocatorResidence)
        field("allocator-rss.bytes", memory.allocatorResidenceBytes)
        field("rss-overhead.ratio", memory.residentOverhead)
        field("rss-overhead.bytes", memory.residentOverheadBytes)
        field("fragmentation", memory.fragmentation)
        field("fragmentation.bytes", memory.fragmentationBytes)
    }

    private mutating func field(_ name: StaticString, _ value: Int) {
        bulk(name)
        integer(value)
    }

    private mutating func field(_ name: StaticString, _ value: Double) {
        bulk(name)
        double(value)
    }
}

extension MemoryReport {
    private static let least = 5 << 20
    private static let noticeable = 10 << 20
    private static let largestClient = 200 << 10

    /// MEMORY DOCTOR: what is wrong, by Redis's measures.
    func advice(clientCount: Int) -> String {
        if used < MemoryReport.least { return MemoryReport.emptiness }
        var findings: [String] = []
        if Double(peak) / Double(used) > 1.5 { findings.append(MemoryReport.peakText) }
        if fragmentation > 1.4, fragmentationBytes > MemoryReport.noticeable {
            findings.append(MemoryReport.residentText)
        }
        if allocatorFragmentation > 1.1, allocatorFragmentationBytes > MemoryReport.noticeable {
            findings.append(MemoryReport.fragmentationText)
        }
        if allocatorResidence > 1.1, allocatorResidenceBytes > MemoryReport.noticeable {
            findings.append(MemoryReport.allocatorText)
        }
        if residentOverhead > 1.1, residentOverheadBytes > MemoryReport.noticeable {
            findings.append(MemoryReport.processText)
        }
        if clientCount > 0, parts.clients / clientCount > MemoryReport.largestClient {
            findings.append(MemoryReport.clientText)
        }
        guard !findings.isEmpty else {
            return "Hi Sam, I can't find any memory issue in your instance. I can only account for what occurs on this "
                + "base.\n"
        }
        return "Sam, I detected a few issues in this Redis instance memory implants:\n\n"
            + findings.map { " * \($0)\n\n" }.joined() + "I'm here to keep you safe, Sam. I want to help you.\n"
    }

    private static let emptiness = """
        Hi Sam, this instance is empty or is using very little memory, my issues detector can't be used in \
        these conditions. Please, leave for your mission on Earth and fill it with some data. The new Sam \
        and I will be back to our programming as soon as I finished rebooting.

        """

    private static let peakText = """
        Peak memory: In the past this instance used more than 150% the memory that is currently using. The \
        allocator is normally not able to release memory after a peak, so you can expect to see a big \
        fragmentation ratio, however this is actually harmless and is only due to the memory peak, and if \
        the Redis instance Resident Set Size (RSS) is currently bigger than expected, the memory will be \
        used as soon as you fill the Redis instance with more data. If the memory peak was only occasional \
        and you want to try to reclaim memory, please try the MEMORY PURGE command, otherwise the only other \
        option is to shutdown and restart the instance.
        """

    private static let residentText = """
        High total RSS: This instance has a memory fragmentation and RSS overhead greater than 1.4 (this \
        means that the Resident Set Size of the Redis process is much larger than the sum of the logical \
        allocations Redis performed). This problem is usually due either to a large peak memory (check if \
        there is a peak memory entry above in the report) or may result from a workload that causes the \
        allocator to fragment memory a lot. If the problem is a large peak memory, then there is no issue. \
        Otherwise, make sure you are using the Jemalloc allocator and not the default libc malloc. Note: The \
        currently used allocator is "slab".
        """

    private static let fragmentationText = """
        High allocator fragmentation: This instance has an allocator external fragmentation greater than \
        1.1. This problem is usually due either to a large peak memory (check if there is a peak memory \
        entry above in the report) or may result from a workload that causes the allocator to fragment \
        memory a lot. You can try enabling 'activedefrag' config option.
        """

    private static let allocatorText = """
        High allocator RSS overhead: This instance has an RSS memory overhead is greater than 1.1 (this \
        means that the Resident Set Size of the allocator is much larger than the sum what the allocator \
        actually holds). This problem is usually due to a large peak memory (check if there is a peak memory \
        entry above in the report), you can try the MEMORY PURGE command to reclaim it.
        """

    private static let processText = """
        High process RSS overhead: This instance has non-allocator RSS memory overhead is greater than 1.1 \
        (this means that the Resident Set Size of the Redis process is much larger than the RSS the \
        allocator holds). This problem may be due to Lua scripts or Modules.
        """

    private static let clientText = """
        Big client buffers: The clients output buffers in this instance are greater than 200K per client (on \
        average). This may result from different causes, like Pub/Sub clients subscribed to channels bot not \
        receiving data fast enough, so that data piles on the Redis instance output buffer, or clients \
        sending commands with large replies or very large sequences of commands in the same pipeline. Please \
        use the CLIENT LIST command in order to investigate the issue if it causes problems in your \
        instance, or to understand better why certain clients are using a big amount of memory.
        """
}
