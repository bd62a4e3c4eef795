// Replies that grow over several turns: whose turn it is, and how much of the turn. All of them together have a budget,
// so that whoever asks for little is answered as if nobody had asked for much.

extension EventLoop {
    /// Adds a part to each reply that grows, as far as the budget goes; those that get none are first the next time.
    @inline(never) mutating func growReplies() {
        let clients = server.context.growing.takeActive(), pace = server.context.growing.pace
        var left = pace.turn
        let share = max(1, left / max(1, clients.count))
        for client in clients where server.context.growing.contains(client) {
            guard left > 0, server.reply.count <= Server.largestReply else {
                server.context.growing.resume(client)
                continue
            }
            // What the client has not taken must go first; `flush` resumes.
            if server.context.clients[client].output.count >= pace.mostWaiting { continue }
            // The beginning of its reply is among this turn's segments. A second one would pass it where the first
            // has to wait: in the client's queue a segment goes before what is there.
            if server.context.clients[client].lastTurn == turnNumber {
                server.context.growing.resume(client)
                continue
            }
            let start = server.reply.count
            server.reply.bound(to: server.context.clients.hardOutputLimit(of: client))
            left -= server.context.growReply(of: client, units: share, &server.reply)
            guard collectReplies(client, from: start) else { continue }
            if server.context.hasGrown(client) {
                server.context.endGrowing(client)
            } else {
                server.context.growing.resume(client)
            }
        }
        server.reply.bound(to: .max)
    }

    /// The client has taken output: its reply may go on growing.
    @inline(never) mutating func resumeGrowing(_ client: ClientIdentifier) {
        let most = server.context.growing.pace.mostWaiting
        guard server.context.growing.contains(client), server.context.clients[client].output.count < most else {
            return
        }
        server.context.growing.resume(client)
    }
}
