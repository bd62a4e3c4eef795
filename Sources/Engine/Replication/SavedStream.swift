// What snapshots say of the stream of changes: its name, and where in it the data stand. Whoever loads one when it
// starts lets replicas go on from there.

/// Where data stood in a stream, as far as a file says so.
struct SavedStream: Equatable {
    var identifier: String?
    var position: Int?
    var database: Int?

    /// All that is needed to go on with it, if it can be believed.
    var place: (identifier: String, position: Int, database: Int)? {
        guard let identifier, let position, let database, database >= 0,
            ReplicationHistory.isCredible(identifier, at: position)
        else { return nil }
        return (identifier, position, database)
    }
}

extension CommandContext {
    /// What a snapshot of now says. Without a backlog nobody could go on with the stream.
    var streamFields: [RDBFilePlan.Field] {
        guard hasBacklog else { return [] }
        let database: Int
        if replicas.isFollowing {
            guard let followed = replicas.followedDatabase else { return [] }
            database = followed
        } else {
            database = keyspace.feed.databaseOfReplicas ?? 0
        }
        return [
            RDBFilePlan.Field(name: "repl-stream-db", value: "\(database)"),
            RDBFilePlan.Field(name: "repl-id", value: replicas.history.identifier),
            RDBFilePlan.Field(name: "repl-offset", value: "\(replicationOffset)"),
        ]
    }

    /// As soon as the file has said where its data stand: what comes behind that is kept, and replicas that were level
    /// with it go on.
    mutating func resumeStreamIfKnown() {
        guard !hasBacklog, !replicas.isFollowing, let place = loading.stream.place else { return }
        replicas.history.resume(place.identifier, at: place.position)
        beginBacklog(at: place.position)
    }

    /// A key of the file has ended meanwhile, and is not there.
    mutating func tellStream(ofRemoved key: Bytes, in database: Int) {
        keyspace.feed.replicaLog?.appendRemoval(of: key, in: database)
        keyspace.feed.replicaLog?.endCommand()
    }
}
