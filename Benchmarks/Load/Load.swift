// The load: every connection sends a batch, waits for its replies, and sends the next. A probe may measure PING beside
// it, and subscribers may listen to what is published.

import CLinux
import Glibc

/// What to do and to whom.
struct LoadOptions {
    var port: UInt16 = 6379
    var process = 0
    var connections = 50
    var pipeline = 1
    var seconds = 0.0
    var units = 0
    var keyCount = 1_000_000
    var seed: UInt64 = 1
    var templates: [(template: Template, weight: Int)] = []
    /// What each connection says first.
    var greeting: Template?
    var hasProbe = false
    var subscribers = 0
    var channel = "news"
}

/// One connection and its batch.
private struct LoadConnection {
    let descriptor: Int32
    let isSubscriber: Bool
    var counter = ReplyCounter()
    var repliesDue = 0
    var units = 0
    var sentAt = 0
}

/// A run of load.
struct Load {
    private let options: LoadOptions
    private var numbers: NumberSource
    private var connections: [LoadConnection] = []
    private let poller = epoll_create1(0)
    private let input = UnsafeMutablePointer<UInt8>.allocate(capacity: 1 << 20)
    private let output: UnsafeMutablePointer<UInt8>
    private var unitsSent = 0
    private var unitsDone = 0
    private var deliveries = 0
    private var latencies = Histogram()
    private var probe: (descriptor: Int32, sentAt: Int)?
    private var probeLatencies = Histogram()

    init(_ options: LoadOptions) {
        self.options = options
        let isZipf = options.templates.contains { entry in
            entry.template.fields.contains { if case .zipf = $0.source { true } else { false } }
        }
        numbers = NumberSource(keyCount: options.keyCount, seed: options.seed, isZipf: isZipf)
        let largest = options.templates.map(\.template.bytes.count).max() ?? 0
        output = .allocate(capacity: largest * options.pipeline + 64)
    }

    mutating func run() -> String {
        for _ in 0..<options.subscribers { addSubscriber() }
        for _ in 0..<options.connections {
            add(connectToServer(port: options.port), isSubscriber: false)
            greet(connections.count - 1)
        }
        if options.hasProbe { addProbe() }
        let start = nanoseconds()
        let processorStart = processorTime(of: options.process)
        let end = options.seconds > 0 ? start + Int(options.seconds * 1e9) : Int.max
        let limit = options.units > 0 ? options.units : Int.max
        for index in connections.indices where !connections[index].isSubscriber && unitsSent < limit {
            send(index, limit)
        }
        sendProbe()
        var now = start
        var events = [epoll_event](repeating: epoll_event(), count: 128)
        while unitsDone < unitsSent || (now < end && unitsSent < limit) {
            let count = epoll_wait(poller, &events, 128, 1)
            now = nanoseconds()
            for event in events.prefix(Int(max(0, count))) {
                // The probe is looked at anyway; it only must not wait.
                guard event.data.u32 < UInt32.max else { continue }
                let index = Int(event.data.u32)
                read(index, now)
                if connections[index].repliesDue == 0, !connections[index].isSubscriber, now < end, unitsSent < limit {
                    send(index, limit)
                }
                if probe != nil { readProbe() }
            }
            if probe != nil { readProbe() }
        }
        drainSubscribers()
        let seconds = Double(nanoseconds() - start) / 1e9
        let processor = processorTime(of: options.process) - processorStart
        return report(seconds, processor)
    }

