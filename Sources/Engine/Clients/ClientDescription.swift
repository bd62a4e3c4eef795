// One client as CLIENT LIST, CLIENT INFO and the log describe it: a line of `name=value`, in the order of Redis 8.

internal import Platform

extension CommandContext {
    /// The line about one client.
    func describe(_ identifier: ClientIdentifier) -> String {
        let number = clients[identifier].number
        let age = max(0, now - clients[identifier].createdAt) / 1000
        let idle = max(0, now - clients[identifier].lastInteraction) / 1000
        // The client that is served has the inbox on loan.
        let isCurrent = identifier == current
        let request = UnfinishedRequest(clients[identifier].input.buffer.contents)
        let input = isCurrent ? inputSize : request.unread
        let unused = inputCapacity(of: identifier) - (isCurrent ? inputSize : clients[identifier].input.buffer.count)
        let queued = clients[identifier].transaction.memoryUsed
        let output = clients[identifier].output.memoryUsed
        let total = memoryUsed(by: identifier), arguments = waitingMemory(of: identifier) + request.arguments
        let command = clients[identifier].lastCommand?.value.fullName ?? "NULL"
        let peer = address(clients[identifier].peer, identifier), local = address(clients[identifier].local, identifier)
        return "id=\(number) addr=\(peer) laddr=\(local) fd=\(clients[identifier].descriptor)"
            + " name=\(String(decoding: clients[identifier].name, as: UTF8.self)) age=\(age) idle=\(idle)"
            + " flags=\(flagLetters(identifier)) db=\(clients[identifier].database)"
            + " sub=\(clients[identifier].subscriptions[.channel].count)"
            + " psub=\(clients[identifier].subscriptions[.pattern].count)"
            + " ssub=\(clients[identifier].subscriptions[.shardChannel].count)"
            + " multi=\(clients[identifier].transaction.isOpen ? clients[identifier].transaction.count : -1)"
            + " watch=\(keyspace.feed.watchedKeys.count(of: identifier))"
            + " qbuf=\(input) qbuf-free=\(unused) argv-mem=\(arguments) multi-mem=\(queued) rbs=0 rbp=0"
            + " obl=0 oll=\(clients[identifier].output.chunkCount) omem=\(output) tot-mem=\(total)"
            + " events=\(clients[identifier].output.isEmpty ? "r" : "rw") cmd=\(command)"
            + " user=default redir=\(clients[identifier].tracking.shownRedirection)"
            + " resp=\(clients[identifier].output.version.rawValue)"
            + " lib-name=\(String(decoding: clients[identifier].libraryName, as: UTF8.self))"
            + " lib-ver=\(String(decoding: clients[identifier].libraryVersion, as: UTF8.self))"
            + " tot-net-in=\(clients[identifier].traffic.bytesReceived)"
            + " tot-net-out=\(clients[identifier].traffic.bytesSent) tot-cmds=\(clients[identifier].traffic.commands)"
    }

    /// `address:port`, or the path of the Unix socket.
    func address(_ address: SocketAddress, _ identifier: ClientIdentifier) -> String {
        address.hasAddress ? address.description : "\(listeners.settings.path):0"
    }

    /// What is special about the client, a letter each; N for nothing.
    func flagLetters(_ identifier: ClientIdentifier) -> String {
        let flags = clients[identifier].flags
        var letters = ""
        if flags.contains(.isMonitor) { letters += "O" }
        if flags.contains(.isReplica) { letters += "S" }
        if flags.contains(.isPrimary) { letters += "M" }
        if !clients[identifier].subscriptions.isEmpty { letters += "P" }
        if clients[identifier].transaction.isOpen { letters += "x" }
        if !flags.isDisjoint(with: [.isPostponed, .isBlocked]) { letters += "b" }
        let tracking = clients[identifier].tracking.options
        if tracking.contains(.isOn) { letters += "t" }
        if tracking.contains(.redirectionIsBroken) { letters += "R" }
        if tracking.contains(.broadcasts) { letters += "B" }
        if keyspace.feed.watchedKeys.hasChangedKeys(identifier) { letters += "d" }
        if flags.contains(.closesAfterReply) { letters += "c" }
        if flags.contains(.closesNow) { letters += "A" }
        if flags.contains(.isLocalSocket) { letters += "U" }
        if flags.contains(.isKeptFromEviction) { letters += "e" }
        if flags.contains(.leavesAccessClock) { letters += "T" }
        return letters.isEmpty ? "N" : letters
    }
}
