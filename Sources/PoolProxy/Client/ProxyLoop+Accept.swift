internal import CPoolOS
internal import Glibc
internal import PoolModel

extension ProxyLoop {
    /// Takes new connections and deals them out: each to the loop that has the fewest.
    func acceptClients(_ listener: ListenerEndpoint) {
        // An order of the same batch may have taken it out of the polling.
        guard listener.isPolled else { return }
        var taken = 0
        defer { listener.tookBatch(taken, turn: turn) }
        while taken < listener.batch {
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let descriptor = withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    pool_accept(listener.descriptor, $0, &length)
                }
            }
            guard descriptor >= 0 else {
                if errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM { pause(listener) }
                if errno == ECONNABORTED || errno == EINTR { continue }
                return
            }
            taken += 1
            let peer = length == 0 ? PeerAddress.local : PeerAddress(storage)
            own.add(.accepted)
            let best = shared.leastLoaded(preferring: number)
            if best == number {
                adopt(descriptor, from: listener.name, peer: peer)
            } else {
                shared.mailboxes[best].post(.adopt(descriptor: descriptor, listener: listener.name, peer: peer))
            }
        }
    }

    /// Out of descriptors: the listener would report its backlog for ever. Idle clients make room; it is polled again
    /// in a moment.
    private func pause(_ listener: ListenerEndpoint) {
        guard listener.isPolled else { return }
        evictIdleClients(64)
        listener.isPolled = false
        _ = pool_epoll_control(epoll, EPOLL_CTL_DEL, listener.descriptor, 0, 0)
        deadlines.set(listener.index, at: milliseconds + 100)
    }

    /// Polls a listener (again).
    func poll(_ listener: ListenerEndpoint) {
        guard !listener.isPolled, !isDraining else { return }
        listener.isPolled = true
        let events = POOL_EPOLLIN | POOL_EPOLLEXCLUSIVE
        _ = pool_epoll_control(epoll, EPOLL_CTL_ADD, listener.descriptor, events, listener.cookie)
    }

    /// Makes an accepted socket a client of this loop.
    func adopt(_ descriptor: Int32, from name: String, peer: PeerAddress) {
        guard let listener = listeners[name] else {
            shared.forget(client: number)
            Glibc.close(descriptor)
            return
        }
        let limits = listener.route?.service.table.front.limits
        if let limits, clientCount >= limits.connectionsMax { evictIdleClients(32) }
        let isFull = limits.map { clientCount >= $0.connectionsMax } ?? false
        let perAddress = limits?.connectionsPerAddressMax ?? 0
        let isTrusted = listener.route?.entry.trusts(peer) ?? false
        let sendsHeader = isTrusted && listener.route?.entry.acceptsProxyHeader ?? false
        let isCounted = perAddress > 0 && !peer.isLocal && !isFull && !sendsHeader
        if isFull || isCounted && !shared.addresses.enter(peer, most: perAddress) {
            own.add(.refused)
            refuseConnection(descriptor, isFull: isFull, isPlain: listener.route?.entry.security == .plain)
            shared.forget(client: number)
            return
        }
        if !peer.isLocal {
            var one: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        }
        let client = ClientConnection(descriptor: descriptor, listener: listener, peer: peer, isTrusted: isTrusted)
        client.isAddressCounted = isCounted
        if let entry = listener.route?.entry, entry.security != .plain { secure(client, entry) }
        // Without a session nothing is said in the clear where TLS was meant.
        guard client.tls != nil || (listener.route?.entry.security ?? .plain) == .plain,
            register(client, events: POOL_EPOLLIN | POOL_EPOLLRDHUP | POOL_EPOLLET)
        else {
            if isCounted { shared.addresses.leave(peer) }
            shared.forget(client: number)
            Glibc.close(descriptor)
            return
        }
        clientCount += 1
        own.set(.clientConnections, UInt64(clientCount))
        guard sendsHeader else { return awaitRequest(client) }
        client.phase = .proxyHeader
        deadlines.set(client.index, at: milliseconds + (listener.route?.service.table.times.requestHead ?? 10_000))
    }

    /// From here on a client's first request is awaited, or its handshake.
    func awaitRequest(_ client: ClientConnection) {
        let route = client.listener.route
        if client.tls == nil && route?.entry.takesHTTP2 == true {
            client.phase = .preface
        } else {
            client.phase = .waiting
        }
        let times = route?.service.table.times
        var wait = (client.tls != nil ? times?.handshake : times?.clientIdle) ?? 10_000
        // A handshake may take its time; the grace of an idle client begins behind it.
        if isDraining, client.tls == nil { wait = min(wait, drainGrace) }
        deadlines.set(client.index, at: milliseconds + wait)
    }

    /// Closes clients to make room: idle ones, those nearest to their time-out first; then, where these are too few,
    /// those that have begun a handshake or a head and not come to its end, the longest at it first.
    func evictIdleClients(_ wanted: Int) {
        var candidates: [(isAtWork: Bool, deadline: UInt64, client: ClientConnection)] = []
        for index in 0..<endpoints.extent {
            guard let endpoint = endpoints.at(index), endpoint.kind == .client else { continue }
            let client = unsafeDowncast(endpoint, to: ClientConnection.self)
            let isIdle = client.phase == .waiting && client.exchange == nil || client.http2?.streams.isEmpty == true
            guard isIdle, client.output == nil else { continue }
            let isAtWork = client.isHeadTimed || client.input != nil || client.isShakingHands
            candidates.append((isAtWork, deadlines.deadline(index), client))
        }
        candidates.sort { $0.isAtWork == $1.isAtWork ? $0.deadline < $1.deadline : $1.isAtWork }
        var left = wanted
        for candidate in candidates where left > 0 && !hasUnread(candidate.client) {
            closeClient(candidate.client)
            left -= 1
        }
    }

    /// Something of the client's has come that nobody has looked at: a request, as likely as not.
    private func hasUnread(_ client: ClientConnection) -> Bool {
        var count: Int32 = 0
        return ioctl(client.descriptor, UInt(FIONREAD), &count) == 0 && count > 0
    }

    /// Closes a client's connection at once, with whatever hangs on it.
    func closeClient(_ client: ClientConnection) {
        guard !client.isClosed else { return }
        if client.isStream {
            closeStream(unsafeDowncast(client, to: StreamClient.self))
            return
        }
        leaveHTTP2(client)
        if let exchange = client.exchange { abandon(exchange) }
        closeSocket(client)
        clientCount -= 1
        own.set(.clientConnections, UInt64(clientCount))
        shared.forget(client: number)
        if client.isAddressCounted { shared.addresses.leave(client.peer) }
    }

    /// Closes so that the client sees a reset: the answer is not whole, and its length does not show it.
    func resetClient(_ client: ClientConnection) {
        guard !client.isClosed else { return }
        if client.isStream {
            closeClient(client)
            return
        }
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(client.descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        closeClient(client)
    }
}
