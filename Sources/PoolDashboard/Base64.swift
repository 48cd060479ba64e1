/// RFC 4648, for the clipboard sequence of terminals.
enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".unicodeScalars
    )

    static func encode(_ bytes: [UInt8]) -> String {
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let chunk = bytes[start..<min(start + 3, bytes.count)]
            var value: UInt32 = 0
            for index in 0..<3 { value = value << 8 | UInt32(index < chunk.count ? chunk[start + index] : 0) }
            for index in 0..<4 {
                let digit = Int(value >> UInt32(18 - 6 * index) & 63)
                text.unicodeScalars.append(index <= chunk.count ? alphabet[digit] : "=")
            }
        }
        return text
    }
}
