// Memory of the C heap for buffers: unlike Swift's own allocation it can grow where it is, and a large block is moved
// by the kernel without being copied.

internal import CLinux
import Glibc

/// Blocks of the C heap, aligned to 16.
public enum HeapBlock {
    public static func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        guard let block = unsafe malloc(size) else { fatalError("out of memory: \(size) bytes") }
        return unsafe block
    }

    public static func reallocate(_ block: UnsafeMutableRawPointer, _ size: Int) -> UnsafeMutableRawPointer {
        guard let moved = unsafe realloc(block, size) else { fatalError("out of memory: \(size) bytes") }
        return unsafe moved
    }

    /// What the C heap has lent, and what it keeps to lend.
    public struct Usage: Sendable {
        public let used, free: Int
        /// Bytes that the kernel has given for both.
        public var held: Int { used + free }
    }

    /// Takes time in proportion to the number of pieces that are free.
    public static var usage: Usage {
        let facts = mallinfo2()
        return Usage(used: Int(facts.uordblks + facts.hblkhd), free: max(0, Int(facts.arena) - Int(facts.uordblks)))
    }

    /// One heap for all threads: what one of them frees, the others can use.
    public static func shareAmongThreads() { mallopt(M_ARENA_MAX, 1) }

    /// From now on large blocks go back to the kernel when they are freed, for memory is short.
    public static func keepLittle() {
        mallopt(M_MMAP_THRESHOLD, 128 << 10)
        mallopt(M_TRIM_THRESHOLD, 512 << 10)
    }

    /// Gives memory that is free back to the kernel, wherever in the heap it lies.
    public static func trim() { malloc_trim(0) }

    public static func deallocate(_ block: UnsafeMutableRawPointer) { unsafe free(block) }
}
