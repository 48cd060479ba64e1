internal import Glibc

/// Bytes that are collected without a bound of their own: whoever collects counts before it appends.
struct GrowingBytes: ~Copyable {
    /// Kept when the rest is let go.
    private static let keptMax = 4 << 10

    private(set) var base: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int = 512) {
        base = .allocate(capacity: capacity)
        self.capacity = capacity
    }

    deinit { base.deallocate() }

    mutating func append(_ bytes: UnsafePointer<UInt8>, _ length: Int) {
        if length > capacity - count { grow(to: count + length) }
        memcpy(base + count, bytes, length)
        count += length
    }

    mutating func append(_ byte: UInt8) {
        if count == capacity { grow(to: count + 1) }
        base[count] = byte
        count += 1
    }

    mutating func append(_ literal: StaticString) { append(literal.utf8Start, literal.utf8CodeUnitCount) }

    /// Empties it; a large one does not stay large.
    mutating func clear() {
        count = 0
        guard capacity > GrowingBytes.keptMax else { return }
        base.deallocate()
        base = .allocate(capacity: GrowingBytes.keptMax)
        capacity = GrowingBytes.keptMax
    }

    private mutating func grow(to needed: Int) {
        let larger = max(needed, capacity * 2)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        memcpy(moved, base, count)
        base.deallocate()
        base = moved
        capacity = larger
    }
}
