// The log as handlers of signals write to it: no memory is asked for, no lock taken, nothing formatted by the library.
// Ownership rule: texts are borrowed for the length of a call; the file is closed by whoever opened it.

import Glibc

/// A descriptor and the few things that can be written to it at any moment.
@safe struct RawLog {
    let descriptor: Int32

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Opens the file at `path`, or takes the standard output if there is none.
    init(opening path: UnsafePointer<CChar>?) {
        guard let path = unsafe path else {
            descriptor = STDOUT_FILENO
            return
        }
        let opened = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        descriptor = opened >= 0 ? opened : STDOUT_FILENO
    }

    func close() {
        if descriptor > STDERR_FILENO { _ = Glibc.close(descriptor) }
    }

    func write(_ text: StaticString) {
        unsafe write(UnsafeRawPointer(text.utf8Start), count: text.utf8CodeUnitCount)
    }

    func write(name: UnsafePointer<CChar>) { unsafe write(UnsafeRawPointer(name), count: strlen(name)) }

    func write(decimal number: Int) {
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var rest = number.magnitude, start = 20
        repeat {
            start -= 1
            digits[start] = UInt8(truncatingIfNeeded: 48 + rest % 10)
            rest /= 10
        } while rest > 0
        if number < 0 { write("-") }
        unsafe withUnsafeBytes(of: &digits) { digits in
            guard let first = digits.baseAddress else { return }
            unsafe write(first + start, count: 20 - start)
        }
    }

    /// With leading zeros if `width` asks for them.
    func write(hexadecimal number: UInt64, width: Int = 1) {
        var digits = InlineArray<16, UInt8>(repeating: 0)
        var rest = number, start = 16
        repeat {
            start -= 1
            let digit = UInt8(truncatingIfNeeded: rest & 15)
            digits[start] = digit + (digit < 10 ? 48 : 87)
            rest >>= 4
        } while start > 0 && (rest > 0 || 16 - start < width)
        unsafe withUnsafeBytes(of: &digits) { digits in
            guard let first = digits.baseAddress else { return }
            unsafe write(first + start, count: 16 - start)
        }
    }

    /// What Redis puts before the lines of a handler: `pid:signal-handler (seconds since 1970) `.
    func beginLine() {
        write(decimal: Int(getpid()))
        write(":signal-handler (")
        write(decimal: time(nil))
        write(") ")
    }

    func write(text: String) {
        var text = text
        text.withUTF8 { bytes in
            guard let start = bytes.baseAddress else { return }
            unsafe write(UnsafeRawPointer(start), count: bytes.count)
        }
    }

    private func write(_ start: UnsafeRawPointer, count: Int) {
        var written = 0
        while written < count {
            let step = unsafe Glibc.write(descriptor, start + written, count - written)
            if step < 0 && errno == EINTR { continue }
            guard step > 0 else { return }
            written += step
        }
    }
}
