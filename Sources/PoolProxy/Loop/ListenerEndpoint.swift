internal import PoolHTTP
internal import PoolModel

/// A listening socket as one loop polls it. The socket itself is shared with the other loops and outlives them all.
final class ListenerEndpoint: Endpoint {
    /// The front's address, or ``ProbeHeader/listener``.
    let name: String
    let isProbe: Bool
    /// Where its requests go; nil until a routing table names the front.
    var route: ListenerRoute?
    /// Registered with epoll; not while draining.
    var isPolled = false
    /// How many connections are taken in one turn, so that a lone one costs no second call that finds nobody. Doubles
    /// while more come turn after turn.
    private(set) var batch = 1
    private var turn: UInt64 = 0

    /// In this turn of the loop so many were taken.
    func tookBatch(_ count: Int, turn: UInt64) {
        defer { self.turn = turn }
        if count < batch {
            batch = max(1, count)
        } else if self.turn &+ 1 == turn {
            batch = min(batch * 2, ProxyBounds.acceptsPerTurn)
        }
    }

    init(name: String, isProbe: Bool, descriptor: Int32) {
        self.name = name
        self.isProbe = isProbe
        super.init(.listener, descriptor: descriptor)
    }
}

/// What one listener's requests need, by the routing table of the moment.
final class ListenerRoute {
    /// The default front's: what is needed before a request says whom it is for.
    let service: PoolService
    let entry: FrontEntry
    /// Reads requests, within the most that any of the fronts allows.
    let parser: HeadParser
    /// Set where several pools share the listener; the indices are those of `fronts`.
    private let router: FrontRouter?
    private let fronts: [ListenerRoute]

    init(service: PoolService, entry: FrontEntry) {
        self.service = service
        self.entry = entry
        parser = service.requestParser
        router = nil
        fronts = []
    }

    /// - Parameter fronts: at least two, the default first.
    init(_ fronts: [ListenerRoute]) {
        self.fronts = fronts
        service = fronts[0].service
        entry = fronts[0].entry
        parser = HeadParser(HeadLimits(covering: fronts.map(\.parser.limits)))
        let rules = fronts.map {
            FrontRouter.Rule(names: $0.service.table.front.serverNames, paths: $0.service.table.front.paths)
        }
        router = FrontRouter(rules, fallback: 0)
    }

    /// The front that a request is for.
    @inline(__always)
    func front(of head: RequestHead, _ raw: UnsafePointer<UInt8>) -> ListenerRoute {
        guard let router else { return self }
        return fronts[router.find(head.authority.bytes(in: raw), head.path.bytes(in: raw))]
    }

    /// What of a head is beyond this front's own limits, where the listener's are wider.
    func fault(of head: RequestHead) -> HTTPFault {
        let limits = parser.limits
        if head.line.count > limits.requestLineBytesMax { return .requestLineTooLong }
        if head.consumed > limits.headBytesMax { return .headTooLarge }
        return head.facts.fieldsCount > limits.fieldsMax ? .fieldsTooMany : .none
    }
}

/// Wakes a loop that sleeps: an eventfd.
final class WakerEndpoint: Endpoint {
    init(descriptor: Int32) { super.init(.waker, descriptor: descriptor) }
}
