/// A connection to a worker: idle in its pool, or bound to one exchange.
final class UpstreamConnection: Connection {
    enum Phase: UInt8 {
        /// `connect` is under way (TCP): nothing is sent yet.
        case connecting
        case idle
        /// Bound to an exchange whose answer's head has not come.
        case awaiting
        /// The answer's body is coming in.
        case answering
        case tunnel
    }

    let pool: UpstreamPool
    var phase = Phase.connecting
    /// The exchange that it carries. The exchange holds the connection, so this does not hold the exchange.
    unowned(unsafe) var exchange: Exchange?
    /// Requests answered on it: a connection that has carried one may be stale.
    var served: UInt32 = 0
    /// It began with a PROXY protocol header: it is one client's, and nobody else may use it.
    var isOneClients = false
    /// When it became idle, in milliseconds.
    var idleSince: UInt64 = 0
    // The pool's idle list. The loop's table owns the connection, the links do not.
    unowned(unsafe) var nextIdle: UpstreamConnection?
    unowned(unsafe) var previousIdle: UpstreamConnection?

    init(descriptor: Int32, pool: UpstreamPool) {
        self.pool = pool
        super.init(.upstream, descriptor: descriptor)
    }
}
