/// Makes bytes of strangers harmless in a log: one line stays one line, a quoted field stays one field, and no terminal
/// that shows it obeys it.
enum LogEscape {
    /// How many bytes one byte can become.
    static let growthMax = 6

    /// Text: quotes and backslashes get a backslash, control bytes and all beyond ASCII become `\xHH`.
    /// JSON: the same in its own notation, bytes beyond ASCII as the code point of that number (Latin-1).
    ///
    /// - Parameter end: the writer's count does not go beyond it; what would is cut off.
    static func append(
        _ bytes: UnsafeBufferPointer<UInt8>,
        isJSON: Bool,
        to writer: inout ByteWriter,
        upTo end: Int
    ) {
        guard let base = bytes.baseAddress else { return }
        var index = 0
        while index < bytes.count {
            if index &+ 8 <= bytes.count && writer.count &+ 8 <= end {
                let word = load64(base, index)
                if isPlain(word) {
                    writer.store(word)
                    index &+= 8
                    continue
                }
            }
            if writer.count &+ growthMax > end { return }
            append(base[index], isJSON: isJSON, to: &writer)
            index &+= 1
        }
    }

    /// Whether all eight bytes are visible ASCII or spaces, without a quote or a backslash.
    @inline(__always)
    private static func isPlain(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = word ^ 0x2222_2222_2222_2222
        let backslashes = word ^ 0x5c5c_5c5c_5c5c_5c5c
        // A byte that is zero after the exclusive or loses its top bit to the subtraction; so does one below 0x20.
        let suspects =
            (word &- 0x2020_2020_2020_2020) | (word &+ ones) | word | (quotes &- ones) & ~quotes
            | (backslashes &- ones) & ~backslashes
        return suspects & 0x8080_8080_8080_8080 == 0
    }

    @inline(__always)
    private static func append(_ byte: UInt8, isJSON: Bool, to writer: inout ByteWriter) {
        if byte &- 0x20 < 0x5f && byte != ASCII.quote && byte != ASCII.backslash {
            writer.append(byte)
        } else {
            appendEscaped(byte, isJSON: isJSON, to: &writer)
        }
    }

    @inline(never)
    private static func appendEscaped(_ byte: UInt8, isJSON: Bool, to writer: inout ByteWriter) {
        writer.append(ASCII.backslash)
        if byte == ASCII.quote || byte == ASCII.backslash {
            writer.append(byte)
            return
        }
        writer.append(isJSON ? "u00" : "x")
        writer.append(hexadecimalDigit: byte >> 4)
        writer.append(hexadecimalDigit: byte & 15)
    }
}
