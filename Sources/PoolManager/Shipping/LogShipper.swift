internal import Glibc
internal import PoolAPI
internal import PoolModel
internal import PoolOS

/// Sends log lines and events on to another log, in the order in which they were written.
///
/// It reads like any other follower of a stream: it holds two positions and one lot of records. A receiver that takes
/// nothing is waited for; what falls out of the daemon's memory meanwhile is counted as dropped. Where it was is in a
/// file, so that the next manager goes on there: after the death of one, a second's records may come twice.
struct LogShipper: Sendable {
    /// What is sent on.
    enum Content: String, Hashable, Sendable, CaseIterable {
        /// Events.
        case daemon
        /// The workers' output.
        case workers
    }

    /// Where a shipper is in both sequences.
    struct Position: Hashable, Sendable, Codable {
        var line: UInt64
        var event: UInt64
    }

    private static let lotMax = 500
    private static let retryInterval = Duration.seconds(1)
    private static let fullInterval = Duration.milliseconds(20)

    let manager: Manager
    let receiver: LogReceiver
    let contents: Set<Content>
    /// Where the position is kept.
    let file: PositionFile
    private let host = LogShipper.hostName

    /// Sends until the task is cancelled.
    func run() async throws {
        var position = await manager.shippingStart(file.read())
        var connection: DatagramSocket?
        while true {
            try Task.checkCancellation()
            let lot = try await manager.lot(after: position, contents, limit: LogShipper.lotMax)
            var sent: UInt64 = 0
            var dropped = lot.missed
            for record in lot.records {
                if try await send(record, &connection) { sent += 1 } else { dropped += 1 }
            }
            position = lot.next
            if sent + dropped > 0 {
                await manager.shipped(to: receiver.description, sent: sent, dropped: dropped)
                file.write(position)
            }
            guard lot.records.isEmpty else { continue }
            if await manager.wait(for: .records, after: lot.version) == .ended { return }
        }
    }

    /// Sends one record, as soon as the receiver takes it; false where it never will.
    private func send(_ record: ShippedRecord, _ connection: inout DatagramSocket?) async throws -> Bool {
        let bytes =
            switch receiver {
            case .journald: record.journalEntry
            case .syslog: record.syslogMessage(host: host)
            }
        var isTold = false
        while true {
            do throws(SystemError) {
                let open: DatagramSocket
                if let connection { open = connection } else { open = try DatagramSocket(to: receiver.address) }
                connection = open
                try open.send(bytes)
                if isTold { await manager.shippingResumed(receiver) }
                return true
            } catch {
                switch (error.code, receiver.address) {
                case (EAGAIN, _), (ENOBUFS, _):
                    try await Task.sleep(for: LogShipper.fullInterval)
                // The network says so of an earlier one; nobody waits for a listener over UDP.
                case (EMSGSIZE, _), (_, .tcp):
                    connection = nil
                    return false
                default:
                    connection = nil
                    if !isTold { await manager.shippingFailed(receiver, "\(error)") }
                    isTold = true
                    try await Task.sleep(for: LogShipper.retryInterval)
                }
            }
        }
    }

    /// The host's name as a word of RFC 5424; `-` where there is none.
    private static var hostName: String {
        var name = [UInt8](repeating: 0, count: 256)
        name.withUnsafeMutableBytes { bytes in
            if let start = bytes.baseAddress { _ = gethostname(start, bytes.count - 1) }
        }
        let text = String(decoding: name.prefix { $0 != 0 }.filter { (33...126).contains($0) }, as: UTF8.self)
        return text.isEmpty ? "-" : text
    }
}
