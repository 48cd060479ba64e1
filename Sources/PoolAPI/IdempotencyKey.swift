/// The header `Idempotency-Key`: a request that is sent again with the same key gets the first one's answer.
///
/// The daemon remembers a key with the request's fingerprint for as long as it remembers the operation; the key with
/// another request is refused (422 `key-reused`).
package struct IdempotencyKey: Hashable, Sendable, CustomStringConvertible {
    package static let header = "Idempotency-Key"
    package static let bytesMax = 128

    package var description: String

    /// 1 to 128 visible ASCII characters; nil for anything else.
    package init?(_ text: String) {
        guard (1...IdempotencyKey.bytesMax).contains(text.utf8.count),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        description = text
    }
}
