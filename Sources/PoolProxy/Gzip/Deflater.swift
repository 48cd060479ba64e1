internal import CZlib

/// One compressed body on its way: zlib's stream, used again for the next one.
final class Deflater {
    enum Flush {
        /// More comes at once: the library may keep what it has.
        case more
        /// Nothing comes for now: the client gets all that there is.
        case soon
        case end
    }

    private let stream: UnsafeMutablePointer<z_stream>
    let level: Int

    /// nil where there is no memory.
    init?(level: Int) {
        self.level = level
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard cz_init(stream, Int32(level)) == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Ready for another body.
    func reset() { deflateReset(stream) }

    struct Step {
        var consumed: Int
        var produced: Int
        /// The body is whole.
        var isEnded: Bool
        /// There may be more to come of the same input.
        var isFull: Bool
    }

    func run(
        _ bytes: UnsafePointer<UInt8>,
        _ count: Int,
        into: UnsafeMutablePointer<UInt8>,
        _ capacity: Int,
        _ flush: Flush
    ) -> Step {
        // The library does not write to its input.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes)
        stream.pointee.avail_in = UInt32(count)
        stream.pointee.next_out = into
        stream.pointee.avail_out = UInt32(capacity)
        let mode =
            switch flush {
            case .more: Z_NO_FLUSH
            case .soon: Z_SYNC_FLUSH
            case .end: Z_FINISH
            }
        let result = deflate(stream, mode)
        return Step(
            consumed: count - Int(stream.pointee.avail_in),
            produced: capacity - Int(stream.pointee.avail_out),
            isEnded: result == Z_STREAM_END,
            isFull: stream.pointee.avail_out == 0
        )
    }
}

/// The streams of one loop.
// State: the loop's.
struct Deflaters {
    /// Bodies that are compressed at once, of a quarter of a MiB each. Beyond: the next ones go out as they are.
    static let most = 64
    /// Streams kept for the next bodies.
    private static let keptMax = 8
    /// Compressed bytes of one chunk.
    static let pieceBytes = 32 << 10
    /// Room for a chunk's size in front of it, and for its end and the end of all behind it.
    static let margin = 16

    private var free: [Deflater] = []
    private var inUse = 0
    /// Made for the first compressed body.
    lazy var piece: UnsafeMutablePointer<UInt8> = .allocate(capacity: Deflaters.pieceBytes + 2 * Deflaters.margin)
    private(set) var hasPiece = false

    mutating func take(level: Int) -> Deflater? {
        guard inUse < Deflaters.most else { return nil }
        let found: Deflater?
        if let index = free.firstIndex(where: { $0.level == level }) {
            found = free.remove(at: index)
        } else {
            found = Deflater(level: level)
        }
        if found != nil {
            inUse += 1
            hasPiece = true
        }
        return found
    }

    mutating func giveBack(_ deflater: Deflater) {
        inUse -= 1
        guard free.count < Deflaters.keptMax else { return }
        deflater.reset()
        free.append(deflater)
    }

    /// The loop ends.
    mutating func deallocate() { if hasPiece { piece.deallocate() } }
}
