internal import Glibc

/// Writes the chunked coding, for bodies that come without it.
package enum ChunkText {
    /// What a chunk adds to its bytes, or the end to its trailers, at most.
    package static let overheadMax = 24

    /// Writes one chunk, not empty; its bytes with the framing.
    package static func write(
        _ bytes: UnsafePointer<UInt8>,
        _ count: Int,
        to out: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var writer = ByteWriter(out)
        var shift = max(0, (Int.bitWidth - count.leadingZeroBitCount - 1) / 4 * 4)
        while shift >= 0 {
            writer.append(hexadecimalDigit: UInt8(truncatingIfNeeded: count >> shift & 15))
            shift -= 4
        }
        writer.append("\r\n")
        writer.append(bytes, count)
        writer.append("\r\n")
        return writer.count
    }

    /// Writes the last chunk.
    ///
    /// - Parameter trailers: lines with their CRLF.
    package static func writeEnd(trailers: [UInt8], to out: UnsafeMutablePointer<UInt8>) -> Int {
        var writer = ByteWriter(out)
        writer.append("0\r\n")
        writer.append(trailers)
        writer.append("\r\n")
        return writer.count
    }
}
