import PoolModel

/// A pool's front as a configuration of nginx, whole: `nginx -c FILE` runs it.
enum NginxExport {
    /// The keys that nginx has a word for.
    static let carried: Set<String> = [
        "pool.name", "pool.workers", "pool.first", "worker.listen", "front.listen", "front.client_max_body_size",
        "front.trusted_proxies", "front.preserve_host", "front.request_headers", "front.response_headers",
        "front.access_log", "front.static", "front.hsts", "front.accept_proxy_protocol", "front.server_name",
        "front.default_server", "front.http2", "front.gzip", "front.error_page",
        "front.timeouts.request_head", "front.timeouts.request_body", "front.timeouts.client_idle",
        "front.timeouts.connect", "front.timeouts.first_byte", "front.timeouts.between_bytes", "front.timeouts.send",
        "front.limits.head_size_max", "front.limits.request_line_size_max", "balance.algorithm", "balance.key",
        "balance.weights",
        "balance.in_flight_max", "balance.ejection.consecutive_failures", "balance.ejection.duration",
    ]

    static func convert(_ profile: Profile, runtimeDirectory: String) -> ProfileExport {
        let spec = profile.spec
        var ledger = ExportLedger(
            profile,
            carried: carried,
            elsewhere: [
                "worker.": "see export supervisord or systemd", "pool.": "see export supervisord or systemd",
                "log.": "see export supervisord or systemd",
            ]
        )
        let addresses = profile.workerAddresses(runtimeDirectory: runtimeDirectory)
        var site = NginxSite(
            name: spec.name,
            front: spec.front,
            balance: spec.balance,
            servers: zip(spec.workerIDs, addresses).map { worker, address in
                NginxSite.Server(address, weight: spec.balance.weight(of: worker.number))
            }
        )
        site.offersHTTP2 = true
        report(site, &ledger)
        var lines = [
            "# The pool \(spec.name), for nginx: nginx -t -c FILE looks for mistakes.", "worker_processes auto;",
            "events { worker_connections 4096; }", "http {",
        ]
        lines += (NginxSite.shared + site.upstream + site.blocks).map { "    " + $0 }
        lines += ["}"]
        let notes = ledger.finish(lost: [
            "health.path": "nginx asks nobody: it takes a worker out after failed requests",
            "front.limits.queue_max": "requests do not wait: they fail",
            "front.limits.queue_timeout": "requests do not wait: they fail",
            "front.timeouts.upstream_idle": "connections to workers are not kept, so that no request meets a dead one",
            "front.timeouts.tunnel_idle": "tunnels end by first_byte and between_bytes",
            "front.send_proxy_protocol": "nginx does so for streams only",
            "front.path": "the server takes every path: write its locations into that of the other pool",
            "front.limits.connections_max": "see worker_connections, which counts both sides",
            "front.limits.connections_per_address_max": "see limit_conn_zone and limit_conn",
            "balance.slow_start": "only nginx's commercial edition has it",
        ])
        return ProfileExport(
            files: [ProfileExport.File(name: "\(spec.name).conf", text: lines.joined(separator: "\n") + "\n")],
            notes: notes
        )
    }

    /// What is carried over, but not to the letter.
    private static func report(_ site: NginxSite, _ ledger: inout ExportLedger) {
        let front = site.front
        if front.listeners.contains(where: { ($0.tls?.certificates.count ?? 0) > 1 }) {
            ledger.note("front.listen", .lost, "only the first certificate: others need a server with a server_name")
        }
        if front.http2, front.listeners.contains(where: { $0.tls != nil }) {
            ledger.note("front.listen", .changed, "nginx 1.25.1 and later warn of listen … http2, and prefer http2 on")
        }
        if front.gzip?.types.contains(where: { $0.hasSuffix("/*") }) == true {
            ledger.note("front.gzip", .changed, "nginx compresses types by their full names: text/* is not one")
        }
        for (key, rules) in [("request_headers", front.requestHeaders), ("response_headers", front.responseHeaders)] {
            for rule in rules where !NginxSite.isConstant(rule) {
                ledger.note("front.\(key)", .lost, "\(rule.name): nginx takes what is behind $ for a variable")
            }
        }
        if let log = front.accessLog {
            if log.path == nil {
                ledger.note("front.access_log", .lost, "the pool's own file is not nginx's: give it a path")
            } else if !["aiohttp", "gunicorn", "common", "combined"].contains(log.format) {
                ledger.note("front.access_log", .changed, "the format is combined; write a log_format for yours")
            }
        }
        if site.balance.algorithm == .stickyCookie {
            ledger.note("balance.algorithm", .changed, "nginx sets no cookie: it takes the hash of one that is there")
        }
    }
}
