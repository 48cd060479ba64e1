internal import NIOCore
internal import PoolModel
internal import Synchronization

/// The open connections of one listener: how many there may be, who each is of, and whether it takes what it is sent.
///
/// A reader that stops reading is held one lot of records (``StreamSource``) and costs no system call, because nothing
/// is sent until it has taken that. The sweep ends even this: a connection in which something waits, and that has taken
/// none of it for the time set, is closed. What waits in a connection is a number of NIO's: a sweep asks no kernel.
///
/// State: the connections, guarded by the mutex; they are served on several threads.
final class ControlConnections: Sendable {
    /// Which of them took nothing.
    struct Stalled: Sendable {
        var count: Int
        var first: String
    }

    private struct Connection {
        var channel: any Channel
        var caller: Caller?
        /// Bytes that waited in it at the last sweep, and since when so many have.
        var waiting = 0
        var since: Duration
    }

    /// What becomes of a connection.
    enum Admission {
        case served
        /// It is told that there are too many.
        case told
        /// Not even told: whoever opens so many does not listen.
        case refused
    }

    private let most: Int
    private let open = Mutex<[ObjectIdentifier: Connection]>([:])

    /// - Parameter most: how many are served at once.
    init(most: Int) { self.most = most }

    /// Counts a connection in, and says what there is room for. Each one is to be ``removed(_:)`` in the end.
    func admit(_ channel: any Channel, at now: Duration) -> Admission {
        open.withLock { open in
            open[ObjectIdentifier(channel)] = Connection(channel: channel, since: now)
            if open.count <= most { return .served }
            return open.count <= 2 * most ? .told : .refused
        }
    }

    func removed(_ channel: any Channel) {
        open.withLock { $0[ObjectIdentifier(channel)] = nil }
    }

    /// Who is at the other end: found out once for a connection.
    func caller(of channel: any Channel, _ identify: (any Channel) async -> Caller?) async -> Caller? {
        if let known = open.withLock({ $0[ObjectIdentifier(channel)]?.caller }) { return known }
        let caller = await identify(channel)
        open.withLock { $0[ObjectIdentifier(channel)]?.caller = caller }
        return caller
    }

    /// Closes what has taken nothing for so long, though something waits for it. To be called on the event loop of
    /// the connections.
    ///
    /// - Returns: nil where there was none.
    func sweep(at now: Duration, limit: Duration) -> Stalled? {
        let all = open.withLock { $0 }
        var stalled: [Connection] = []
        for (id, connection) in all {
            let option = try? connection.channel.syncOptions?.getOption(ChannelOptions.bufferedWritableBytes)
            let waiting = option ?? 0
            if waiting == 0 || waiting != connection.waiting {
                open.withLock {
                    $0[id]?.waiting = waiting
                    $0[id]?.since = now
                }
            } else if now - connection.since >= limit {
                stalled.append(connection)
            }
        }
        for connection in stalled { connection.channel.close(promise: nil) }
        return stalled.first.map { Stalled(count: stalled.count, first: $0.caller?.actor ?? "unknown") }
    }
}
