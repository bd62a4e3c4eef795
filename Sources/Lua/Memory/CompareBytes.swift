// The order of two byte sequences of one length.

/// Less than 0, 0 or greater, as memcmp says it.
@inline(__always) func compareBytes(
    _ one: UnsafePointer<UInt8>, _ other: UnsafePointer<UInt8>, _ count: Int
) -> Int {
    let first = unsafe UnsafeRawPointer(one)
    let second = unsafe UnsafeRawPointer(other)
    var index = 0
    while index &+ 8 <= count {
        let left = unsafe first.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        let right = unsafe second.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        if left != right { return left.byteSwapped < right.byteSwapped ? -1 : 1 }
        index &+= 8
    }
    while index < count {
        let left = unsafe one[index]
        let right = unsafe other[index]
        if left != right { return left < right ? -1 : 1 }
        index &+= 1
    }
    return 0
}
