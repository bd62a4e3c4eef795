// What `ps` shows of a process is the memory of its own arguments, so that a new title is written over them. The
// environment lies behind it and is moved out of the way first.
// Ownership rule: the memory belongs to the process for as long as it lives; only this file writes to it.

import Glibc

/// Where the title of this process is.
struct TitleArea: Sendable {
    private let address: UInt
    private let size: Int

    /// Takes over the memory of the arguments. To be done once, before any other thread, and after
    /// `CommandLine.arguments` has been read.
    init() {
        let arguments = unsafe CommandLine.unsafeArgv, count = Int(CommandLine.argc)
        guard count > 0, let start = unsafe arguments[0] else {
            (address, size) = (0, 0)
            return
        }
        var end = unsafe start
        /// Words that follow each other without a gap belong to the area.
        func extend(over word: UnsafeMutablePointer<CChar>) {
            if unsafe word == end { unsafe end = word + strlen(word) + 1 }
        }
        for index in 0..<count {
            if let word = unsafe arguments[index] { unsafe extend(over: word) }
        }
        let environment = unsafe arguments + count + 1
        var index = 0
        while let word = unsafe environment[index] {
            unsafe extend(over: word)
            unsafe environment[index] = strdup(word)
            index += 1
        }
        address = UInt(bitPattern: start)
        size = unsafe end - start
    }

    func write(_ title: String) {
        guard size > 1, let start = unsafe UnsafeMutablePointer<UInt8>(bitPattern: address) else { return }
        unsafe memset(start, 0, size)
        for (index, byte) in title.utf8.prefix(size - 1).enumerated() { unsafe start[index] = byte }
    }
}
