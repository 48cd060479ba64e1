/// Bytes that wait: a partial head, pipelined input, output that the peer has not taken, a request kept for replay.
///
/// Idle connections hold none. A value with reference semantics: whoever borrowed it gives it back to the pool, once.
struct Buffer {
    var base: UnsafeMutableRawPointer
    /// The bytes held are `start..<end`.
    var start = 0
    var end = 0
    let capacity: Int

    var count: Int { end &- start }
    var bytes: UnsafeMutableRawPointer { base + start }
    var room: Int { capacity &- end }
}

/// The buffers of one loop: free lists by size, and a bound on all that is lent.
struct BufferPool: ~Copyable {
    /// Sizes of buffers. The largest holds one full read behind a head of the largest size.
    static let sizes = [1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18]
    /// Free buffers of one size that are kept, in bytes; beyond it they go back to the system.
    static let keptBytesMax = 4 << 20

    private var lists: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    private var kept: UnsafeMutablePointer<Int>
    /// Bytes lent at the moment.
    private(set) var lent = 0
    /// How many may be. What is lent already stays so when this becomes less.
    var lentMax: Int
    /// Times that there was no buffer, since the owner last looked.
    var refusals: UInt64 = 0
    /// Nothing is begun any more: what is left is for requests under way.
    var isShort: Bool { lent > lentMax - lentMax / 8 }

    /// `lentMax` bytes may be lent at once; beyond it `borrow` returns nil and the connection that asked is closed.
    init(lentMax: Int) {
        self.lentMax = lentMax
        lists = .allocate(capacity: BufferPool.sizes.count)
        lists.initialize(repeating: nil, count: BufferPool.sizes.count)
        kept = .allocate(capacity: BufferPool.sizes.count)
        kept.initialize(repeating: 0, count: BufferPool.sizes.count)
    }

    deinit {
        for list in 0..<BufferPool.sizes.count {
            while let buffer = lists[list] {
                lists[list] = buffer.load(as: UnsafeMutableRawPointer?.self)
                buffer.deallocate()
            }
        }
        lists.deallocate()
        kept.deallocate()
    }

    @inline(__always)
    private static func list(for count: Int) -> Int {
        if count <= 1 << 10 { return 0 }
        // 4 KiB, 16 KiB, 64 KiB, 256 KiB
        let bits = Int.bitWidth &- (count &- 1).leadingZeroBitCount
        return (bits &- 9) / 2
    }

    /// A buffer of at least `count` bytes (at most 256 KiB); nil when too much is lent already.
    mutating func borrow(_ count: Int) -> Buffer? {
        let list = BufferPool.list(for: count)
        guard list < BufferPool.sizes.count else { return nil }
        let size = 1 << (10 + 2 * list)
        guard lent + size <= lentMax else {
            refusals += 1
            return nil
        }
        lent += size
        if let base = lists[list] {
            lists[list] = base.load(as: UnsafeMutableRawPointer?.self)
            kept[list] &-= size
            return Buffer(base: base, capacity: size)
        }
        return Buffer(base: .allocate(byteCount: size, alignment: 64), capacity: size)
    }

    /// Takes a borrowed buffer back.
    mutating func giveBack(_ buffer: Buffer) {
        lent -= buffer.capacity
        let list = BufferPool.list(for: buffer.capacity)
        guard kept[list] + buffer.capacity <= BufferPool.keptBytesMax else {
            buffer.base.deallocate()
            return
        }
        kept[list] += buffer.capacity
        buffer.base.storeBytes(of: lists[list], as: UnsafeMutableRawPointer?.self)
        lists[list] = buffer.base
    }
}
