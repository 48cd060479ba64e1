/// A listening socket as one loop polls it. The socket itself is shared with the other loops and outlives them all.
final class ListenerEndpoint: Endpoint {
    /// The front's address, or ``ProbeHeader/listener``.
    let name: String
    let isProbe: Bool
    /// Where its requests go; nil until a routing table names the front.
    var route: ListenerRoute?
    /// Registered with epoll; not while draining.
    var isPolled = false

    init(name: String, isProbe: Bool, descriptor: Int32) {
        self.name = name
        self.isProbe = isProbe
        super.init(.listener, descriptor: descriptor)
    }
}

/// What one listener's requests need, by the routing table of the moment.
final class ListenerRoute {
    let service: PoolService
    let entry: FrontEntry

    init(service: PoolService, entry: FrontEntry) {
        self.service = service
        self.entry = entry
    }
}

/// Wakes a loop that sleeps: an eventfd.
final class WakerEndpoint: Endpoint {
    init(descriptor: Int32) { super.init(.waker, descriptor: descriptor) }
}
