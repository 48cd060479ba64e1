internal import PoolHTTP
internal import PoolModel
internal import Synchronization

/// One pool of one routing table, compiled: what all loops read without a lock. Replaced whole, never changed; what
/// moves (turns, loads, flags) is atomic.
final class PoolTable: Sendable {
    let version: UInt64
    let name: String
    let front: FrontSpec
    let times: FrontTimes
    let balance: BalanceSpec
    let members: [Member]
    let balancer: Balancer
    let responsePlan: ResponsePlan
    /// For clients that speak TLS.
    let secureResponsePlan: ResponsePlan
    /// By the listener's name.
    fileprivate let entries: [String: FrontEntry]
    /// The turn of the shared order; goes on over tables.
    let cursor: TurnCursor
    let isHolding: Bool
    /// By address: the pools that listen there, the default first.
    let shared: [String: [String]]
    /// Set where requests are not let through.
    let gate: Gate?
    let pages: ErrorPages
    /// Set where answers are compressed for those who ask for it.
    let gzip: GzipRule?
    let slowStart: UInt64
    let inFlightMax: Int?
    /// The version of the PROXY protocol header that connections to workers begin with; 0 is none.
    let sentProxyHeader: Int
    /// Asked for each request: plain flags instead of comparisons of the algorithm.
    let needsKey: Bool
    let measuresLatency: Bool
    let keySource: KeySource
    /// By the hash in a sticky cookie: the member.
    fileprivate let stickyIndices: [UInt64: Int]
    let health: PassiveHealth

    init(
        version: UInt64,
        routes: PoolRoutes,
        members: [Member],
        cursor: TurnCursor,
        health: PassiveHealth,
        plans: FrontPlans,
        shared: [String: [String]],
        gate: Gate? = nil,
        pages: ErrorPages
    ) {
        self.shared = shared
        self.gate = gate
        gzip = routes.front.gzip.map { GzipRule($0) }
        self.pages = pages
        self.version = version
        name = routes.name
        front = routes.front
        times = FrontTimes(routes.front.timeouts, limits: routes.front.limits)
        balance = routes.balance
        self.members = members
        self.cursor = cursor
        self.health = health
        isHolding = routes.isHolding
        slowStart = UInt64(max(0, routes.balance.slowStart.millisecondsRoundedUp))
        sentProxyHeader = routes.front.sendProxyProtocol.number
        inFlightMax = routes.balance.inFlightMax.map { max(1, $0) }
        responsePlan = plans.response
        secureResponsePlan = plans.secureResponse
        entries = plans.entries
        let algorithm = routes.balance.algorithm
        needsKey = algorithm == .consistentHash || algorithm == .stickyCookie
        measuresLatency = algorithm == .twoChoices
        keySource = KeySource(routes.balance)
        stickyIndices = Dictionary(
            members.enumerated().map { (StickyCookie.hash(of: $1.target.name), $0) },
            uniquingKeysWith: { first, _ in first }
        )
        balancer = Balancer(
            algorithm: routes.balance.algorithm,
            names: members.map(\.target.name),
            weights: members.map { $0.isRoutable ? $0.weight : 0 }
        )
    }
}

extension PoolTable {
    /// What the requests of a listener need; nil where it is none of this pool's.
    func entry(of listener: String) -> FrontEntry? { entries[listener] }

    /// The member that a sticky cookie names.
    func stickyIndex(_ hash: UInt64) -> Int? { stickyIndices[hash] }
}

/// Whose turn it is, for all loops.
final class TurnCursor: Sendable {
    private let turn = Atomic<UInt64>(0)

    @inline(__always)
    func next() -> UInt64 { turn.wrappingAdd(1, ordering: .relaxed).oldValue }
}

/// A front's times in whole milliseconds, as loops count.
struct FrontTimes: Sendable {
    let requestHead, requestBody, clientIdle, connect, firstByte, betweenBytes, upstreamIdle, tunnelIdle, send: UInt64
    let queue, handshake: UInt64

    init(_ timeouts: ProxyTimeouts, limits: ProxyLimits) {
        // Zero or less would cut everything: the least is a millisecond.
        func milliseconds(_ duration: Duration) -> UInt64 { UInt64(max(1, duration.millisecondsRoundedUp)) }
        requestHead = milliseconds(timeouts.requestHead)
        requestBody = milliseconds(timeouts.requestBody)
        clientIdle = milliseconds(timeouts.clientIdle)
        connect = milliseconds(timeouts.connect)
        firstByte = milliseconds(timeouts.firstByte)
        betweenBytes = milliseconds(timeouts.betweenBytes)
        upstreamIdle = milliseconds(timeouts.upstreamIdle)
        tunnelIdle = milliseconds(timeouts.tunnelIdle)
        send = milliseconds(timeouts.send)
        queue = milliseconds(limits.queueTimeout)
        handshake = milliseconds(timeouts.handshake)
    }
}
