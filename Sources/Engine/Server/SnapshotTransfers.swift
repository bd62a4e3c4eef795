// Snapshots that clients ask for, as `redis-cli --rdb` does by SYNC: one is taken into a file without a name and sent
// in pieces, as the client takes them. Replicas, which go on behind it, are refused.

internal import Platform

/// A client that has asked for a snapshot.
struct SnapshotReceiver {
    let client: ClientIdentifier
    /// Tells it from a later client in its place.
    let number: UInt64
    var file: DiskFile?
    var offset = 0
    var size = 0
}

/// The snapshots that clients have asked for.
struct SnapshotTransfers: ~Copyable {
    /// They came too late for the snapshot that is being taken, if any.
    fileprivate var waiting: [SnapshotReceiver] = []
    /// The snapshot that is being taken is theirs.
    fileprivate var expecting: [SnapshotReceiver] = []
    fileprivate var sending: [SnapshotReceiver] = []

    @inline(__always) var hasWork: Bool { !waiting.isEmpty || !sending.isEmpty }
}

extension CommandContext {
    /// The client gets the next snapshot instead of a reply.
    mutating func requestSnapshot(for client: ClientIdentifier) {
        let number = clients[client].number
        let all = transfers.waiting + transfers.expecting + transfers.sending
        if all.contains(where: { $0.client == client && $0.number == number }) { return }
        transfers.waiting.append(SnapshotReceiver(client: client, number: number))
        beginTransferSnapshot()
    }

    /// Every turn while there is something to do: takes a snapshot for those who wait, and sends on.
    mutating func continueTransfers() {
        beginTransferSnapshot()
        for index in transfers.sending.indices.reversed() {
            var receiver = transfers.sending[index]
            if sendPiece(to: &receiver) {
                transfers.sending[index] = receiver
            } else {
                if let file = receiver.file { try? host.disk.close(file) }
                transfers.sending.remove(at: index)
            }
        }
    }

    /// Something can be sent at once.
    var canContinueTransfers: Bool {
        transfers.sending.contains { isThere($0) && clients[$0.client].output.isEmpty }
    }

    private func isThere(_ receiver: SnapshotReceiver) -> Bool {
        clients.contains(receiver.client) && clients[receiver.client].number == receiver.number
    }

    private mutating func beginTransferSnapshot() {
        guard !transfers.waiting.isEmpty, saving.run == nil, !loading.isInForce else { return }
        let process = host.processIdentifier
        let begins = beginSnapshot(
            for: .transfer, in: settings.directory.isEmpty ? "." : settings.directory,
            temporaryName: "temp-\(process).rdb", name: "temp-0.\(process).rdb")
        guard begins else { return }
        transfers.expecting = transfers.waiting
        transfers.waiting = []
    }

    /// The snapshot for those who expect it is in its file, or is not: then they are told by the end of the connection.
    mutating func transferSnapshotHasEnded(_ run: SnapshotRun, _ result: SnapshotResult) {
        let receivers = transfers.expecting
        transfers.expecting = []
        for var receiver in receivers where isThere(receiver) {
            guard case .saved(let size) = result, let file = try? host.disk.open(run.plan.path, .read) else {
                disconnect(receiver.client)
                continue
            }
            (receiver.file, receiver.size) = (file, size)
            var head = Buffer()
            head.append("$")
            head.append(decimal: Int64(size))
            head.append("\r\n")
            clients[receiver.client].output.append(encoded: head.contents)
            clients.listForOutput(receiver.client)
            transfers.sending.append(receiver)
        }
        // Who has it open can read it to its end.
        if case .saved = result { try? host.disk.remove(run.plan.path) }
    }

    private static let pieceSize = 256 << 10

    /// Sends the next piece, if the client has taken those before; false if that is all, or it is gone.
    private mutating func sendPiece(to receiver: inout SnapshotReceiver) -> Bool {
        guard isThere(receiver), let file = receiver.file else { return false }
        guard clients[receiver.client].output.count < CommandContext.pieceSize else { return true }
        let wanted = min(CommandContext.pieceSize, receiver.size - receiver.offset)
        guard wanted > 0 else { return false }
        var piece = Buffer(capacity: wanted)
        var unused = piece.unused
        var space = unused._mutatingExtracting(..<wanted)
        guard let count = try? host.disk.read(file, into: &space, at: receiver.offset), count > 0 else {
            disconnect(receiver.client)
            return false
        }
        piece.advance(count)
        receiver.offset += count
        clients[receiver.client].output.append(encoded: piece.contents)
        clients.listForOutput(receiver.client)
        return receiver.offset < receiver.size
    }
}