    private mutating func add(_ descriptor: Int32, isSubscriber: Bool) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.u32 = UInt32(connections.count)
        epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event)
        connections.append(LoadConnection(descriptor: descriptor, isSubscriber: isSubscriber))
    }

    private mutating func greet(_ index: Int) {
        guard let greeting = options.greeting else { return }
        greeting.bytes.withUnsafeBufferPointer {
            sendAll(connections[index].descriptor, $0.baseAddress!, $0.count)
        }
        var replies = 0
        while replies < greeting.replies {
            let count = recv(connections[index].descriptor, input, 1 << 16, 0)
            if count <= 0 { fail("the greeting was not answered") }
            replies += connections[index].counter.count(input, count)
        }
    }

    private mutating func addProbe() {
        let descriptor = connectToServer(port: options.port)
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.u32 = .max
        epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event)
        probe = (descriptor, 0)
    }

    private mutating func addSubscriber() {
        let descriptor = connectToServer(port: options.port)
        let request = Array("SUBSCRIBE \(options.channel)\r\n".utf8)
        request.withUnsafeBufferPointer { sendAll(descriptor, $0.baseAddress!, $0.count) }
        if recv(descriptor, input, 1 << 16, 0) <= 0 { fail("SUBSCRIBE was not answered") }
        add(descriptor, isSubscriber: true)
    }

    private mutating func send(_ index: Int, _ limit: Int) {
        let units = min(options.pipeline, limit - unitsSent)
        var size = 0
        var replies = 0
        for _ in 0..<units {
            let template = chooseTemplate()
            let bytes = options.templates[template].template
            bytes.bytes.withUnsafeBufferPointer { (output + size).update(from: $0.baseAddress!, count: $0.count) }
            for field in bytes.fields { write(numbers.number(field.source), output + size + field.offset, field.width) }
            size += bytes.bytes.count
            replies += bytes.replies
        }
        connections[index].repliesDue = replies
        connections[index].units = units
        connections[index].sentAt = nanoseconds()
        unitsSent += units
        sendAll(connections[index].descriptor, output, size)
    }

    @inline(__always) private mutating func chooseTemplate() -> Int {
        if options.templates.count == 1 { return 0 }
        var point = numbers.random(below: 100)
        for index in options.templates.indices {
            point -= options.templates[index].weight
            if point < 0 { return index }
        }
        return 0
    }

    @inline(__always) private func write(_ number: Int, _ end: UnsafeMutablePointer<UInt8>, _ width: Int) {
        var rest = number
        var place = width
        while place > 0 {
            place -= 1
            end[place] = 48 &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
            if rest == 0 { break }
        }
        while place > 0 {
            place -= 1
            end[place] = 48
        }
    }

    private mutating func read(_ index: Int, _ now: Int) {
        let count = recv(connections[index].descriptor, input, 1 << 20, Int32(MSG_DONTWAIT))
        guard count > 0 else {
            if count < 0, errno == EAGAIN { return }
            fail("the server closed a connection; errors so far: \(connections[index].counter.firstError)")
        }
        let replies = connections[index].counter.count(input, count)
        if connections[index].isSubscriber {
            deliveries += replies
            return
        }
        connections[index].repliesDue -= replies
        if connections[index].repliesDue == 0 {
            unitsDone += connections[index].units
            latencies.add(nanoseconds: now - connections[index].sentAt)
        }
    }

    private mutating func sendProbe() {
        guard let descriptor = probe?.descriptor else { return }
        probe?.sentAt = nanoseconds()
        let request: [UInt8] = Array("PING\r\n".utf8)
        request.withUnsafeBufferPointer { sendAll(descriptor, $0.baseAddress!, $0.count) }
    }

    private mutating func readProbe() {
        guard let (descriptor, sentAt) = probe else { return }
        if recv(descriptor, input, 64, Int32(MSG_DONTWAIT)) > 0 {
            probeLatencies.add(nanoseconds: nanoseconds() - sentAt)
            sendProbe()
        }
    }

    private mutating func drainSubscribers() {
        let wanted = unitsDone * options.subscribers
        let end = nanoseconds() + 2_000_000_000
        while deliveries < wanted, nanoseconds() < end {
            for index in connections.indices where connections[index].isSubscriber { read(index, 0) }
        }
    }

    private func report(_ seconds: Double, _ processor: Int) -> String {
        let errors = connections.reduce(0) { $0 + $1.counter.errors }
        let first = connections.first { $0.counter.errors > 0 }?.counter.firstError ?? ""
        let quoted = first.split(separator: "\"").joined(separator: "'").split(separator: "\\").joined(separator: "/")
        let probe = options.hasProbe ? ",\"probe\":\(probeLatencies.json)" : ""
        return "{\"units\":\(unitsDone),\"seconds\":\(seconds),\"cpu_ns\":\(processor),\"deliveries\":\(deliveries),"
            + "\"errors\":\(errors),\"error\":\"\(quoted)\",\"latency\":\(latencies.json)\(probe)}"
    }
}
