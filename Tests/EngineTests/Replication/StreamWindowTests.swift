// The last part of a stream against an array that has all of it. One seed is one history.

import Platform
import Testing

@testable import Engine

@Suite struct StreamWindowTests {
    @Test(arguments: [1, 2, 3, UInt64.random(in: 4 ... .max)])
    func itShowsWhatWasAppended(_ seed: UInt64) {
        var random = RandomSource(seed: seed)
        let origin = Int(random.next() % 1_000_000)
        var window = StreamWindow(at: origin)
        var all: [UInt8] = []
        for _ in 0..<400 {
            let size = [1, 40, 5000, 100_000][Int(random.next() % 4)]
            let bytes = (0..<Int(random.next() % UInt64(size))).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            var buffer = Buffer()
            buffer.append(array: bytes)
            window.append(buffer.contents)
            all += bytes
            if random.next() % 3 == 0 {
                let size = Int(random.next() % 200_000), needed = window.start + Int(random.next() % 100_000)
                let before = window.count
                window.trim(to: size, keepingFrom: needed, atMost: Int(random.next() % 20))
                #expect(window.count >= min(size, before) && window.start <= max(needed, origin))
            }
            let end = window.end
            #expect(end == origin + all.count)
            let position = window.start + Int(random.next() % UInt64(window.count + 1))
            let most = 1 + Int(random.next() % 50_000)
            let shown = StreamWindowTests.read(window, from: position, atMost: most)
            #expect(shown == Array(all[(position - origin)...].prefix(most)))
        }
    }

    @Test func nothingIsShownThatIsNotThere() {
        var window = StreamWindow(at: 1000)
        var buffer = Buffer()
        buffer.append(text: "changes")
        window.append(buffer.contents)
        for position in [Int.min, -1, 0, 999, 1008, .max] {
            #expect(StreamWindowTests.read(window, from: position, atMost: 100).isEmpty)
        }
        #expect(StreamWindowTests.read(window, from: 1007, atMost: 100).isEmpty)
        #expect(StreamWindowTests.read(window, from: 1006, atMost: 100) == Array("s".utf8))
    }

    private static func read(_ window: borrowing StreamWindow, from position: Int, atMost most: Int) -> [UInt8] {
        var pieces = Pieces()
        window.append(from: position, to: &pieces, atMost: most)
        var bytes: [UInt8] = []
        for index in 0..<pieces.count {
            let piece = pieces.piece(at: index)
            bytes += (0..<piece.byteCount).map { unsafe piece.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
        }
        return bytes
    }
}
