// Replays a trace as an application does that has a cache beside its database: GET, and on a miss SET. Each connection
// asks for a batch, then stores what was missing; the next batch begins when all have been stored, at a fixed rate. All
// servers see the same requests in the same order.

import Glibc

/// What to replay, and to whom.
struct ReplayOptions {
    var port: UInt16 = 6379
    var kind = Trace.Kind.zipf10
    var connections = 2
    var pipeline = 16
    var requests = 0
    var keyCount = 100_000
    var cachedCount = 10_000
    var seed: UInt64 = 1
    /// Requests per second; 0 for as many as there can be.
    var rate = 0
    /// How long what ends is kept.
    var lifetimeMilliseconds = 60_000
}

/// A run of a trace.
struct Replay {
    private let options: ReplayOptions
    private var trace: Trace
    private var connections: [Int32] = []
    private var batches: [[TraceRequest]]
    private var missing: [[TraceRequest]]
    private var output: [UInt8] = []
    private var input = [UInt8](repeating: 0, count: 1 << 16)
    private let value = (0..<2048).map { UInt8(ascii: "a") + UInt8($0 % 26) }
    /// Hits and misses in the first fifth of the trace, while the cache fills, and in the rest.
    private var hits = (0, 0), misses = (0, 0)
    private var errors = 0
    private var firstError = ""

    init(_ options: ReplayOptions) {
        self.options = options
        trace = Trace(
            options.kind, keyCount: options.keyCount, cachedCount: options.cachedCount, length: options.requests,
            seed: options.seed)
        batches = Array(repeating: [], count: options.connections)
        missing = batches
    }

    mutating func run() -> String {
        for _ in 0..<options.connections { connections.append(connectToServer(port: options.port)) }
        let start = nanoseconds()
        while trace.place < options.requests {
            let isWarm = trace.place >= options.requests / 5
            for index in connections.indices { ask(index) }
            for index in connections.indices { readAnswers(index, isWarm) }
            for index in connections.indices { store(index) }
            for index in connections.indices { readStored(index) }
            if options.rate > 0 { wait(until: start + trace.place * 1_000_000_000 / options.rate) }
        }
        let seconds = Double(nanoseconds() - start) / 1e9
        let quoted = firstError.split(separator: "\"").joined(separator: "'")
        return "{\"requests\":\(trace.place),\"hits\":\(hits.0 + hits.1),\"warm_hits\":\(hits.1),"
            + "\"warm_requests\":\(hits.1 + misses.1),\"seconds\":\(seconds),"
            + "\"errors\":\(errors),\"error\":\"\(quoted)\"}"
    }

    // MARK: One batch

    private mutating func ask(_ index: Int) {
        batches[index].removeAll(keepingCapacity: true)
        output.removeAll(keepingCapacity: true)
        while batches[index].count < options.pipeline, trace.place < options.requests {
            let request = trace.next()
            batches[index].append(request)
            begin(words: 2, "GET", request)
        }
        send(index)
    }

    private mutating func readAnswers(_ index: Int, _ isWarm: Bool) {
        missing[index].removeAll(keepingCapacity: true)
        var reader = ReplyReader()
        for request in batches[index] {
            switch reader.next(connections[index], &input) {
            case .value(let size):
                // What was stored for this key and no other.
                if size != request.size { fail("the value of \(request.key) has \(size) bytes") }
                if isWarm { hits.1 += 1 } else { hits.0 += 1 }
            case .nothing:
                missing[index].append(request)
                if isWarm { misses.1 += 1 } else { misses.0 += 1 }
            case .error(let text): fail("GET was answered with \(text)")
            }
        }
    }

    private mutating func store(_ index: Int) {
        output.removeAll(keepingCapacity: true)
        for request in missing[index] {
            begin(words: request.hasDeadline ? 5 : 3, "SET", request)
            output += Array("$\(request.size)\r\n".utf8)
            output += value[..<request.size]
            output += [13, 10]
            if request.hasDeadline {
                let lifetime = String(options.lifetimeMilliseconds)
                output += Array("$2\r\nPX\r\n$\(lifetime.utf8.count)\r\n\(lifetime)\r\n".utf8)
            }
        }
        send(index)
    }

    private mutating func readStored(_ index: Int) {
        var reader = ReplyReader()
        for _ in missing[index] {
            if case .error(let text) = reader.next(connections[index], &input) {
                errors += 1
                if firstError.isEmpty { firstError = text }
            }
        }
    }

    private mutating func begin(words: Int, _ command: String, _ request: TraceRequest) {
        let key = "k:\(request.key)"
        output += Array("*\(words)\r\n$3\r\n\(command)\r\n$\(key.utf8.count)\r\n\(key)\r\n".utf8)
    }

    private func send(_ index: Int) {
        output.withUnsafeBufferPointer { bytes in
            if let start = bytes.baseAddress, !bytes.isEmpty { sendAll(connections[index], start, bytes.count) }
        }
    }

    private func wait(until moment: Int) {
        let rest = moment - nanoseconds()
        if rest > 0 { usleep(UInt32(truncatingIfNeeded: min(rest / 1000, 1_000_000))) }
    }
}

/// Reads the replies to one batch, of which nothing is left over afterwards.
private struct ReplyReader {
    /// A reply.
    enum Reply { case value(Int), nothing, error(String) }

    private var place = 0
    private var end = 0

    mutating func next(_ descriptor: Int32, _ input: inout [UInt8]) -> Reply {
        let kind = byte(descriptor, &input)
        var line: [UInt8] = []
        while true {
            let next = byte(descriptor, &input)
            if next == 10 { break }
            if next != 13 { line.append(next) }
        }
        let text = String(decoding: line, as: UTF8.self)
        switch kind {
        case UInt8(ascii: "$"):
            guard let size = Int(text), size >= 0 else { return .nothing }
            for _ in 0..<size + 2 { _ = byte(descriptor, &input) }
            return .value(size)
        case UInt8(ascii: "-"): return .error(text)
        default: return .nothing
        }
    }

    @inline(__always) private mutating func byte(_ descriptor: Int32, _ input: inout [UInt8]) -> UInt8 {
        if place == end {
            let count = recv(descriptor, &input, input.count, 0)
            if count <= 0 { fail("the server closed a connection") }
            (place, end) = (0, count)
        }
        defer { place += 1 }
        return input[place]
    }
}
