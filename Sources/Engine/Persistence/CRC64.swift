// The checksum of snapshots and dumped values: 64 bits, with the polynomial of Jones, read from the lowest bit on.
// Eight bytes are taken at a time: each has a table of what its bits do to the sum seven, six … zero bytes later.

/// A checksum that grows with what it is shown.
struct CRC64 {
    private(set) var value: UInt64 = 0

    /// 0xAD93D23594C935A9, its bits in the opposite order.
    private static let polynomial: UInt64 = 0x95AC_9329_AC4B_C9B5

    /// Eight tables of 256 words, one behind the other.
    private static let tables: [UInt64] = {
        var words = [UInt64](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var sum = UInt64(byte)
            for _ in 0..<8 { sum = sum & 1 == 0 ? sum >> 1 : (sum >> 1) ^ polynomial }
            words[byte] = sum
        }
        for index in 256..<words.count {
            let before = words[index - 256]
            words[index] = words[Int(before & 0xFF)] ^ (before >> 8)
        }
        return words
    }()

    static func checksum(of bytes: Bytes) -> UInt64 {
        var sum = CRC64()
        sum.add(bytes)
        return sum.value
    }

    mutating func add(_ bytes: Bytes) {
        let tables = CRC64.tables
        var sum = value, offset = 0
        while offset &+ 8 <= bytes.count {
            sum ^= UInt64(littleEndian: bytes.word(at: offset))
            var next: UInt64 = 0
            var table: Int = 7 * 256
            while table >= 0 {
                next ^= tables[table &+ Int(truncatingIfNeeded: sum & 0xFF)]
                sum &>>= 8
                table &-= 256
            }
            sum = next
            offset &+= 8
        }
        while offset < bytes.count {
            let index = Int(truncatingIfNeeded: (sum ^ UInt64(bytes[offset])) & 0xFF)
            sum = tables[index] ^ (sum &>> 8)
            offset &+= 1
        }
        value = sum
    }
}
