// The C library's searches in bytes, which use the widest instructions that the processor has.

import CLinux
import Glibc

/// Searches in raw memory; the caller vouches for the addresses.
public enum MemorySearch {
    @inline(__always)
    public static func firstIndex(of byte: UInt8, in start: UnsafeRawPointer, count: Int) -> Int? {
        unsafe memchr(start, Int32(byte), count).map { unsafe UnsafeRawPointer($0) - start }
    }

    @inline(__always)
    public static func areEqual(_ one: UnsafeRawPointer, _ other: UnsafeRawPointer, count: Int) -> Bool {
        unsafe memcmp(one, other, count) == 0
    }

    /// In linear time whatever is sought.
    public static func find(
        _ needle: UnsafeRawPointer, _ needleCount: Int, in start: UnsafeRawPointer, _ count: Int
    ) -> Int? {
        unsafe memmem(start, count, needle, needleCount).map { unsafe UnsafeRawPointer($0) - start }
    }
}
