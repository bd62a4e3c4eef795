// What names mean: the addresses at which a host is to be tried. A name server may take as long as it likes to answer,
// so that who must not wait asks by a `NameResolver`. Tests put names of their own in its place.

internal import CLinux
import Glibc

/// Who knows the addresses of names.
public protocol NameService: Sendable {
    /// The address that the text is itself, so that nobody need be asked; nil if it is a name.
    func address(written text: String) -> SocketAddress?
    /// The addresses of a name, in the order in which they are to be tried. This takes as long as it takes.
    func addresses(of name: String) throws(ConnectError) -> [SocketAddress]
}

/// Names as the system knows them: its files, and the name servers that it asks.
public struct SystemNameService: NameService {
    public init() {}

    public func address(written text: String) -> SocketAddress? {
        guard let found = try? SystemNameService.ask(text, flags: AI_NUMERICHOST) else { return nil }
        return found.first
    }

    public func addresses(of name: String) throws(ConnectError) -> [SocketAddress] {
        try SystemNameService.ask(name, flags: 0)
    }

    private static func ask(_ text: String, flags: Int32) throws(ConnectError) -> [SocketAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = flags
        unsafe hints.ai_family = AF_UNSPEC
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let result = unsafe getaddrinfo(text, nil, &hints, &found)
        guard result == 0, let first = unsafe found else {
            throw ConnectError(reason: unsafe String(cString: gai_strerror(result)))
        }
        defer { unsafe freeaddrinfo(first) }
        var addresses: [SocketAddress] = []
        var candidate: UnsafeMutablePointer<addrinfo>? = unsafe first
        while let entry = unsafe candidate {
            if let address = unsafe SocketAddress(entry.pointee.ai_addr, entry.pointee.ai_addrlen) {
                addresses.append(address)
            }
            unsafe candidate = entry.pointee.ai_next
        }
        guard !addresses.isEmpty else { throw ConnectError(reason: "No address associated with hostname") }
        return addresses
    }
}
