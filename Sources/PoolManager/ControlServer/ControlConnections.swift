internal import NIOCore
internal import PoolModel
internal import PoolOS
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
        /// Whom it counts for; nil for root, the daemon's user, and whoever has no user here.
        var user: UInt32?
        var isOwner: Bool
        var isServed = false
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

    /// How many connections a listener has at once.
    struct Bounds: Sendable {
        /// Served in all.
        var most: Int
        /// Of those, kept for root and the daemon's own user: nobody else can shut them out.
        var reserved = 0
        /// Served of one other user.
        var ofUser = Int.max

        /// Those of the control socket. Beyond: 503; twice as many: closed.
        static let ofControlSocket = Bounds(most: Limits.controlConnectionsMax, reserved: 64, ofUser: 128)
    }

    private struct State {
        var open: [ObjectIdentifier: Connection] = [:]
        /// Open ones of each user but root and the daemon's.
        var users: [UInt32: Int] = [:]
        var served = 0
        /// Served ones of users but root and the daemon's.
        var servedOfOthers = 0
    }

    private let bounds: Bounds
    private let state = Mutex(State())

    init(_ bounds: Bounds) { self.bounds = bounds }

    /// Counts a connection in, and says what there is room for. Each one is to be ``removed(_:)`` in the end.
    ///
    /// - Parameter owner: root, or the user that the daemon runs as; others have bounds of their own.
    func admit(_ channel: any Channel, of caller: Caller?, isOwner: Bool, at now: Duration) -> Admission {
        let user = isOwner ? nil : caller?.credentials?.userID
        return state.withLock { state in
            let open = state.open.count + 1
            let ofUser = user.map { state.users[$0, default: 0] + 1 } ?? 0
            if let user { state.users[user] = ofUser }
            let hasRoom =
                state.served < bounds.most && ofUser <= bounds.ofUser
                && (isOwner || state.servedOfOthers < bounds.most - bounds.reserved)
            var connection = Connection(channel: channel, caller: caller, user: user, isOwner: isOwner, since: now)
            connection.isServed = hasRoom
            state.open[ObjectIdentifier(channel)] = connection
            if hasRoom {
                state.served += 1
                if !isOwner { state.servedOfOthers += 1 }
                return .served
            }
            let openMax = 2 * bounds.most - (isOwner ? 0 : bounds.reserved)
            return open <= openMax && ofUser / 2 < bounds.ofUser ? .told : .refused
        }
    }

    func removed(_ channel: any Channel) {
        state.withLock { state in
            guard let connection = state.open.removeValue(forKey: ObjectIdentifier(channel)) else { return }
            if let user = connection.user {
                let left = state.users[user, default: 1] - 1
                state.users[user] = left > 0 ? left : nil
            }
            guard connection.isServed else { return }
            state.served -= 1
            if !connection.isOwner { state.servedOfOthers -= 1 }
        }
    }

    /// Who is at the other end: found out once for a connection.
    func caller(of channel: any Channel, _ identify: (any Channel) async -> Caller?) async -> Caller? {
        if let known = state.withLock({ $0.open[ObjectIdentifier(channel)]?.caller }) { return known }
        let caller = await identify(channel)
        state.withLock { $0.open[ObjectIdentifier(channel)]?.caller = caller }
        return caller
    }

    /// Closes what has taken nothing for so long, though something waits for it. To be called on the event loop of
    /// the connections.
    ///
    /// - Returns: nil where there was none.
    func sweep(at now: Duration, limit: Duration) -> Stalled? {
        let all = state.withLock { $0.open }
        var stalled: [Connection] = []
        for (id, connection) in all {
            let option = try? connection.channel.syncOptions?.getOption(ChannelOptions.bufferedWritableBytes)
            let waiting = option ?? 0
            if waiting == 0 || waiting != connection.waiting {
                state.withLock {
                    $0.open[id]?.waiting = waiting
                    $0.open[id]?.since = now
                }
            } else if now - connection.since >= limit {
                stalled.append(connection)
            }
        }
        for connection in stalled { connection.channel.close(promise: nil) }
        return stalled.first.map { Stalled(count: stalled.count, first: $0.caller?.actor ?? "unknown") }
    }
}
