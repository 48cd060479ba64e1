internal import PoolAPI
internal import PoolModel
internal import PoolOS

/// Sends figures to a StatsD server over UDP: what was counted since the last time, and gauges.
struct StatsDReporter: Sendable {
    /// Bytes of a datagram: what fits an Ethernet frame.
    static let datagramBytesMax = 1432

    let manager: Manager
    let settings: Settings

    struct Settings: Hashable, Sendable {
        var address: Address
        var prefix = "pool"
        var interval = Duration.seconds(10)
    }

    /// Sends until the task is cancelled. Nobody answers: what is lost is lost.
    func run() async throws {
        var last: StatsReply?
        while true {
            let (stats, _) = try await manager.stats(pool: nil, workers: [])
            let lines = StatsDReporter.lines(stats, since: last, prefix: settings.prefix)
            if let socket = try? DatagramSocket(to: settings.address) {
                for datagram in StatsDReporter.datagrams(lines) { try? socket.send(datagram) }
            }
            last = stats
            try await Task.sleep(for: settings.interval)
        }
    }

    /// The figures as lines. A counter is left out of the first ones: it has nothing to count from.
    static func lines(_ stats: StatsReply, since last: StatsReply?, prefix: String) -> [String] {
        stats.pools.flatMap { pool in
            let before = last?.pools.first { $0.pool == pool.pool }
            return figures(pool.traffic, since: before?.traffic, name: "\(prefix).\(pool.pool)")
                + pool.workers.flatMap { worker in
                    let name = "\(prefix).\(pool.pool).\(worker.worker)"
                    let earlier = before?.workers.first { $0.worker == worker.worker }
                    return figures(worker.traffic, since: earlier?.traffic, name: name)
                        + count("\(name).restarts", UInt64(worker.restarts), earlier.map { UInt64($0.restarts) })
                        + resources(worker.resources, name: name)
                }
        }
    }

    private static func figures(_ traffic: TrafficStats, since last: TrafficStats?, name: String) -> [String] {
        var lines =
            count("\(name).requests", traffic.requests, last?.requests)
            + count("\(name).errors", traffic.errors, last?.errors)
            + count("\(name).status_5xx", traffic.status5xx, last?.status5xx)
            + ["\(name).in_flight:\(traffic.inFlight)|g"]
        if let p50 = traffic.p50Milliseconds { lines.append("\(name).p50_ms:\(p50)|g") }
        if let p99 = traffic.p99Milliseconds { lines.append("\(name).p99_ms:\(p99)|g") }
        return lines
    }

    private static func resources(_ resources: ResourceStats?, name: String) -> [String] {
        guard let resources else { return [] }
        return ["\(name).rss_bytes:\(resources.rssBytes)|g", "\(name).cpu_percent:\(resources.cpuPercent)|g"]
    }

    /// What a counter has grown by; one that went back began anew.
    private static func count(_ name: String, _ now: UInt64, _ before: UInt64?) -> [String] {
        guard let before else { return [] }
        let grown = now >= before ? now - before : now
        return grown > 0 ? ["\(name):\(grown)|c"] : []
    }

    /// The lines in datagrams, each as full as it may be.
    static func datagrams(_ lines: [String]) -> [[UInt8]] {
        var all: [[UInt8]] = []
        for line in lines {
            if let last = all.last, last.count + 1 + line.utf8.count <= datagramBytesMax {
                all[all.count - 1] += [0x0A] + Array(line.utf8)
            } else {
                all.append(Array(line.utf8))
            }
        }
        return all
    }
}
