// The sockets at which connections are awaited: which addresses, and how they change while the server runs. A change
// is all or nothing: new sockets are opened before old ones are closed. Without a network, as in tests, everything
// succeeds and nothing listens.

public import Platform

/// Where connections are awaited, as the settings say.
public struct ListenerSettings: Equatable, Sendable {
    /// `bind`: addresses, `*` and `::*` for all, a leading `-` for those that may be missing.
    public var addresses = ["*", "-::*"]
    /// Zero: no TCP.
    public var port = 6379
    public var backlog = 511
    /// Empty: no Unix socket.
    public var path = ""
    /// `unixsocketperm`; zero leaves the process's mask in force.
    public var mode: UInt32 = 0

    public init() {}
}

/// The listening sockets of the server.
public struct Listeners: ~Copyable {
    private(set) var network: (any Network)?
    public private(set) var settings = ListenerSettings()
    private var tcp: [Int32] = []
    private var local: Int32?
    private var new: [Int32] = []

    init() {}

    mutating func use(_ network: any Network) { self.network = network }

    var hasChanged: Bool { !new.isEmpty }

    func contains(_ descriptor: Int32) -> Bool { tcp.contains(descriptor) || local == descriptor }

    mutating func takeNew() -> [Int32] {
        defer { new = [] }
        return new
    }

    /// Listens as the settings say, or leaves everything as it was and says at which address and why it cannot.
    mutating func apply(_ wanted: ListenerSettings) throws(ListenFailure) {
        guard let network else { return settings = wanted }
        if wanted.port != settings.port || wanted.addresses != settings.addresses || (tcp.isEmpty && wanted.port != 0) {
            try listen(wanted, network)
        }
        if wanted.path != settings.path || (local == nil && !wanted.path.isEmpty) { try listenLocally(wanted, network) }
        settings = wanted
    }

    private mutating func listen(_ wanted: ListenerSettings, _ network: any Network) throws(ListenFailure) {
        // An address that stays could not be bound a second time: with the same port the old ones go first.
        let isSamePort = wanted.port == settings.port
        if isSamePort { Listeners.close(&tcp, network) }
        do throws(ListenFailure) {
            let opened = try open(wanted, network)
            Listeners.close(&tcp, network)
            tcp = opened
            new += opened
        } catch {
            if isSamePort, let again = try? open(settings, network) {
                tcp = again
                new += again
            }
            throw error
        }
    }

    private func open(_ wanted: ListenerSettings, _ network: any Network) throws(ListenFailure) -> [Int32] {
        guard wanted.port != 0 else { return [] }
        var opened: [Int32] = []
        for address in wanted.addresses {
            let isOptional = address.hasPrefix("-")
            let host = isOptional ? String(address.dropFirst()) : address
            do throws(ListenError) {
                opened.append(
                    try network.listen(
                        host: host == "*" || host == "::*" ? nil : host, version6: host.contains(":"),
                        port: UInt16(truncatingIfNeeded: wanted.port), backlog: Int32(clamping: wanted.backlog)))
            } catch {
                if error.isUnsupported || isOptional && error.isUnavailable { continue }
                Listeners.close(&opened, network)
                throw ListenFailure(address: host, port: wanted.port, error: error)
            }
        }
        return opened
    }

    private mutating func listenLocally(_ wanted: ListenerSettings, _ network: any Network) throws(ListenFailure) {
        closeLocal(network)
        guard !wanted.path.isEmpty else { return }
        do throws(ListenError) {
            let descriptor = try network.listen(
                path: wanted.path, mode: wanted.mode, backlog: Int32(clamping: wanted.backlog))
            local = descriptor
            new.append(descriptor)
        } catch {
            throw ListenFailure(address: wanted.path, port: 0, error: error)
        }
    }

    /// Listens no more, and removes the file of the Unix socket.
    mutating func closeAll() {
        guard let network else { return }
        Listeners.close(&tcp, network)
        closeLocal(network)
    }

    private mutating func closeLocal(_ network: any Network) {
        guard let descriptor = local else { return }
        network.close(descriptor)
        network.removeSocketFile(settings.path)
        new.removeAll { $0 == descriptor }
        local = nil
    }

    private static func close(_ descriptors: inout [Int32], _ network: any Network) {
        for descriptor in descriptors { network.close(descriptor) }
        descriptors = []
    }
}

/// An address at which the server cannot listen.
public struct ListenFailure: Error {
    public let address: String
    public let port: Int
    public let error: ListenError
}
