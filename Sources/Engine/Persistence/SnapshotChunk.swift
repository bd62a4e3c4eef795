// What goes from the main thread to the disk thread while a snapshot is being saved: pieces of the file, not compressed
// yet. Whoever has a chunk owns its memory.

/// A piece of one of the streams that a snapshot consists of.
struct SnapshotChunk: ~Copyable, Sendable {
    /// The stream of small values, whose chunks are whole records. Each other number is that of one large value.
    static let mainStream = 0

    let stream: Int
    /// The large value is complete with this piece.
    let endsStream: Bool
    let bytes: Buffer
    /// Where in `bytes` the length of each string stands that is worth compressing, in ascending order.
    let compressible: [UInt32]
}

/// What the pieces consist of.
enum SnapshotForm: Sendable {
    case rdb
    /// The commands that make the data, as an append-only file has them.
    case commands
}
