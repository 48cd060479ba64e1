/// The texts of log lines, one behind the other in blocks of bytes. The oldest is dropped first; a block goes when its last
/// text has gone, and nothing is ever moved.
struct LogArena: Sendable {
    /// Where a text is: valid from its ``append(_:)`` to its ``drop(_:)``.
    struct Place: Sendable {
        /// The number of the block, counted from the first that ever was.
        fileprivate var block: UInt32
        fileprivate var offset: UInt32
        fileprivate var count: UInt32
    }

    /// Bytes of a block. A text that is longer has a block of its own.
    static let blockBytes = 256 << 10

    private var blocks: [[UInt8]] = []
    /// The number of `blocks[0]`.
    private var first: UInt32 = 0
    /// Bytes of the texts that are there.
    private(set) var bytes = 0

    mutating func append(_ text: String) -> Place {
        let count = text.utf8.count
        if blocks.last.map({ $0.count + count > LogArena.blockBytes }) ?? true {
            blocks.append([])
            blocks[blocks.count - 1].reserveCapacity(max(LogArena.blockBytes, count))
        }
        let last = blocks.count - 1
        let offset = blocks[last].count
        blocks[last].append(contentsOf: text.utf8)
        bytes += count
        return Place(block: first &+ UInt32(last), offset: UInt32(offset), count: UInt32(count))
    }

    /// Forgets the oldest text.
    mutating func drop(_ place: Place) {
        bytes -= Int(place.count)
        let index = Int(place.block &- first)
        // Everything before its block is older, and gone.
        guard index > 0 else { return }
        blocks.removeFirst(index)
        first = place.block
    }

    func read<Result>(_ place: Place, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        blocks[Int(place.block &- first)].withUnsafeBufferPointer { block in
            let start = Int(place.offset)
            return body(UnsafeBufferPointer(rebasing: block[start..<start + Int(place.count)]))
        }
    }
}
