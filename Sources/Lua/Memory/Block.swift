// Memory that an object of a pool owns: a row of elements in an arena, checked at every access.

/// A row of elements of fixed length. It is freed with the object that owns it (`PoolObject.visitBlocks`).
@safe struct Block<Element: BitwiseCopyable>: BitwiseCopyable {
    /// For the registers of the run loop; valid as long as the owner lives.
    let start: UnsafeMutablePointer<Element>
    let count: Int

    @inline(__always) init(unsafeStart start: UnsafeMutablePointer<Element>, count: Int) {
        unsafe self.start = start
        self.count = count
    }

    /// Without elements, at an address that is never read.
    @inline(__always) static var empty: Block {
        unsafe Block(unsafeStart: UnsafeMutablePointer(bitPattern: 16).unsafelyUnwrapped, count: 0)
    }

    var size: Int { count &* MemoryLayout<Element>.stride }

    @inline(__always) subscript(index: Int) -> Element {
        get {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            return unsafe start[index]
        }
        nonmutating set {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            unsafe start[index] = newValue
        }
    }
}
