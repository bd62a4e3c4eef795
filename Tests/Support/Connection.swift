// A blocking TCP connection to a server on this machine, with a limit on every wait.

import Glibc

/// One client of a server under test.
public struct Connection: ~Copyable {
    private let descriptor: Int32
    public private(set) var isClosed = false

    /// Nil when nobody listens on the port.
    public init?(port: UInt16) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe connect(descriptor, $0, 16) }
        }
        // What has all its parts is ended by `deinit` also when it was not to be: a second `close` here would hit the
        // descriptor that another thread was given meanwhile.
        guard status == 0 else { return nil }
    }

    deinit { close(descriptor) }

    public mutating func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty, !isClosed {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { isClosed = true } else { rest = rest.dropFirst(count) }
        }
    }

    /// What comes within the time; nothing when the time passes or the other side closes.
    public mutating func receive(milliseconds: Int32) -> [UInt8] {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard !isClosed, unsafe poll(&wanted, 1, milliseconds) > 0 else { return [] }
        var space = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe space.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        guard count > 0 else {
            isClosed = true
            return []
        }
        return Array(space[..<count])
    }

    /// Sends one command and waits for its reply.
    public mutating func call(_ words: [String], milliseconds: Int32 = 5000) -> Reply? {
        send(Words.request(words.map { Array($0.utf8) }))
        var hearing = Hearing()
        while true {
            if let reply = hearing.nextReply() { return reply }
            let bytes = receive(milliseconds: milliseconds)
            if bytes.isEmpty { return nil }
            hearing.append(bytes)
        }
    }
}

/// A port that nobody uses at the moment.
public func unusedPort() -> UInt16 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(16)
    unsafe withUnsafeMutablePointer(to: &address) {
        unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            _ = unsafe bind(descriptor, $0, size)
            _ = unsafe getsockname(descriptor, $0, &size)
        }
    }
    return UInt16(bigEndian: address.sin_port)
}
