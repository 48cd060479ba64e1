/// What clients see: addresses, limits and headers of a pool's front, and how the proxy talks to the workers.
package struct FrontSpec: Hashable, Sendable, Codable {
    /// Where clients connect, and how. Empty is allowed: the pool is then reached by its workers' own sockets.
    package var listeners: [FrontListener] = []
    /// Hosts whose requests are this pool's where several pools share an address: `example.org`, `*.example.org`.
    /// Empty is any.
    package var serverNames: [String] = []
    /// Beginnings of paths that are this pool's there: `/api`. Empty is all.
    package var paths: [String] = []
    /// Takes what is nobody else's at a shared address. Without one, the first pool in the order of their starts does.
    package var isDefaultServer = false
    /// nginx's `client_max_body_size`; 0 is unlimited.
    package var bodyBytesMax: UInt64 = 1 << 20
    /// Address ranges (CIDR) whose forwarding headers are believed and appended to; all others are replaced.
    package var trustedProxies: [String] = []
    package var timeouts = ProxyTimeouts()
    package var limits = ProxyLimits()
    /// Which Host reaches the worker: the client's, as with `proxy_set_header Host $http_host`.
    package var preserveHost = true
    package var requestHeaders: [HeaderRule] = []
    package var responseHeaders: [HeaderRule] = []
    /// Where the access log goes; nil is none.
    package var accessLog: AccessLogSpec?
    /// Connections from `trustedProxies` begin with a PROXY protocol header (v1 or v2); those of all others never do.
    package var acceptProxyProtocol = false
    /// Connections to workers begin with such a header, which names the client.
    package var sendProxyProtocol = ProxyProtocolVersion.none
    /// Files served without a worker.
    package var statics: [StaticSpec] = []
    /// Clients that speak TLS may choose HTTP/2.
    package var http2 = true
    /// Plain clients may begin with HTTP/2 ("prior knowledge").
    package var h2c = false
    /// `Strict-Transport-Security: max-age=…` on answers over TLS; nil sends none.
    package var strictTransport: Duration?
    /// The program that requests go through, one for all pools of a daemon; nil is Pool's own.
    package var engine: ProxyEngine?
    /// Bodies of the proxy's own errors. The first that names a status counts.
    package var errorPages: [ErrorPageSpec] = []
    package var maintenance = MaintenanceSpec()
    /// nil compresses nothing.
    package var gzip: GzipSpec?

    package init() {}

    /// The addresses of the listeners. Setting it makes plain listeners.
    package var listen: [Address] {
        get { listeners.map(\.address) }
        set { listeners = newValue.map { FrontListener($0) } }
    }
}

/// A version of the PROXY protocol.
package enum ProxyProtocolVersion: String, Hashable, Sendable, Codable, CaseIterable {
    case none, v1, v2

    package var number: Int {
        switch self {
        case .none: 0
        case .v1: 1
        case .v2: 2
        }
    }
}

/// One header set or removed on its way.
package struct HeaderRule: Hashable, Sendable, Codable {
    package var name: String
    /// nil removes the header.
    package var value: String?

    package init(name: String, value: String?) {
        self.name = name
        self.value = value
    }
}

/// The access log of a front.
package struct AccessLogSpec: Hashable, Sendable, Codable {
    /// A named format (`aiohttp`, `gunicorn`, `common`, `combined`, `json`) or a pattern of `%` specifiers.
    package var format: String
    /// The file; nil means the pool's own `access.log` in the state directory.
    package var path: String?

    package init(format: String, path: String? = nil) {
        self.format = format
        self.path = path
    }
}

/// How long each phase of an exchange may take.
package struct ProxyTimeouts: Hashable, Sendable, Codable {
    /// From a connection to the end of its TLS handshake: it is closed.
    package var handshake = Duration.seconds(10)
    /// From the first byte of a request to the end of its head: 408.
    package var requestHead = Duration.seconds(15)
    /// Between two reads of a request body: 408.
    package var requestBody = Duration.seconds(30)
    /// An idle client connection between requests.
    package var clientIdle = Duration.seconds(75)
    /// Connecting to a worker: another worker is tried, else 504.
    package var connect = Duration.seconds(5)
    /// From the request sent to the first byte of the answer: 504.
    package var firstByte = Duration.seconds(60)
    /// Between two reads of an answer: the connection is cut.
    package var betweenBytes = Duration.seconds(60)
    /// An idle connection to a worker is closed before this, and before what was learned of the worker's own limit.
    package var upstreamIdle = Duration.seconds(60)
    /// A tunnel (WebSocket) over which nothing moves.
    package var tunnelIdle = Duration.seconds(3600)
    /// A client that does not read its answer: cut.
    package var send = Duration.seconds(60)

    package init() {}
}

/// Bounds on what one client, or all of them, can make the proxy hold.
package struct ProxyLimits: Hashable, Sendable, Codable {
    /// Bytes of a request head, request line included: 431 (414 for the request line alone).
    package var headBytesMax = 32 * 1024
    package var requestLineBytesMax = 16 * 1024
    package var headersMax = 128
    /// Client connections of each loop; beyond it the oldest idle one is closed, else the new one is refused.
    package var connectionsMax = 20_000
    /// Connections of one client address over all loops; 0 is unlimited.
    package var connectionsPerAddressMax = 0
    /// Least bytes a second of a request body, after a grace of some seconds; 0 is none.
    package var bodyRateMin = 0
    /// Bytes of the proxy's buffers for the requests of this pool, divided among its loops; the budgets of all pools
    /// are one. With seven eighths in use new requests get 503; beyond all of it connections that need more are cut.
    package var memoryMax: UInt64 = 512 << 20
    /// Streams of one HTTP/2 connection at once; beyond it they are refused, which a client may retry.
    package var http2StreamsMax = 128
    /// Requests that wait for a worker when all are at their limit; beyond it 503.
    package var queueMax = 1024
    /// How long a request may wait: then 503.
    package var queueTimeout = Duration.seconds(10)

    package init() {}
}
