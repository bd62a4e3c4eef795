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

    /// Gives memory that is free back to the kernel, wherever in the heap it lies.
    public static func trim() { malloc_trim(0) }

    public static func deallocate(_ block: UnsafeMutableRawPointer) { unsafe free(block) }
}
