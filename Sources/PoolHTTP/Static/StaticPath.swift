/// The path of a file from the path of a request: below a root, whatever a client writes.
package enum StaticPath {
    /// The longest relative path. Beyond: there is no such file.
    package static let bytesMax = 1023

    /// Decodes what follows the prefix to a relative path with a NUL behind it.
    ///
    /// Refused are: `%` that is no encoding, NUL, `..` in any form, hidden names (a dot in front) but for `.well-known`,
    /// and what is too long. Empty and `.` segments are left out. An encoded slash separates, as a plain one does: the
    /// check is on the decoded form.
    ///
    /// - Parameter out: room for ``bytesMax`` + 1 bytes.
    /// - Returns: the bytes without the NUL, and whether a slash ends the path (a directory is meant); nil is refused.
    package static func decode(
        _ raw: UnsafePointer<UInt8>,
        _ count: Int,
        to out: UnsafeMutablePointer<UInt8>
    ) -> (count: Int, isDirectory: Bool)? {
        var written = 0
        var segment = 0
        var position = 0
        while position < count {
            var byte = raw[position]
            if byte == UInt8(ascii: "?") { break }
            position += 1
            if byte == UInt8(ascii: "%") {
                guard position + 2 <= count, let high = digit(raw[position]), let low = digit(raw[position + 1]) else {
                    return nil
                }
                byte = high << 4 | low
                position += 2
            }
            if byte == 0 { return nil }
            if byte == UInt8(ascii: "/") {
                guard let end = close(out, segment, written) else { return nil }
                written = end
                if written > 0 && out[written - 1] != byte {
                    out[written] = byte
                    written += 1
                }
                segment = written
                continue
            }
            guard written < bytesMax - 1 else { return nil }
            out[written] = byte
            written += 1
        }
        guard let end = close(out, segment, written) else { return nil }
        var isDirectory = end == segment
        written = end
        if written > 0 && out[written - 1] == UInt8(ascii: "/") {
            written -= 1
            isDirectory = true
        }
        out[written] = 0
        return (written, isDirectory)
    }

    /// The path's end after a segment: before it where it says nothing; nil where it may not be.
    private static func close(_ out: UnsafeMutablePointer<UInt8>, _ start: Int, _ end: Int) -> Int? {
        guard end > start, out[start] == UInt8(ascii: ".") else { return end }
        if end == start + 1 { return start }
        return isFolded(out + start, end - start, ".well-known") ? end : nil
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }
}
