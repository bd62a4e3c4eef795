// FAILOVER: this server hands the lead over to one of its replicas. Writes wait, so that the stream comes to an end;
// when the replica has all of it, this server follows the replica and asks it, by PSYNC … FAILOVER, to lead. Until the
// replica answers to that, nobody leads: writes go on waiting, and the old server leads again if it will not have it.

internal import Platform

/// How far the handing over of the lead has come.
struct Failover {
    enum State {
        case none
        /// A replica is to get the rest of the stream.
        case waits
        /// This server follows the replica that is to lead.
        case asks

        /// What INFO calls it.
        var name: String {
            switch self {
            case .none: "no-failover"
            case .waits: "waiting-for-sync"
            case .asks: "failover-in-progress"
            }
        }
    }

    fileprivate(set) var state = State.none
    /// Who is to lead; nil if whoever has all of the stream first is.
    fileprivate var target: PrimaryAddress?
    /// When the waiting ends, in milliseconds; nil for never.
    fileprivate(set) var end: Int64?
    /// Then the target is to lead without the rest.
    fileprivate var isForced = false

    var isUnderWay: Bool { state != .none }
}

extension CommandContext {
    /// Begins to hand the lead over: to `target`, or to any replica.
    mutating func beginFailover(
        to target: PrimaryAddress?, timeoutMilliseconds: Int64, isForced: Bool
    ) throws(CommandError) {
        if failover.isUnderWay { throw .because("ERR FAILOVER already in progress.") }
        if follows { throw .because("ERR FAILOVER is not valid when server is a replica.") }
        if replicas.all.isEmpty { throw .because("ERR FAILOVER requires connected replicas.") }
        if isForced, timeoutMilliseconds == 0 || target == nil {
            throw .because("ERR FAILOVER with force option requires both a timeout and target HOST and IP.")
        }
        if let target {
            guard let replica = replica(at: target) else {
                throw .because("ERR FAILOVER target HOST and PORT is not a replica.")
            }
            guard replica.phase == .online else { throw .because("ERR FAILOVER target replica is not online.") }
            log.notice("FAILOVER requested to \(target.text).")
        } else {
            log.notice("FAILOVER requested to any replica.")
        }
        let end = now.addingReportingOverflow(timeoutMilliseconds)
        failover = Failover(
            state: .waits, target: target, end: timeoutMilliseconds == 0 || end.overflow ? nil : end.partialValue,
            isForced: isForced)
        pauseForFailover()
    }

    /// FAILOVER ABORT.
    mutating func abortFailoverByHand() throws(CommandError) {
        guard failover.isUnderWay else { throw .because("ERR No failover in progress.") }
        abortFailover("Failover manually aborted")
    }

    /// The lead stays here, or comes back.
    mutating func abortFailover(_ reason: String) {
        guard failover.isUnderWay else { return }
        log.notice("FAILOVER to \(failover.target?.text ?? "any replica") aborted: \(reason)")
        if failover.state == .asks { followNobody() }
        endFailover()
    }

    /// The lead is another server's now, or this one's for good: who has waited is served.
    mutating func endFailover() {
        guard failover.isUnderWay else { return }
        failover = Failover()
        endPauseForFailover()
    }

    // MARK: Waiting

    /// A replica has said how far it has come: the end of the turn looks at that.
    mutating func noteProgressForFailover() {
        if failover.state == .waits { replicas.hasWork = true }
    }

    /// Hands over if a replica has everything, or the time is over.
    mutating func considerFailover() {
        guard failover.state == .waits else { return }
        if let end = failover.end, now >= end {
            guard failover.isForced, let target = failover.target else {
                return abortFailover("Replica never caught up before timeout")
            }
            log.notice("FAILOVER to \(target.text) time out exceeded, failing over.")
            return handOver(to: target)
        }
        guard let target = levelReplica else { return }
        log.notice("Failover target \(target.text) is synced, failing over.")
        handOver(to: target)
    }

    /// A replica that has all of the stream: the one that was named, if one was.
    private var levelReplica: PrimaryAddress? {
        let end = replicationOffset
        if let target = failover.target {
            return replica(at: target).map { $0.phase == .online && $0.position == end } == true ? target : nil
        }
        let replica = replicas.all.first { $0.phase == .online && $0.acknowledges && $0.position == end }
        return replica.map {
            PrimaryAddress(host: replicaAddress($0.client, $0.introduction), port: Int($0.introduction.port))
        }
    }

    private mutating func handOver(to target: PrimaryAddress) {
        failover.target = target
        failover.state = .asks
        follow(target)
    }

    /// The replica that says it is there, or is seen there.
    private func replica(at place: PrimaryAddress) -> Replica? {
        replicas.all.first { replica in
            Int(replica.introduction.port) == place.port
                && replicaAddress(replica.client, replica.introduction).lowercased() == place.host.lowercased()
        }
    }
}
