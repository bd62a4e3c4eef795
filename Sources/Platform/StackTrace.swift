// Where the program is: the calls that led there, with the names of their functions, and the processor's registers.
// Written for handlers of signals, in the shape of Redis's reports.

internal import CLinux
import Glibc

/// Traces of the thread that asks.
enum StackTrace {
    private static let deepest = 100

    /// The library's walk needs a part of itself that it loads at its first use: not in a handler.
    static func prepare() {
        // Nor is a list made there.
        _ = registerNames.count
        var frame: UnsafeMutableRawPointer?
        _ = unsafe backtrace(&frame, 1)
    }

    /// Writes the calls; with the state of a thread that a signal interrupted, its place first, and its handler not.
    static func write(to log: RawLog, interrupted context: UnsafeRawPointer?, skipping: Int) {
        let symbols = SymbolTable()
        defer { symbols?.close() }
        log.write("\n------ STACK TRACE ------\n")
        var place: UInt = 0
        if let context = unsafe context {
            place = unsafe interrupted_place(context)
            log.write("EIP:\n")
            write(place, symbols, to: log)
        }
        log.write("\nBacktrace:\n")
        var frames = unsafe InlineArray<100, UnsafeMutableRawPointer?>(repeating: nil)
        unsafe withUnsafeMutableBytes(of: &frames) { bytes in
            let frames = unsafe bytes.assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
            guard let start = frames.baseAddress else { return }
            let count = unsafe Int(backtrace(start, Int32(deepest)))
            // A handler's own calls are left out, and what the kernel puts between them and the place.
            var first = min(skipping, count)
            for index in 0..<count where unsafe place != 0 && UInt(bitPattern: frames[index]) == place {
                first = index
                break
            }
            for index in first..<count {
                unsafe write(UInt(bitPattern: frames[index]), symbols, to: log)
            }
        }
    }

    /// `program(function+0x1f)[0x5634bd710d4f]`
    private static func write(_ address: UInt, _ symbols: SymbolTable?, to log: RawLog) {
        guard let symbols, symbols.contains(address) else {
            var frame = unsafe UnsafeMutableRawPointer(bitPattern: address)
            return unsafe backtrace_symbols_fd(&frame, 1, log.descriptor)
        }
        log.write("apus-server(")
        symbols.writeName(of: address, to: log)
        log.write(")[0x")
        log.write(hexadecimal: UInt64(address))
        log.write("]\n")
    }

    // MARK: Registers

    #if arch(x86_64)
    private static let registerNames: [StaticString] = [
        "R8 ", "R9 ", "R10", "R11", "R12", "R13", "R14", "R15", "RDI", "RSI", "RBP", "RBX", "RDX", "RAX", "RCX", "RSP",
        "RIP", "EFL", "CSGSFS",
    ]
    #else
    private static let registerNames: [StaticString] = [
        "X0", "X1", "X2", "X3", "X4", "X5", "X6", "X7", "X8", "X9", "X10", "X11", "X12", "X13", "X14", "X15", "X16",
        "X17", "X18", "X19", "X20", "X21", "X22", "X23", "X24", "X25", "X26", "X27", "X28", "X29", "X30", "SP", "PC",
        "PSTATE",
    ]
    #endif

    static func writeRegisters(of context: UnsafeRawPointer, to log: RawLog) {
        log.write("\n------ REGISTERS ------\n")
        var values = InlineArray<40, UInt64>(repeating: 0)
        let count = unsafe withUnsafeMutableBytes(of: &values) {
            unsafe Int(interrupted_registers(context, $0.assumingMemoryBound(to: UInt64.self).baseAddress))
        }
        for index in 0..<min(count, registerNames.count) {
            log.write(registerNames[index])
            log.write(":")
            log.write(hexadecimal: values[index], width: 16)
            log.write(index % 4 == 3 || index == count - 1 ? "\n" : " ")
        }
    }
}
