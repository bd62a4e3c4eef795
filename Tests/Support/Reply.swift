// A reply as a value, for tests that look into it: RESP2 and RESP3, nested as deep as it comes.

/// One reply, taken apart.
public indirect enum Reply: Equatable, Sendable {
    case simple(String)
    case error(String)
    case integer(Int64)
    case bulk([UInt8])
    case null
    case array([Reply])
    case map([Reply])
    case set([Reply])
    case push([Reply])
    case other(String)

    /// The place after the reply that starts at `start`, or nil when it is not complete.
    public static func end(in bytes: [UInt8], from start: Int) -> Int? {
        var open = 1
        var place = start
        while open > 0 {
            guard let line = lineEnd(in: bytes, from: place) else { return nil }
            open -= 1
            let count = number(in: bytes, from: place + 1, to: line)
            let kind = bytes[place]
            place = line + 2
            switch kind {
            case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "!"):
                guard count >= 0 else { continue }
                place += count + 2
                guard place <= bytes.count else { return nil }
            case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"): open += max(0, count)
            case UInt8(ascii: "%"): open += 2 * max(0, count)
            case UInt8(ascii: "|"): open += 2 * max(0, count) + 1
            default: break
            }
        }
        return place
    }

    /// Takes apart a complete reply.
    public init(_ reply: ArraySlice<UInt8>) {
        let bytes = Array(reply)
        var place = 0
        self = Reply.parse(bytes, &place)
    }

    private static func parse(_ bytes: [UInt8], _ place: inout Int) -> Reply {
        guard let line = lineEnd(in: bytes, from: place) else { return .other("(cut off)") }
        let kind = bytes[place]
        let text = String(decoding: bytes[place + 1..<line], as: UTF8.self)
        let count = Int(text) ?? 0
        place = line + 2
        switch kind {
        case UInt8(ascii: "+"): return .simple(text)
        case UInt8(ascii: "-"): return .error(text)
        case UInt8(ascii: ":"): return .integer(Int64(text) ?? 0)
        case UInt8(ascii: "_"): return .null
        case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "!"):
            guard count >= 0 else { return .null }
            defer { place += count + 2 }
            return .bulk(Array(bytes[place..<place + count]))
        case UInt8(ascii: "*"): return count < 0 ? .null : .array(elements(count, bytes, &place))
        case UInt8(ascii: "~"): return .set(elements(count, bytes, &place))
        case UInt8(ascii: ">"): return .push(elements(count, bytes, &place))
        case UInt8(ascii: "%"): return .map(elements(2 * count, bytes, &place))
        case UInt8(ascii: "|"):
            _ = elements(2 * count, bytes, &place)
            return parse(bytes, &place)
        default: return .other(String(decoding: bytes[..<line], as: UTF8.self))
        }
    }

    private static func elements(_ count: Int, _ bytes: [UInt8], _ place: inout Int) -> [Reply] {
        var elements: [Reply] = []
        for _ in 0..<max(0, count) { elements.append(parse(bytes, &place)) }
        return elements
    }

    private static func lineEnd(in bytes: [UInt8], from start: Int) -> Int? {
        var place = start
        while place + 1 < bytes.count {
            if bytes[place] == 13, bytes[place + 1] == 10 { return place }
            place += 1
        }
        return nil
    }

    private static func number(in bytes: [UInt8], from start: Int, to end: Int) -> Int {
        Int(String(decoding: bytes[min(start, end)..<end], as: UTF8.self)) ?? 0
    }

    /// The text of a string, whatever its kind; nil for anything else.
    public var text: String? {
        switch self {
        case .simple(let text), .error(let text): text
        case .bulk(let bytes): String(decoding: bytes, as: UTF8.self)
        default: nil
        }
    }

    /// The elements of an array, map, set or push; none for anything else.
    public var elements: [Reply] {
        switch self {
        case .array(let elements), .map(let elements), .set(let elements), .push(let elements): elements
        default: []
        }
    }

    /// The value behind a name in a map, or in an array of names and values.
    public subscript(name: String) -> Reply? {
        let elements = elements
        for index in stride(from: 0, to: elements.count - 1, by: 2) where elements[index].text == name {
            return elements[index + 1]
        }
        return nil
    }
}
