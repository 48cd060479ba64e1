/// A key that session tickets are sealed with. The manager hands the same ones to every proxy, so that sessions are
/// resumed over the replacement of a proxy.
package struct TicketKey: Hashable, Sendable, Codable {
    /// Base64 of the name (16 bytes) that tickets carry, the key of the cipher (32) and that of the seal (32).
    package var secret: String
    /// Seconds of the host's monotonic clock.
    package var madeAt: Int

    package init(secret: String, madeAt: Int) {
        self.secret = secret
        self.madeAt = madeAt
    }
}
