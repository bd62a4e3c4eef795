// LZF and the checksum, against what others compute. A failure names its seed.

import Testing

@testable import Engine

@Suite struct CompressionTests {
    private func decompressed(_ input: [UInt8], size: Int) -> [UInt8]? {
        var output = Buffer()
        output.append("before")
        let isWhole = Bytes.view(input) { LZF.decompress($0, size: size, to: &output) }
        return isWhole ? Array(output.contents.array.dropFirst(6)) : nil
    }

    /// Words of a few letters, so that much comes twice; or anything.
    private func text(_ random: inout RandomSource) -> [UInt8] {
        let size = Int(random.next() % [30, 300, 5000, 40_000][Int(random.next() % 4)])
        let letters = [2, 4, 40, 256][Int(random.next() % 4)]
        var bytes: [UInt8] = []
        while bytes.count < size {
            if bytes.count > 10, random.next() % 4 == 0 {
                let start = Int(random.next() % UInt64(bytes.count))
                bytes += bytes[start..<min(bytes.count, start + Int(random.next() % 600))]
            } else {
                bytes.append(UInt8(truncatingIfNeeded: random.next() % UInt64(letters)))
            }
        }
        return bytes
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func whatWasCompressedComesBack(_ seed: UInt64) {
        var random = RandomSource(seed: seed), compressor = LZFCompressor()
        var shorter = 0
        for step in 0..<200 {
            let input = text(&random)
            var output = Buffer()
            let isShorter = Bytes.view(input) { compressor.compress($0, to: &output) }
            guard isShorter else {
                let left = output.count
                #expect(left == 0, "seed \(seed), step \(step)")
                continue
            }
            shorter += 1
            let packed = output.contents.array
            #expect(packed.count <= input.count - 4, "seed \(seed), step \(step)")
            #expect(decompressed(packed, size: input.count) == input, "seed \(seed), step \(step)")
            #expect(decompressed(packed, size: input.count - 1) == nil, "seed \(seed), step \(step)")
            #expect(decompressed(packed, size: input.count + 1) == nil, "seed \(seed), step \(step)")
        }
        #expect(shorter > 50)
    }

    @Test func whatOneValueRepeatsIsShort() {
        var compressor = LZFCompressor(), output = Buffer()
        let input = [UInt8](repeating: 97, count: 100_000)
        let isShorter = Bytes.view(input) { compressor.compress($0, to: &output) }
        let size = output.count
        #expect(isShorter && size < 100_000 / 80)
    }

    @Test(arguments: [5, 6] as [UInt64])
    func anyBytesAreRefusedOrGiveTheSizeThatWasSaid(_ seed: UInt64) {
        var random = RandomSource(seed: seed)
        for step in 0..<3000 {
            let input = (0..<Int(random.next() % 40)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let size = Int(random.next() % 300)
            if let output = decompressed(input, size: size) {
                #expect(output.count == size, "seed \(seed), step \(step)")
            }
        }
        #expect(decompressed([], size: 0) == [])
        #expect(decompressed([0, 1], size: 1) == [1])
        #expect(decompressed([0, 1, 0x20, 0], size: 4) == [1, 1, 1, 1])
        #expect(decompressed([0, 1, 0x20, 1], size: 4) == nil, "a reference to what is before the string")
        #expect(decompressed([0, 1], size: .max) == nil)
        #expect(decompressed([0, 1], size: -1) == nil)
    }

    @Test func theChecksumIsThatOfRedis() {
        let known = Array("123456789".utf8)
        #expect(Bytes.view(known) { CRC64.checksum(of: $0) } == 0xE9C6_D914_C4B8_D9CA)
        var random = RandomSource(seed: 9)
        for count in 0..<70 {
            let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            var slow: UInt64 = 0
            for byte in bytes {
                slow ^= UInt64(byte)
                for _ in 0..<8 { slow = slow & 1 == 0 ? slow >> 1 : (slow >> 1) ^ 0x95AC_9329_AC4B_C9B5 }
            }
            #expect(Bytes.view(bytes) { CRC64.checksum(of: $0) } == slow, "\(count) bytes")
            // In two parts it is the same.
            var sum = CRC64()
            Bytes.view(Array(bytes.prefix(count / 3))) { sum.add($0) }
            Bytes.view(Array(bytes.dropFirst(count / 3))) { sum.add($0) }
            #expect(sum.value == slow)
        }
    }
}
