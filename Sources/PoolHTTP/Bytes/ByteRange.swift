/// A run of bytes within a raw head, by offset: what a plain struct can keep while the buffer stays the caller's.
package struct ByteRange: Hashable, Sendable {
    package var start: UInt32
    package var count: UInt32

    /// No bytes; also "was not there" where an empty value means the same.
    package static let none = ByteRange(start: 0, count: 0)

    @inline(__always)
    package init(start: UInt32, count: UInt32) {
        self.start = start
        self.count = count
    }

    @inline(__always)
    init(_ start: Int, _ end: Int) {
        self.start = UInt32(truncatingIfNeeded: start)
        count = UInt32(truncatingIfNeeded: end &- start)
    }

    package var isEmpty: Bool { count == 0 }

    /// The bytes of the range in the buffer that was parsed.
    @inline(__always)
    package func bytes(in raw: UnsafePointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: raw + Int(start), count: Int(count))
    }

    /// The range as text, for messages and tests: allocates, so not for the hot path.
    package func text(in raw: UnsafePointer<UInt8>) -> String { String(decoding: bytes(in: raw), as: UTF8.self) }
}
