// The calls to the operating system that the load needs.

import Glibc

/// Ends the program with a message.
func fail(_ message: String) -> Never {
    let line = "apus-bench: \(message)\n"
    write(2, line, line.utf8.count)
    exit(1)
}

func nanoseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}

func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

/// What all threads of a process have run on a processor so far, in nanoseconds.
func processorTime(of process: Int) -> Int {
    guard let folder = opendir("/proc/\(process)/task") else { return 0 }
    defer { closedir(folder) }
    var total = 0
    while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        guard Int(name) != nil, let file = fopen("/proc/\(process)/task/\(name)/schedstat", "r") else { continue }
        var line = [CChar](repeating: 0, count: 128)
        if fgets(&line, 128, file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            total += Int(text.split(separator: " ").first ?? "0") ?? 0
        }
        fclose(file)
    }
    return total
}

/// A connection to the server on this machine.
func connectToServer(port: UInt16) -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let status = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, 16) }
    }
    guard status == 0 else { fail("cannot connect to port \(port)") }
    var yes: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, 4)
    return descriptor
}

/// Sends everything, waiting where the socket is full.
func sendAll(_ descriptor: Int32, _ start: UnsafePointer<UInt8>, _ count: Int) {
    var sent = 0
    while sent < count {
        let step = send(descriptor, start + sent, count - sent, Int32(MSG_NOSIGNAL))
        if step <= 0 { fail("the server closed a connection while it was sent to") }
        sent += step
    }
}
