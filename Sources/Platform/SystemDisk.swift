// The disk that the kernel has. A call that a signal interrupted is made again, and a write that was cut short is
// continued where the caller was promised all of it.

internal import CLinux
import Glibc

/// Files of the machine.
public struct SystemDisk: Disk {
    public init() {}

    /// What the last call left in `errno`.
    private static func failure(_ call: String) -> DiskError {
        let code = errno
        return DiskError(
            call: call, reason: unsafe String(cString: strerror(code)), isFull: code == ENOSPC || code == EDQUOT,
            isMissing: code == ENOENT)
    }

    /// Makes a call, as often as a signal interrupts it.
    private func attempt<Result: SignedInteger>(_ call: String, _ body: () -> Result) throws(DiskError) -> Result {
        while true {
            let result = body()
            if result >= 0 { return result }
            guard errno == EINTR else { throw SystemDisk.failure(call) }
        }
    }

    // MARK: Open files

    public func open(_ path: String, _ access: DiskAccess) throws(DiskError) -> DiskFile {
        let flags =
            switch access {
            case .read: O_RDONLY
            case .append: O_RDWR | O_CREAT
            case .create: O_RDWR | O_CREAT | O_TRUNC
            }
        return DiskFile(descriptor: try attempt("open") { unsafe Glibc.open(path, flags | O_CLOEXEC, 0o644) })
    }

    public func close(_ file: DiskFile) throws(DiskError) {
        // Linux closes it even if it is interrupted.
        guard Glibc.close(file.descriptor) == 0 || errno == EINTR else { throw SystemDisk.failure("close") }
    }

    public func size(of file: DiskFile) throws(DiskError) -> Int {
        var status = stat()
        guard unsafe fstat(file.descriptor, &status) == 0 else { throw SystemDisk.failure("stat") }
        return Int(status.st_size)
    }

    public func read(_ file: DiskFile, into space: inout MutableRawSpan, at offset: Int) throws(DiskError) -> Int {
        var total = 0
        while total < space.byteCount {
            let count = unsafe space.withUnsafeMutableBytes {
                unsafe pread(file.descriptor, $0.baseAddress?.advanced(by: total), $0.count - total, offset + total)
            }
            if count == 0 { break }
            if count > 0 { total += count } else if errno != EINTR { throw SystemDisk.failure("read") }
        }
        return total
    }

    public func append(_ file: DiskFile, _ bytes: RawSpan) throws(DiskError) -> Int {
        guard !bytes.isEmpty else { return 0 }
        // Not by O_APPEND, with which `pwrite` would append too. What has no end, such as a device, has none to find.
        _ = lseek(file.descriptor, 0, SEEK_END)
        let count = try attempt("write") {
            unsafe bytes.withUnsafeBytes { unsafe Glibc.write(file.descriptor, $0.baseAddress, $0.count) }
        }
        guard count > 0 else { throw DiskError(call: "write", reason: "Nothing written") }
        return count
    }

    public func write(_ file: DiskFile, _ bytes: RawSpan, at offset: Int) throws(DiskError) {
        var rest = bytes, place = offset
        while !rest.isEmpty {
            let count = try attempt("write") {
                unsafe rest.withUnsafeBytes { unsafe pwrite(file.descriptor, $0.baseAddress, $0.count, place) }
            }
            guard count > 0 else { throw DiskError(call: "write", reason: "Nothing written") }
            rest = rest.extracting(droppingFirst: count)
            place += count
        }
    }

    public func truncate(_ file: DiskFile, to size: Int) throws(DiskError) {
        _ = try attempt("truncate") { ftruncate(file.descriptor, size) }
    }

    public func sync(_ file: DiskFile) throws(DiskError) {
        _ = try attempt("fsync") { fdatasync(file.descriptor) }
    }

    public func startWriteback(_ file: DiskFile, offset: Int, count: Int) {
        start_writeback(file.descriptor, Int64(offset), Int64(count))
    }

    // MARK: Names

    public func rename(_ path: String, to target: String) throws(DiskError) {
        guard unsafe Glibc.rename(path, target) == 0 else { throw SystemDisk.failure("rename") }
    }

    public func syncDirectory(_ path: String) throws(DiskError) {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        let descriptor = try attempt("open") { unsafe Glibc.open(path, flags) }
        defer { _ = Glibc.close(descriptor) }
        do throws(DiskError) { _ = try attempt("fsync") { fsync(descriptor) } } catch {
            // Some file systems have no such thing.
            guard errno != EINVAL else { return }
            throw error
        }
    }

    public func remove(_ path: String) throws(DiskError) {
        guard unsafe unlink(path) == 0 else { throw SystemDisk.failure("unlink") }
    }

    public func removeDirectory(_ path: String) throws(DiskError) {
        guard unsafe rmdir(path) == 0 else { throw SystemDisk.failure("rmdir") }
    }

    public func createDirectory(_ path: String) throws(DiskError) {
        guard unsafe mkdir(path, 0o755) != 0 else { return }
        let error = SystemDisk.failure("mkdir")
        guard status(of: path)?.kind == .directory else { throw error }
    }

    public func names(in directory: String) throws(DiskError) -> [String] {
        guard let stream = unsafe opendir(directory) else { throw SystemDisk.failure("opendir") }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    public func status(of path: String) -> DiskStatus? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        let kind: DiskStatus.Kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            default: .other
            }
        let modified = Int64(status.st_mtim.tv_sec) * 1000 + Int64(status.st_mtim.tv_nsec) / 1_000_000
        return DiskStatus(kind: kind, size: Int(status.st_size), modified: modified)
    }
}
