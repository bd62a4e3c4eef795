// A request as a template: bytes that stay, and numbers of fixed width that are written anew for every request. Fixed
// widths keep the size of a batch constant, so that a request costs one copy and a few digits. "SET key:{key}
// {value:64}"; several commands with " ; " between them are one unit. {key}: a random key number; {zipf}: one by
// popularity; {next}: one after the other; {same}: the one written last; {tick}, {window}: a rising time and one
// 100,000 before it; {score}: random; {time:BASE:RANGE}: rising from BASE by RANGE over all keys; {value:N}: N bytes
// that stay.

/// One unit of load: one command, or several that belong together.
struct Template {
    /// A number in the request.
    struct Field {
        enum Source { case key, same, zipf, next, score, tick, window, time(base: Int, range: Int) }
        let source: Source
        let offset: Int
        let width: Int
    }

    private(set) var bytes: [UInt8] = []
    private(set) var fields: [Field] = []
    /// How many replies the unit has.
    private(set) var replies = 0

    init(_ text: String) {
        var words: [(bytes: [UInt8], fields: [Field])] = []
        for word in text.split(separator: " ") {
            if word == ";" {
                append(words)
                words = []
            } else {
                words.append(Template.parse(word))
            }
        }
        append(words)
    }

    private mutating func append(_ words: [(bytes: [UInt8], fields: [Field])]) {
        bytes += Array("*\(words.count)\r\n".utf8)
        for word in words {
            bytes += Array("$\(word.bytes.count)\r\n".utf8)
            for field in word.fields {
                fields.append(Field(source: field.source, offset: bytes.count + field.offset, width: field.width))
            }
            bytes += word.bytes + [13, 10]
        }
        replies += 1
    }

    private static func parse(_ word: Substring) -> (bytes: [UInt8], fields: [Field]) {
        var bytes: [UInt8] = []
        var fields: [Field] = []
        var rest = word
        while let open = rest.firstIndex(of: "{"), let close = rest.firstIndex(of: "}") {
            bytes += Array(rest[..<open].utf8)
            let parts = rest[rest.index(after: open)..<close].split(separator: ":").map(String.init)
            rest = rest[rest.index(after: close)...]
            let numbers = parts.dropFirst().map { Int($0) ?? 0 }
            func add(_ source: Field.Source, width: Int) {
                fields.append(Field(source: source, offset: bytes.count, width: width))
                bytes += Array(repeating: UInt8(ascii: "0"), count: width)
            }
            switch parts.first {
            case "key": add(.key, width: 12)
            case "same": add(.same, width: 12)
            case "tick": add(.tick, width: 13)
            case "window": add(.window, width: 13)
            case "zipf": add(.zipf, width: 12)
            case "next": add(.next, width: 12)
            case "score": add(.score, width: 6)
            case "time": add(.time(base: numbers.first ?? 0, range: numbers.last ?? 0), width: 13)
            case "value": bytes += (0..<(numbers.first ?? 64)).map { UInt8(ascii: "a") + UInt8($0 % 26) }
            default: fail("unknown field {\(parts.joined(separator: ":"))}")
            }
        }
        return (bytes + Array(rest.utf8), fields)
    }
}

/// Where the numbers of the requests come from. One seed, one sequence.
struct NumberSource {
    let keyCount: Int
    private var state: UInt64
    private var next = 0
    private var latest = 0
    private var tick = 1_700_000_000_000
    private var popular: [UInt32] = []

    init(keyCount: Int, seed: UInt64, isZipf: Bool) {
        self.keyCount = max(1, keyCount)
        state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        if isZipf { popular = NumberSource.zipfSamples(below: self.keyCount, &state) }
    }

    @inline(__always) private static func random(_ state: inout UInt64) -> UInt64 {
        state ^= state &<< 13
        state ^= state &>> 7
        state ^= state &<< 17
        return state
    }

    @inline(__always) mutating func random(below bound: Int) -> Int {
        Int(truncatingIfNeeded: NumberSource.random(&state).multipliedFullWidth(by: UInt64(bound)).high)
    }

    @inline(__always) mutating func number(_ source: Template.Field.Source) -> Int {
        switch source {
        case .key:
            latest = random(below: keyCount)
            return latest
        case .same: return latest
        case .zipf: return Int(popular[random(below: popular.count)])
        case .next:
            latest = next
            next += 1
            return latest
        case .tick:
            tick += 1
            return tick
        case .window: return tick - 100_000
        case .score: return random(below: 1_000_000)
        case .time(let base, let range): return base + max(0, next - 1) * range / keyCount
        }
    }

    /// A million samples by Zipf's law with exponent 0.99, spread over the key space.
    private static func zipfSamples(below count: Int, _ state: inout UInt64) -> [UInt32] {
        var weights: [Double] = []
        var sum = 0.0
        weights.reserveCapacity(count)
        for rank in 1...count {
            sum += 1 / power(Double(rank), 0.99)
            weights.append(sum)
        }
        return (0..<(1 << 20)).map { _ in
            let point = Double(random(&state) >> 11) / Double(1 << 53) * sum
            var (low, high) = (0, count - 1)
            while low < high {
                let middle = (low + high) / 2
                if weights[middle] < point { low = middle + 1 } else { high = middle }
            }
            return UInt32(truncatingIfNeeded: (UInt64(low) &* 2_654_435_761) % UInt64(count))
        }
    }
}
