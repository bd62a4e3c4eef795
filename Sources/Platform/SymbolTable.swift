// The names of this program's functions, read from its own file when they are needed: the dynamic symbols, which the
// C library knows, are few. Nothing is allocated, so that a handler of a crash may ask.
// Ownership rule: the mapping of the file lives as long as the process, which has not long to live, or until `close`.

internal import CLinux
import Glibc

/// The symbols of the running program.
@safe struct SymbolTable {
    private let file: UnsafeRawPointer
    private let fileSize: Int
    private let symbols: UnsafePointer<Elf64_Sym>
    private let symbolCount: Int
    private let names: UnsafePointer<CChar>
    private let namesSize: Int
    /// The addresses that the program occupies, and how far they are from those in the file.
    private let range: Range<UInt>
    private let bias: UInt

    /// Maps the program's file; nil if it has no symbols, or none that can be read.
    init?() {
        guard let place = SymbolTable.programPlace() else { return nil }
        (range, bias) = place
        let path: StaticString = "/proc/self/exe"
        let descriptor = unsafe open(
            UnsafeRawPointer(path.utf8Start).assumingMemoryBound(to: CChar.self), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { _ = Glibc.close(descriptor) }
        let size = Int(lseek(descriptor, 0, SEEK_END))
        guard size > MemoryLayout<Elf64_Ehdr>.size,
            let start = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), unsafe start != MAP_FAILED
        else { return nil }
        unsafe file = UnsafeRawPointer(start)
        fileSize = size
        let header = unsafe file.load(as: Elf64_Ehdr.self)
        let sections = Int(header.e_shoff), count = Int(header.e_shnum)
        let entrySize = MemoryLayout<Elf64_Shdr>.size
        guard sections > 0, sections % 8 == 0, sections + count * entrySize <= size else { return nil }
        for index in 0..<count {
            let section = unsafe file.load(fromByteOffset: sections + index * entrySize, as: Elf64_Shdr.self)
            guard section.sh_type == UInt32(SHT_SYMTAB), Int(section.sh_link) < count else { continue }
            let texts = unsafe file.load(
                fromByteOffset: sections + Int(section.sh_link) * entrySize, as: Elf64_Shdr.self)
            guard Int(section.sh_offset) + Int(section.sh_size) <= size,
                Int(texts.sh_offset) + Int(texts.sh_size) <= size, section.sh_offset % 8 == 0
            else { return nil }
            unsafe symbols = (file + Int(section.sh_offset)).assumingMemoryBound(to: Elf64_Sym.self)
            symbolCount = Int(section.sh_size) / MemoryLayout<Elf64_Sym>.size
            unsafe names = (file + Int(texts.sh_offset)).assumingMemoryBound(to: CChar.self)
            namesSize = Int(texts.sh_size)
            return
        }
        return nil
    }

    func close() { unsafe munmap(UnsafeMutableRawPointer(mutating: file), fileSize) }

    func contains(_ address: UInt) -> Bool { range.contains(address) }

    /// Writes the function that an address belongs to, and how far into it: `name+0x1f`.
    func writeName(of address: UInt, to log: RawLog) {
        let place = address &- bias
        var best: (start: UInt, name: Int)?
        for index in 0..<symbolCount {
            let symbol = unsafe symbols[index]
            let start = UInt(symbol.st_value)
            guard symbol.st_info & 15 == UInt8(STT_FUNC), start <= place, Int(symbol.st_name) < namesSize else {
                continue
            }
            if let found = best, found.start >= start { continue }
            best = (start, Int(symbol.st_name))
        }
        guard let best else { return }
        unsafe log.write(name: names + best.name)
        log.write("+0x")
        log.write(hexadecimal: UInt64(place - best.start))
    }

    /// What the kernel has told of where it put the program.
    private static func programPlace() -> (range: Range<UInt>, bias: UInt)? {
        let address = UInt(getauxval(UInt(AT_PHDR))), count = Int(getauxval(UInt(AT_PHNUM)))
        guard let start = unsafe UnsafePointer<Elf64_Phdr>(bitPattern: address) else { return nil }
        var bias: UInt?
        for index in 0..<count where unsafe start[index].p_type == UInt32(PT_PHDR) {
            bias = unsafe address &- UInt(start[index].p_vaddr)
        }
        guard let bias else { return nil }
        var (first, last) = (UInt.max, UInt(0))
        for index in 0..<count where unsafe start[index].p_type == UInt32(PT_LOAD) {
            let segment = unsafe start[index]
            first = min(first, bias &+ UInt(segment.p_vaddr))
            last = max(last, bias &+ UInt(segment.p_vaddr &+ segment.p_memsz))
        }
        return first < last ? (first..<last, bias) : nil
    }
}
