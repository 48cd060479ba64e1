/// What the manager counts of its own service: totals since it was started.
package struct ControlStats: Hashable, Sendable {
    /// One receiver of log lines and events.
    package struct Shipped: Hashable, Sendable {
        /// `journald`, `syslog:127.0.0.1:514`.
        package var to: String
        package var sent: UInt64
        package var dropped: UInt64

        package init(to: String, sent: UInt64, dropped: UInt64) {
            self.to = to
            self.sent = sent
            self.dropped = dropped
        }
    }

    /// Connections that took nothing, and were cut.
    package var readersCut: UInt64
    package var shipped: [Shipped]

    package init(readersCut: UInt64 = 0, shipped: [Shipped] = []) {
        self.readersCut = readersCut
        self.shipped = shipped
    }
}
