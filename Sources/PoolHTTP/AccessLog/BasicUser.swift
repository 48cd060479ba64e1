/// The user's name in `Authorization: Basic …`: what stands before the colon (RFC 7617, 2). The password is not kept.
enum BasicUser {
    /// Bytes of a name. Beyond: it is cut.
    static let bytesMax = 256

    /// The bytes written; nil where the value is of another scheme, is no base64, or names nobody.
    static func decode(_ value: UnsafeBufferPointer<UInt8>, to out: UnsafeMutableBufferPointer<UInt8>) -> Int? {
        let scheme: StaticString = "basic "
        guard value.count > scheme.utf8CodeUnitCount else { return nil }
        for index in 0..<scheme.utf8CodeUnitCount where value[index] | 0x20 != scheme.utf8Start[index] | 0x20 {
            return nil
        }
        var (bits, bitsCount, count) = (UInt32(0), 0, 0)
        for byte in value[scheme.utf8CodeUnitCount...] {
            guard let digit = digit(byte) else { return nil }
            bits = bits << 6 | digit
            bitsCount += 6
            guard bitsCount >= 8 else { continue }
            bitsCount -= 8
            let decoded = UInt8(truncatingIfNeeded: bits >> UInt32(bitsCount))
            if decoded == UInt8(ascii: ":") || count == out.count { return count > 0 ? count : nil }
            out[count] = decoded
            count += 1
        }
        return nil
    }

    private static func digit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
