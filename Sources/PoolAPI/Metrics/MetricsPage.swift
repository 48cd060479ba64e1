package import PoolModel

/// What `GET /metrics` shows, and its rendering in Prometheus' text format (0.0.4).
package struct MetricsPage: Hashable, Sendable {
    /// A worker's latencies since the statistics segment was made.
    package struct Latency: Hashable, Sendable {
        /// Exchanges by ``LatencyBuckets``.
        package var counts: [UInt64]
        package var sumMicroseconds: UInt64

        package init(counts: [UInt64], sumMicroseconds: UInt64) {
            self.counts = counts
            self.sumMicroseconds = sumMicroseconds
        }
    }

    package var state: StateSnapshot
    package var latencies: [WorkerID: Latency]
    /// What belongs to no worker; nil leaves it out.
    package var proxy: ProxyStats?
    /// When the daemon was started; nil leaves the metric out.
    package var startedAt: Timestamp?
    package var control: ControlStats
    /// Those of the fronts.
    package var certificates: [CertificateStatus]

    package init(
        state: StateSnapshot,
        latencies: [WorkerID: Latency] = [:],
        proxy: ProxyStats? = nil,
        startedAt: Timestamp? = nil,
        control: ControlStats = ControlStats(),
        certificates: [CertificateStatus] = []
    ) {
        self.state = state
        self.latencies = latencies
        self.proxy = proxy
        self.startedAt = startedAt
        self.control = control
        self.certificates = certificates
    }

    /// The page. Names and units follow Prometheus' conventions: base units, `_total` for counters.
    package func render() -> String {
        var text = MetricsText()
        text.family("pool_build_info", .gauge, "The daemon's version; always 1.") { family in
            family.sample(["version": APIVersion.product, "api": "\(APIVersion.current)"], 1)
        }
        if let startedAt {
            text.family("pool_start_time_seconds", .gauge, "When the daemon was started.") { family in
                family.sample([:], startedAt.seconds)
            }
        }
        pools(&text)
        workers(&text)
        traffic(&text)
        resources(&text)
        latency(&text)
        if let proxy { self.proxy(proxy, &text) }
        certificates(&text)
        control(&text)
        return text.text
    }

    private func pools(_ text: inout MetricsText) {
        text.family("pool_workers", .gauge, "Workers of the pool.") { family in
            for pool in state.pools { family.sample(["pool": pool.name], Double(pool.workers.count)) }
        }
        text.family("pool_workers_routable", .gauge, "Workers that take requests.") { family in
            for pool in state.pools {
                family.sample(["pool": pool.name], Double(pool.workers.count { $0.status.isRoutable }))
            }
        }
        text.family("pool_maintenance", .gauge, "1 where an operator has the front refuse requests (503).") { family in
            for pool in state.pools { family.sample(["pool": pool.name], pool.gate?.refuses == true ? 1 : 0) }
        }
        text.family("pool_hold", .gauge, "1 where an operator has the front keep requests waiting.") { family in
            for pool in state.pools { family.sample(["pool": pool.name], pool.gate?.refuses == false ? 1 : 0) }
        }
        text.family("pool_generation", .gauge, "The profile's version that runs.") { family in
            for pool in state.pools { family.sample(["pool": pool.name], Double(pool.generation)) }
        }
        text.family("pool_profile_refused", .gauge, "1 where the last reload was refused.") { family in
            for pool in state.pools { family.sample(["pool": pool.name], pool.profileError == nil ? 0 : 1) }
        }
        text.family("pool_operations_active", .gauge, "Operations that are not finished.") { family in
            for pool in state.pools {
                let active = state.operations.count { $0.pool == pool.name && !$0.state.isFinished }
                family.sample(["pool": pool.name], Double(active))
            }
        }
    }

    private func proxy(_ proxy: ProxyStats, _ text: inout MetricsText) {
        let figures: [(String, MetricsText.Kind, String, UInt64)] = [
            ("connections_total", .counter, "Client connections accepted.", proxy.accepted),
            ("connections", .gauge, "Client connections.", proxy.connections),
            ("refused_total", .counter, "Requests that never reached a worker.", proxy.refused),
            ("unavailable_total", .counter, "503 because nobody could take the request.", proxy.unavailable),
            ("queued", .gauge, "Requests that wait for a worker.", proxy.queued),
            ("no_memory_total", .counter, "Refused or cut for want of memory.", proxy.noMemory),
            ("buffer_bytes", .gauge, "Memory in use for connections and requests.", proxy.bufferBytes),
            ("buffer_bytes_max", .gauge, "How much may be.", proxy.bufferBytesMax),
            ("access_log_dropped_total", .counter, "Lines that the disk did not take.", proxy.logDropped),
            ("handshakes_total", .counter, "TLS handshakes done.", proxy.handshakes),
            ("handshakes_resumed_total", .counter, "Those that resumed a session.", proxy.handshakesResumed),
            ("handshakes_failed_total", .counter, "TLS handshakes that failed.", proxy.handshakesFailed),
            ("http2_connections_total", .counter, "Connections that spoke HTTP/2.", proxy.http2Connections),
            ("http2_streams_total", .counter, "Their streams: one request each.", proxy.http2Streams),
            ("http2_stream_resets_total", .counter, "Streams that clients reset.", proxy.http2StreamResets),
        ]
        for (name, kind, help, value) in figures {
            text.family("pool_proxy_\(name)", kind, help) { $0.sample([:], Double(value)) }
        }
        let help = "HTTP/2 connections ended because there was too much of one thing."
        text.family("pool_proxy_http2_floods_total", .counter, help) { family in
            for flood in proxy.http2Floods { family.sample(["kind": flood.kind], Double(flood.count)) }
        }
    }

    private func certificates(_ text: inout MetricsText) {
        let end = "When the certificate that the fronts show ends; absent where there has never been a good one."
        text.family("pool_certificate_expiry_timestamp_seconds", .gauge, end) { family in
            for certificate in certificates {
                guard let until = certificate.validUntil else { continue }
                family.sample(["certificate": certificate.certificate], until.seconds)
            }
        }
        let refused = "1 where what the certificate's files hold now is not used."
        text.family("pool_certificate_refused", .gauge, refused) { family in
            for certificate in certificates {
                family.sample(["certificate": certificate.certificate], certificate.problem == nil ? 0 : 1)
            }
        }
    }

    private func control(_ text: inout MetricsText) {
        let help = "Connections to the control socket that took nothing, and were cut."
        text.family("pool_control_readers_cut_total", .counter, help) { $0.sample([:], Double(control.readersCut)) }
        guard !control.shipped.isEmpty else { return }
        text.family("pool_log_shipped_total", .counter, "Log lines and events sent on.") { family in
            for shipped in control.shipped { family.sample(["to": shipped.to], Double(shipped.sent)) }
        }
        text.family("pool_log_ship_dropped_total", .counter, "Log lines and events that could not be sent on.") {
            for shipped in control.shipped { $0.sample(["to": shipped.to], Double(shipped.dropped)) }
        }
    }

    private func workers(_ text: inout MetricsText) {
        text.family("pool_worker_state", .gauge, "1 for the worker's process state, 0 for the others.") { family in
            each { labels, worker in
                for state in ProcessState.allCases {
                    let value: Double = worker.status.state == state ? 1 : 0
                    family.sample(labels.merging(["state": state.rawValue]) { $1 }, value)
                }
            }
        }
        let facts: [(String, String, @Sendable (WorkerStatus) -> Bool)] = [
            ("pool_worker_routable", "1 where the worker takes requests.", { $0.isRoutable }),
            ("pool_worker_healthy", "1 where its probes are good.", { $0.health == .healthy }),
            ("pool_worker_drained", "1 where somebody took it out of the rotation.", { $0.admin != .ready }),
        ]
        for (name, help, holds) in facts {
            text.family(name, .gauge, help) { family in
                each { family.sample($0, holds($1.status) ? 1 : 0) }
            }
        }
        text.family("pool_worker_restarts_total", .counter, "Starts that nobody asked for.") { family in
            each { family.sample($0, Double($1.status.restarts)) }
        }
        text.family("pool_worker_probe_duration_seconds", .gauge, "How long the last probe took.") { family in
            each { labels, worker in
                if let probe = worker.status.lastProbe { family.sample(labels, probe.elapsed.inSeconds) }
            }
        }
    }

    private func traffic(_ text: inout MetricsText) {
        text.family("pool_worker_responses_total", .counter, "Answers by class of status.") { family in
            each { labels, worker in
                let traffic = worker.traffic
                let classes = [
                    ("1xx", traffic.status1xx), ("2xx", traffic.status2xx), ("3xx", traffic.status3xx),
                    ("4xx", traffic.status4xx), ("5xx", traffic.status5xx),
                ]
                for (name, count) in classes { family.sample(labels.merging(["class": name]) { $1 }, Double(count)) }
            }
        }
        let counters: [(String, String, (TrafficStats) -> UInt64)] = [
            ("requests_total", "Exchanges finished.", { $0.requests }),
            ("errors_total", "Exchanges that ended in an error of the connection.", { $0.errors }),
            ("connect_failures_total", "Connections that the worker did not accept.", { $0.connectFailures }),
            ("timeouts_total", "Exchanges that took too long.", { $0.timeouts }),
            ("retries_total", "Requests sent again to another worker.", { $0.retries }),
            ("replayed_total", "Requests sent again because a kept connection was dead.", { $0.replayed }),
            ("client_aborts_total", "Clients that went away before their answer was whole.", { $0.clientAborts }),
            ("ejections_total", "Times that traffic put the worker out of the rotation.", { $0.ejections }),
            ("panics_total", "Times that a bad worker was used for want of a better one.", { $0.panics }),
            ("received_bytes_total", "Bytes from clients.", { $0.bytesIn }),
            ("sent_bytes_total", "Bytes to clients.", { $0.bytesOut }),
        ]
        for (name, help, count) in counters {
            text.family("pool_worker_\(name)", .counter, help) { family in
                each { family.sample($0, Double(count($1.traffic))) }
            }
        }
        text.family("pool_worker_requests_in_flight", .gauge, "Exchanges under way.") { family in
            each { family.sample($0, Double($1.traffic.inFlight)) }
        }
        text.family("pool_worker_tunnels", .gauge, "WebSockets and other tunnels under way.") { family in
            each { family.sample($0, Double($1.traffic.tunnels)) }
        }
    }

    private func resources(_ text: inout MetricsText) {
        func figure(
            _ name: String,
            _ type: MetricsText.Kind,
            _ help: String,
            _ value: (ResourceStats) -> Double
        ) {
            text.family("pool_worker_\(name)", type, help) { family in
                each { labels, worker in
                    if let resources = worker.resources { family.sample(labels, value(resources)) }
                }
            }
        }
        figure("cpu_seconds_total", .counter, "CPU time of the present process.") { $0.cpuSeconds }
        figure("resident_memory_bytes", .gauge, "Resident memory.") { Double($0.rssBytes) }
        figure("threads", .gauge, "Threads.") { Double($0.threads) }
        figure("open_fds", .gauge, "Open file descriptors.") { Double($0.fileDescriptors) }
        figure("uptime_seconds", .gauge, "Age of the present process.") { $0.uptimeSeconds }
    }

    private func latency(_ text: inout MetricsText) {
        text.family(
            "pool_worker_request_duration_seconds",
            .histogram,
            "From a request's first byte to its answer's last."
        ) { family in
            each { labels, worker in
                guard let latency = latencies[worker.status.id] else { return }
                family.histogram(labels, latency.cumulated(), sum: Double(latency.sumMicroseconds) / 1_000_000)
            }
        }
    }

    private func each(_ body: (_ labels: [String: String], WorkerSnapshot) -> Void) {
        for pool in state.pools {
            for worker in pool.workers { body(["pool": pool.name, "worker": worker.name], worker) }
        }
    }
}

extension MetricsPage.Latency {
    /// Upper bounds of the histogram's buckets, in seconds.
    package static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

    /// How many exchanges took at most so long, bound by bound, and how many there were.
    ///
    /// An inner bucket counts below a bound where it ends there or before; so a count may be low by what lies within
    /// 6 % below the bound, never high.
    func cumulated() -> (buckets: [(bound: Double, count: UInt64)], count: UInt64) {
        var result: [(bound: Double, count: UInt64)] = []
        var sum: UInt64 = 0
        var index = 0
        for bound in MetricsPage.Latency.bounds {
            let limit = UInt64(bound * 1_000_000)
            while index < counts.count, index + 1 < LatencyBuckets.count,
                LatencyBuckets.lowerBound(index + 1) <= limit + 1
            {
                sum &+= counts[index]
                index += 1
            }
            result.append((bound, sum))
        }
        return (result, counts.reduce(0, &+))
    }
}
