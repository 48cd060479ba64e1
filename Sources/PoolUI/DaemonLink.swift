package import PoolModel

/// How the dashboard stands with the daemon. Losing it is a state, not an end: the figures stay, with their age.
package struct DaemonLink: Hashable, Sendable {
    package enum Phase: Hashable, Sendable {
        /// Never connected since the start.
        case connecting
        case live
        /// Connected, and nothing is heard, not even a heartbeat: a daemon that hangs.
        case silent
        case lost
    }

    package var phase = Phase.connecting
    /// The path of the control socket.
    package var socket: String
    /// What stopped the last try: `connection refused`.
    package var reason: String?
    /// What to do about it, from whoever knows.
    package var remedy: String?
    /// The number of the next try, from 1.
    package var attempt = 1
    /// When the next try is due, in ``DashboardModel/uptime``; nil while one is under way.
    package var retryAt: Duration?
    /// When the last was heard before it was lost or fell silent.
    package var lostAt: Timestamp?

    package init(socket: String) { self.socket = socket }

    package var isLive: Bool { phase == .live }
    /// Whether the figures are those of a daemon that says nothing more.
    package var isStale: Bool { phase == .lost || phase == .silent }
}
