// INFO memory: what is accounted for, what the kernel says, and what limits there are.

internal import Platform

extension InfoSection {
    static let memory = InfoSection(title: "Memory", fields: used + scripts + limits + fragmentation + buffers)

    private static let used: [InfoField] =
        InfoField.size("used_memory") { _, facts in facts.memory.used }
        + InfoField.size("used_memory_rss") { _, facts in facts.memory.resident }
        + InfoField.size("used_memory_peak") { _, facts in facts.memory.peak } + [
            .text("used_memory_peak_perc") { _, facts in facts.memory.peakShare.text(digits: 2) + "%" },
            .integer("used_memory_overhead") { _, facts in facts.memory.overhead },
            .integer("used_memory_startup") { _, facts in facts.memory.startup },
            .integer("used_memory_dataset") { _, facts in facts.memory.dataset },
            .text("used_memory_dataset_perc") { _, facts in facts.memory.datasetShare.text(digits: 2) + "%" },
            .integer("allocator_allocated") { _, facts in facts.memory.allocator.allocated },
            .integer("allocator_active") { _, facts in facts.memory.allocator.active },
            .integer("allocator_resident") { _, facts in facts.memory.allocator.resident },
        ] + InfoField.size("total_system_memory") { _, _ in ProcessUsage.machineMemory }

    private static let scripts: [InfoField] = [
        .integer("used_memory_lua") { context, _ in context.scripts.evaluation.memoryUsed },
        .integer("used_memory_vm_eval") { context, _ in context.scripts.evaluation.memoryUsed },
        .text("used_memory_lua_human") { context, _ in context.scripts.evaluation.memoryUsed.humanSize },
        .integer("used_memory_scripts_eval") { context, _ in context.scripts.cache.memoryUsed },
        .integer("number_of_cached_scripts") { context, _ in context.scripts.cache.count },
        .integer("number_of_functions") { context, _ in context.scripts.libraries.functionCount },
        .integer("number_of_libraries") { context, _ in context.scripts.libraries.all.count },
        .integer("used_memory_vm_functions") { context, _ in context.scripts.functions.memoryUsed },
        .integer("used_memory_vm_total") { context, _ in context.scripts.machineMemoryUsed },
        .text("used_memory_vm_total_human") { context, _ in context.scripts.machineMemoryUsed.humanSize },
        .integer("used_memory_functions") { context, _ in context.scripts.libraries.memoryUsed },
        .integer("used_memory_scripts") { context, _ in context.scripts.memoryUsed },
        .text("used_memory_scripts_human") { context, _ in context.scripts.memoryUsed.humanSize },
    ]

    private static let limits: [InfoField] =
        InfoField.size("maxmemory") { context, _ in context.settings.maxMemory } + [
            .text("maxmemory_policy") { context, _ in context.evictionPolicyName }
        ]

    private static let fragmentation: [InfoField] = [
        .decimal("allocator_frag_ratio") { _, facts in facts.memory.allocatorFragmentation },
        .integer("allocator_frag_bytes") { _, facts in facts.memory.allocatorFragmentationBytes },
        .decimal("allocator_rss_ratio") { _, facts in facts.memory.allocatorResidence },
        .integer("allocator_rss_bytes") { _, facts in facts.memory.allocatorResidenceBytes },
        .decimal("rss_overhead_ratio") { _, facts in facts.memory.residentOverhead },
        .integer("rss_overhead_bytes") { _, facts in facts.memory.residentOverheadBytes },
        .decimal("mem_fragmentation_ratio") { _, facts in facts.memory.fragmentation },
        .integer("mem_fragmentation_bytes") { _, facts in facts.memory.fragmentationBytes },
    ]

    private static let buffers: [InfoField] = [
        .integer("mem_not_counted_for_evict") { _, facts in facts.memory.parts.notHeld },
        .integer("mem_replication_backlog") { _, facts in facts.memory.parts.backlog },
        .integer("mem_total_replication_buffers") { context, _ in context.replicas.streamMemory },
        .integer("mem_clients_slaves") { _, facts in facts.memory.parts.replicas },
        .integer("mem_clients_normal") { _, facts in facts.memory.parts.clients },
        .resting("mem_cluster_links"),
        .integer("mem_aof_buffer") { _, facts in facts.memory.parts.logBuffer },
        .text("mem_allocator") { _, _ in "slab" },
        .integer("active_defrag_running") { context, _ in context.defragmentation.effort },
        .integer("lazyfree_pending_objects") { context, _ in context.keyspace.removed.pendingCount },
        .integer("lazyfreed_objects") { context, _ in context.keyspace.removed.freedCount },
    ]
}

extension CommandContext {
    fileprivate var evictionPolicyName: String { settings.maxMemoryPolicy.rawValue }
}
