// The address of one end of a connection, kept as the kernel gives it and turned into text only when asked for.

internal import CLinux
import Glibc

/// An address and port of IPv4 or IPv6, or the lack of one.
public struct SocketAddress: Equatable, Sendable {
    private enum Family: UInt8 { case none, version4, version6 }

    private let family: Family
    public let port: UInt16
    /// The network that an address of IPv6 is good for, if it is not good everywhere.
    private let scope: UInt32
    private let high: UInt64
    private let low: UInt64

    /// The end of a connection that has no address, such as a Unix socket.
    public static let none = SocketAddress(family: .none, port: 0, high: 0, low: 0)

    private init(family: Family, port: UInt16, high: UInt64, low: UInt64, scope: UInt32 = 0) {
        self.family = family
        self.port = port
        self.scope = scope
        self.high = high
        self.low = low
    }

    /// An address of IPv4, such as 127.0.0.1 from `0x7F00_0001`.
    public init(version4 address: UInt32, port: UInt16) {
        self.init(family: .version4, port: port, high: 0, low: UInt64(address))
    }

    /// An address of IPv6 from its two halves.
    public init(version6 high: UInt64, _ low: UInt64, port: UInt16) {
        self.init(family: .version6, port: port, high: high, low: low)
    }

    init(_ storage: borrowing sockaddr_storage) {
        var copy = copy storage
        let family = Int32(copy.ss_family)
        self = unsafe withUnsafeBytes(of: &copy) { bytes in
            let port = unsafe UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
            switch family {
            case AF_INET:
                let address = unsafe UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
                return SocketAddress(version4: address, port: port)
            case AF_INET6:
                let high = unsafe UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                let low = unsafe UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
                return SocketAddress(version6: high, low, port: port)
            default: return .none
            }
        }
    }

    /// An address as the system gives it to those who ask for a name; nil if it is of no kind that is known here.
    init?(_ address: UnsafePointer<sockaddr>?, _ size: socklen_t) {
        guard let address = unsafe address, Int(size) <= MemoryLayout<sockaddr_storage>.size else { return nil }
        var storage = sockaddr_storage()
        unsafe withUnsafeMutableBytes(of: &storage) {
            unsafe $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(size)))
        }
        let plain = SocketAddress(storage)
        guard plain.hasAddress else { return nil }
        let scope = unsafe withUnsafeBytes(of: &storage) {
            unsafe plain.family == .version6 ? $0.loadUnaligned(fromByteOffset: 24, as: UInt32.self) : 0
        }
        self.init(family: plain.family, port: plain.port, high: plain.high, low: plain.low, scope: scope)
    }

    /// The same address with another port.
    public func at(port: UInt16) -> SocketAddress {
        SocketAddress(family: family, port: port, high: high, low: low, scope: scope)
    }

    /// The address as the kernel wants it.
    func withKernelAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var storage = sockaddr_storage(), size = MemoryLayout<sockaddr_in>.size
        unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            let port = self.port.bigEndian
            unsafe bytes.storeBytes(of: port, toByteOffset: 2, as: UInt16.self)
            if family == .version6 {
                size = MemoryLayout<sockaddr_in6>.size
                unsafe bytes.storeBytes(of: sa_family_t(AF_INET6), as: sa_family_t.self)
                unsafe bytes.storeBytes(of: high.bigEndian, toByteOffset: 8, as: UInt64.self)
                unsafe bytes.storeBytes(of: low.bigEndian, toByteOffset: 16, as: UInt64.self)
                unsafe bytes.storeBytes(of: scope, toByteOffset: 24, as: UInt32.self)
            } else {
                unsafe bytes.storeBytes(of: sa_family_t(AF_INET), as: sa_family_t.self)
                let address = UInt32(truncatingIfNeeded: low).bigEndian
                unsafe bytes.storeBytes(of: address, toByteOffset: 4, as: UInt32.self)
            }
        }
        return unsafe withUnsafePointer(to: &storage) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, socklen_t(size)) }
        }
    }

    /// The family as the kernel calls it.
    var kernelFamily: Int32 { family == .version6 ? AF_INET6 : AF_INET }

    public var hasAddress: Bool { family != .none }

    /// Reachable from this machine only.
    public var isLoopback: Bool {
        switch family {
        case .none: true
        case .version4: low >> 24 == 127
        case .version6: high == 0 && (low == 1 || low >> 24 == 0xFFFF_7F)
        }
    }

    /// `127.0.0.1:6379`, `[::1]:6379`.
    public var description: String { "\(family == .version6 ? "[\(host)]" : host):\(port)" }

    /// The address without the port.
    public var host: String {
        switch family {
        case .none: return ""
        case .version4: return "\(low >> 24).\(low >> 16 & 255).\(low >> 8 & 255).\(low & 255)"
        case .version6:
            var address = (high.bigEndian, low.bigEndian)
            return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
                unsafe inet_ntop(AF_INET6, &address, text.baseAddress, 64)
                return unsafe String(cString: text.baseAddress.unsafelyUnwrapped)
            }
        }
    }
}
