internal import PoolModel

extension ProxyEngine {
    /// The keys of a front and of balancing that have an effect with this engine; nil is all.
    var carried: Set<String>? {
        switch self {
        case .builtIn: nil
        // Off is what it is.
        case .nginx: NginxExport.carried.subtracting(["front.http2"])
        case .haproxy: Self.carriedByHAProxy
        }
    }

    /// Keys without which the pool would serve something else than its profile says.
    var refused: Set<String> { self == .haproxy ? ["front.static"] : [] }

    private static let carriedByHAProxy: Set<String> = [
        "front.listen", "front.client_max_body_size", "front.trusted_proxies", "front.preserve_host",
        "front.request_headers", "front.response_headers", "front.hsts", "front.accept_proxy_protocol",
        "front.send_proxy_protocol", "front.http2", "front.h2c", "front.timeouts.request_head",
        "front.timeouts.request_body", "front.timeouts.client_idle", "front.timeouts.connect",
        "front.timeouts.first_byte", "front.timeouts.between_bytes", "front.timeouts.send",
        "front.timeouts.tunnel_idle", "front.limits.queue_timeout", "balance.algorithm", "balance.weights",
        "balance.key",
        "balance.in_flight_max", "balance.slow_start", "balance.ejection.consecutive_failures",
    ]
}
