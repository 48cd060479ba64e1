internal import PoolModel

/// HAProxy's whole configuration for a routing table.
///
/// What the Runtime API can change is only on the `server` lines: two configurations with the same ``fixed`` part are
/// one running HAProxy's.
struct HAProxyConfiguration {
    let table: RoutingTable
    /// The engine's own directory.
    let directory: String
    /// The socket of the Runtime API.
    let controlSocket: String
    /// HAProxy's threads.
    let threads: Int
    /// The descriptor of each listener, by its name.
    let descriptors: [String: Int32]
    /// Files with certificates and their keys.
    let certificates: [CertificateFiles: String]
    let certificatesVersion: Int

    /// One line for each request, as ``HAProxyLogLine`` reads it.
    static let format = "%b/%s|%ST|%Ta|%U|%B|%ts|%rc"

    var servers: [HAProxyServer] { table.pools.flatMap(\.workers).map { HAProxyServer($0) } }

    /// All of it but the servers.
    var fixed: String { text(withServers: false) }
    var text: String { text(withServers: true) }

    private func text(withServers: Bool) -> String {
        var lines = [
            "# certificates \(certificatesVersion)", "global",
            "    log unix@\(directory)/log.sock format raw local0 info",
            "    stats socket \(controlSocket) mode 600 level admin",
            "    nbthread \(threads)", "    tune.ssl.default-dh-param 2048", "defaults", "    mode http",
            "    log global",
            "    option http-server-close", "    http-reuse never", "    timeout client 60s", "    timeout server 60s",
            "    timeout connect 5s",
        ]
        var taken: Set<String> = []
        // One pool at an address: with several, the one that takes what is nobody else's.
        let order = table.pools.filter(\.front.isDefaultServer) + table.pools.filter { !$0.front.isDefaultServer }
        for pool in order {
            for (index, listener) in pool.front.listeners.enumerated() {
                let name = listener.address.description
                guard let descriptor = descriptors[name], taken.insert(name).inserted else { continue }
                lines += frontend(pool, listener, "\(pool.name)_front_\(index)", descriptor)
            }
            lines += backend(pool)
            if withServers {
                lines += pool.workers.map { HAProxyServer($0) }.map { server in
                    "    server \(server.id) \(server.words(pool))" + (server.isRoutable ? "" : " disabled")
                }
            }
        }
        lines += probes
        if withServers { lines += servers.map { "    server \($0.id) \($0.probeWords)" } }
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: - Clients

    private func frontend(_ pool: PoolRoutes, _ listener: FrontListener, _ name: String, _ descriptor: Int32)
        -> [String]
    {
        let front = pool.front
        let times = front.timeouts
        var lines = [
            "frontend \(name)", "    bind fd@\(descriptor)\(tls(listener, front))",
            "    log-format \"p|\(Self.format)\"",
            "    timeout client \(Self.time(max(times.requestBody, times.send)))",
            "    timeout http-request \(Self.time(times.requestHead))",
            "    timeout http-keep-alive \(Self.time(times.clientIdle))",
        ]
        if !front.h2c { lines.append("    option disable-h2-upgrade") }
        if !front.trustedProxies.isEmpty {
            lines.append("    acl pool_trusted src \(front.trustedProxies.joined(separator: " "))")
        }
        if front.acceptProxyProtocol && !front.trustedProxies.isEmpty {
            lines.append("    tcp-request connection expect-proxy layer4 if pool_trusted")
        }
        if let redirect = listener.redirect {
            let port = redirect.port == 443 ? "" : ":\(redirect.port)"
            lines.append(
                "    http-request redirect code 301 location https://%[req.hdr(host),regsub(:[0-9]+$,)]\(port)%[pathq]"
            )
            return lines
        }
        if front.bodyBytesMax > 0 {
            lines.append("    http-request deny deny_status 413 if { req.body_size gt \(front.bodyBytesMax) }")
        }
        lines += requestHeaders(pool).map { "    http-request " + $0 }
        lines += answerHeaders(front).map { "    http-after-response " + $0 }
        return lines + ["    default_backend \(pool.name)"]
    }

    private func tls(_ listener: FrontListener, _ front: FrontSpec) -> String {
        guard let tls = listener.tls else { return "" }
        let files = tls.certificates.compactMap { certificates[$0] }.map { " crt \($0)" }.joined()
        let least = tls.versionMin == .v13 ? "TLSv1.3" : "TLSv1.2"
        return " ssl\(files) ssl-min-ver \(least) alpn \(front.http2 ? "h2,http/1.1" : "http/1.1")"
    }

    /// Headers that name the client: those of clients that nobody vouches for are replaced.
    private func requestHeaders(_ pool: PoolRoutes) -> [String] {
        let front = pool.front
        var lines: [String] = []
        if front.trustedProxies.isEmpty {
            lines += ["set-header X-Forwarded-For %[src]", "set-header X-Real-IP %[src]"]
        } else {
            lines += [
                "set-var(txn.pool_chain) req.fhdr(x-forwarded-for) if pool_trusted",
                "set-header X-Real-IP %[src]",
                "set-header X-Real-IP %[req.hdr_ip(x-forwarded-for,-1)] if pool_trusted { var(txn.pool_chain) -m found }",
                "set-header X-Forwarded-For %[src] unless { var(txn.pool_chain) -m found }",
                "set-header X-Forwarded-For \"%[var(txn.pool_chain)], %[src]\" if { var(txn.pool_chain) -m found }",
            ]
        }
        lines += [
            "set-header X-Forwarded-Proto https if { ssl_fc }", "set-header X-Forwarded-Proto http unless { ssl_fc }",
            "set-header X-Forwarded-Host %[req.hdr(host)]", "set-header X-Request-ID %[uuid()]", "del-header Forwarded",
        ]
        if !front.preserveHost { lines.append("set-header Host \(pool.name)") }
        return lines + rules(front.requestHeaders)
    }

    private func answerHeaders(_ front: FrontSpec) -> [String] {
        var lines = rules(front.responseHeaders)
        if let age = front.strictTransport {
            let seconds = age.nanoseconds / 1_000_000_000
            lines.append("set-header Strict-Transport-Security \"max-age=\(seconds)\" if { ssl_fc }")
        }
        return lines
    }

    private func rules(_ rules: [HeaderRule]) -> [String] {
        rules.map { rule in
            guard let value = rule.value else { return "del-header \(rule.name)" }
            // Values are formats: a percent sign of ours is no variable.
            return "set-header \(rule.name) \(Self.quoted(value.replacing("%", with: "%%")))"
        }
    }

    // MARK: - Workers

    private func backend(_ pool: PoolRoutes) -> [String] {
        let times = pool.front.timeouts
        return [
            "backend \(pool.name)", "    balance \(algorithm(pool.balance))", "    hash-type consistent",
            "    timeout connect \(Self.time(times.connect))",
            "    timeout server \(Self.time(max(times.firstByte, times.betweenBytes)))",
            "    timeout queue \(Self.time(pool.front.limits.queueTimeout))",
            "    timeout tunnel \(Self.time(times.tunnelIdle))",
            // A request that reached nobody goes to another worker; one that got no answer only where that is safe.
            "    retries 3", "    option redispatch 1", "    retry-on conn-failure empty-response",
            "    http-request disable-l7-retry unless { method GET HEAD OPTIONS PUT DELETE }",
        ]
    }

    private func algorithm(_ balance: BalanceSpec) -> String {
        let key = balance.key ?? "address"
        switch balance.algorithm {
        case .roundRobin: return "roundrobin"
        case .leastInFlight: return "leastconn"
        case .twoChoices: return "random(2)"
        // Servers that come and go have no cookie of their own: the cookie's value is hashed instead.
        case .stickyCookie: return "hash req.cook(\(key))"
        case .consistentHash:
            if key.hasPrefix("header:") { return "hash req.hdr(\(key.dropFirst(7)))" }
            return key.hasPrefix("cookie:") ? "hash req.cook(\(key.dropFirst(7)))" : "source"
        }
    }

    // MARK: - Probes

    /// A request on the private listener goes to the worker that its header names, and to no other.
    private var probes: [String] {
        guard let descriptor = descriptors[ProbeHeader.listener] else { return [] }
        let name = ProbeHeader.errorName
        let isOwn = "!{ var(txn.answered) -m bool }"
        return [
            "frontend pool_probe_front", "    bind fd@\(descriptor)", "    log-format \"probe|\(Self.format)\"",
            "    default_backend \(HAProxyServer.probes)", "backend \(HAProxyServer.probes)", "    balance roundrobin",
            "    retries 0", "    timeout server 3600s",
            "    http-request set-var(txn.worker) req.hdr(\(ProbeHeader.name))",
            "    http-request del-header \(ProbeHeader.name)",
            "    use-server %[var(txn.worker)] if { var(txn.worker) -m found }",
            "    http-response set-var(txn.answered) bool(true)",
            "    http-after-response set-header \(name) no-worker if \(isOwn) { status 503 } !{ srv_name -m found }",
            "    http-after-response set-header \(name) connect-failed if \(isOwn) { status 503 } { srv_name -m found }",
            "    http-after-response set-header \(name) \"timeout; phase=first-byte\" if \(isOwn) { status 504 }",
            "    http-after-response set-header \(name) \"the worker closed without an answer\" if \(isOwn) { status 502 }",
        ]
    }

    // MARK: - Words

    static func time(_ duration: Duration) -> String {
        "\(max(1, min(duration.nanoseconds / 1_000_000, 2_000_000_000)))ms"
    }

    /// In single quotes nothing has a meaning.
    static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }

    /// Quoted only where it must be.
    static func word(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
            default: "._-/:[]@".utf8.contains(byte)
            }
        }
        return isPlain ? text : quoted(text)
    }
}
