internal import PoolAPI
internal import PoolModel

/// What shippers of logs ask.
extension Manager {
    /// Some records, and where the next ones are.
    struct ShippingLot: Sendable {
        var records: [ShippedRecord]
        var next: LogShipper.Position
        /// Records that were gone before they were asked for.
        var missed: UInt64
        /// What to wait for the next ones by.
        var version: UInt64
    }

    /// Where a shipper begins: where it was; else with this manager's first event and the next line.
    func shippingStart(_ known: LogShipper.Position?) -> LogShipper.Position {
        let begun = events.newest(Limits.eventsMax) { $0.at >= identity.startedAt }
        let event = begun.first.map { $0.sequence - 1 } ?? events.lastSequence
        guard let known, known.line <= driver.lastLine, known.event <= events.lastSequence else {
            return LogShipper.Position(line: driver.lastLine, event: event)
        }
        return known
    }

    func lot(
        after position: LogShipper.Position,
        _ contents: Set<LogShipper.Content>,
        limit: Int
    ) async throws(PoolError) -> ShippingLot {
        var lot = ShippingLot(records: [], next: position, missed: 0, version: followers.version(.records))
        if contents.contains(.daemon) {
            let page = try events(EventQuery(), after: position.event, limit: limit)
            lot.records += page.events.map { ShippedRecord($0) }
            lot.next.event = page.next
            lot.missed += page.missed
        }
        if contents.contains(.workers) {
            let page = try await lines(LogQuery(), after: position.line, limit: limit)
            lot.records += page.lines.map { ShippedRecord($0) }
            lot.next.line = page.next
            lot.missed += page.missed
        }
        return lot
    }

    func shipped(to receiver: String, sent: UInt64, dropped: UInt64) {
        shipments[receiver, default: Shipment()].sent += sent
        shipments[receiver, default: Shipment()].dropped += dropped
    }

    func shippingFailed(_ receiver: LogReceiver, _ why: String) {
        report(.warning, .log, nil, "logs cannot be sent to \(receiver), they wait: \(why)")
    }

    func shippingResumed(_ receiver: LogReceiver) { report(.notice, .log, nil, "logs are sent to \(receiver) again") }
}

/// What was sent to one receiver since the manager was started.
struct Shipment: Hashable, Sendable {
    var sent: UInt64 = 0
    var dropped: UInt64 = 0
}
