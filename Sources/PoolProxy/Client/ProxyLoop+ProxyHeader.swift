internal import Glibc
internal import PoolHTTP
internal import PoolModel

/// The PROXY protocol on the clients' side, where a trusted proxy says whom a connection is from; and on the workers'
/// side, where we say it.
extension ProxyLoop {
    /// Looks for the header at the beginning of a connection and takes it off. Nothing is kept meanwhile: what has come
    /// stays in the socket until it is a whole header.
    func readProxyHeader(_ client: ClientConnection) {
        let bytes = scratch.assumingMemoryBound(to: UInt8.self)
        let count = recv(client.descriptor, scratch, ProxyProtocol.bytesMax, Int32(MSG_PEEK))
        guard count > 0 else {
            if count < 0 && (errno == EAGAIN || errno == EINTR) { client.mayRead = false } else { closeClient(client) }
            return
        }
        switch ProxyProtocol.read(bytes, count) {
        case .incomplete:
            // The rest brings the next edge, unless there is no rest.
            if client.sawHangup { closeClient(client) } else { client.mayRead = false }
        case .invalid: refuseProxyHeader(client, ProxyAnswers.proxyHeaderInvalid)
        case .header(let length, let source):
            guard recv(client.descriptor, scratch, length, 0) == length else {
                closeClient(client)
                return
            }
            begin(client, for: source)
        }
    }

    /// The client that the header names takes the place of the proxy in between, for headers, limits and logs.
    private func begin(_ client: ClientConnection, for source: ProxyProtocol.Endpoint?) {
        let route = client.listener.route
        if let source {
            client.peer = PeerAddress(source)
            // Whoever it is speaks HTTP with us directly: its own address decides whether its fields are believed.
            client.isTrusted = route?.entry.trusts(client.peer) ?? false
        }
        let most = route?.service.table.front.limits.connectionsPerAddressMax ?? 0
        if most > 0 && !client.peer.isLocal {
            guard shared.addresses.enter(client.peer, most: most) else {
                refuseProxyHeader(client, ProxyAnswers.tooManyFromAddress)
                return
            }
            client.isAddressCounted = true
        }
        awaitRequest(client)
    }

    private func refuseProxyHeader(_ client: ClientConnection, _ answer: OwnAnswer) {
        own.add(.refused)
        own.add(.requests)
        own.count(status: answer.status)
        // Whoever begins TLS behind the header could not read it.
        if client.tls == nil {
            let now = UnsafePointer(date)
            let count = answer.write(acceptsJSON: false, date: now, closes: true, isHead: false, to: out)
            _ = Glibc.send(client.descriptor, out, count, Int32(MSG_NOSIGNAL))
            shutdown(client.descriptor, Int32(SHUT_WR))
        }
        closeClient(client)
    }

    /// Writes the header that a worker's connection begins with to `out`; its bytes.
    @inline(never)
    func writeProxyHeader(_ exchange: Exchange, version: Int) -> Int {
        let client = exchange.client
        let here = exchange.isProbe || client.peer.isLocal ? nil : PeerAddress(localOf: client.descriptor)
        return ProxyProtocol.write(
            version: version,
            source: here == nil ? nil : client.peer.endpoint,
            destination: here?.endpoint,
            to: out
        )
    }
}

extension PeerAddress {
    init(_ end: ProxyProtocol.Endpoint) { self.init(high: end.high, low: end.low, port: end.port) }

    var endpoint: ProxyProtocol.Endpoint { ProxyProtocol.Endpoint(high: high, low: low, port: port) }

    /// The address that a client's connection came to; nil where it has none.
    init?(localOf descriptor: Int32) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let failure = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard failure == 0 else { return nil }
        self.init(storage)
        if isLocal { return nil }
    }
}
