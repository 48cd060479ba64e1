internal import PoolAPI
internal import PoolModel

/// The state in Prometheus' text format (version 0.0.4): names, units and types by its conventions.
struct MetricsText {
    private var text = ""

    /// Everything that ``GET /metrics`` says.
    static func render(_ state: StateSnapshot) -> String {
        var metrics = MetricsText()
        metrics.family("pool_build_info", "gauge", "The daemon's version; always 1.") {
            $0.sample(["version": APIVersion.product], 1)
        }
        metrics.workers(state)
        metrics.traffic(state)
        metrics.resources(state)
        return metrics.text
    }

    private mutating func workers(_ state: StateSnapshot) {
        family("pool_worker_state", "gauge", "1 for the worker's present process state.") { samples in
            for worker in state.workers {
                samples.sample(MetricsText.labels(worker) + [("state", worker.status.state.rawValue)], 1)
            }
        }
        gauge("pool_worker_routable", "Whether the worker takes requests.", state) { $0.status.isRoutable ? 1 : 0 }
        gauge("pool_worker_healthy", "Whether the probes find the worker healthy.", state) {
            $0.status.health == .healthy ? 1 : 0
        }
        counter("pool_worker_restarts_total", "Starts after the first that nobody asked for.", state) {
            Double($0.status.restarts)
        }
    }

    private mutating func traffic(_ state: StateSnapshot) {
        family("pool_worker_requests_total", "counter", "Finished exchanges by class of status.") { samples in
            for worker in state.workers {
                let traffic = worker.traffic
                let classes = [
                    ("1xx", traffic.status1xx), ("2xx", traffic.status2xx), ("3xx", traffic.status3xx),
                    ("4xx", traffic.status4xx), ("5xx", traffic.status5xx),
                ]
                for (name, count) in classes {
                    samples.sample(MetricsText.labels(worker) + [("code", name)], Double(count))
                }
            }
        }
        counter("pool_worker_errors_total", "Exchanges that failed at the worker.", state) { Double($0.traffic.errors) }
        counter("pool_worker_retries_total", "Requests sent again to another worker.", state) {
            Double($0.traffic.retries)
        }
        counter("pool_worker_received_bytes_total", "Bytes from clients.", state) { Double($0.traffic.bytesIn) }
        counter("pool_worker_sent_bytes_total", "Bytes to clients.", state) { Double($0.traffic.bytesOut) }
        gauge("pool_worker_in_flight", "Exchanges under way.", state) { Double($0.traffic.inFlight) }
        family("pool_worker_latency_seconds", "gauge", "Latency over the last minute by quantile.") { samples in
            for worker in state.workers {
                let traffic = worker.traffic
                let quantiles = [
                    ("0.5", traffic.p50Milliseconds), ("0.9", traffic.p90Milliseconds),
                    ("0.99", traffic.p99Milliseconds),
                ]
                for (quantile, value) in quantiles {
                    if let value { samples.sample(MetricsText.labels(worker) + [("quantile", quantile)], value / 1000) }
                }
            }
        }
    }

    private mutating func resources(_ state: StateSnapshot) {
        counter("pool_worker_cpu_seconds_total", "CPU time of the present process.", state) { $0.resources?.cpuSeconds }
        gauge("pool_worker_resident_memory_bytes", "Resident memory of the present process.", state) {
            $0.resources.map { Double($0.rssBytes) }
        }
        gauge("pool_worker_open_fds", "Open file descriptors of the present process.", state) {
            $0.resources.map { Double($0.fileDescriptors) }
        }
    }

    private mutating func gauge(
        _ name: String,
        _ help: String,
        _ state: StateSnapshot,
        _ value: (WorkerSnapshot) -> Double?
    ) {
        each(name, "gauge", help, state, value)
    }

    private mutating func counter(
        _ name: String,
        _ help: String,
        _ state: StateSnapshot,
        _ value: (WorkerSnapshot) -> Double?
    ) {
        each(name, "counter", help, state, value)
    }

    private mutating func each(
        _ name: String,
        _ type: String,
        _ help: String,
        _ state: StateSnapshot,
        _ value: (WorkerSnapshot) -> Double?
    ) {
        family(name, type, help) { samples in
            for worker in state.workers {
                if let value = value(worker) { samples.sample(MetricsText.labels(worker), value) }
            }
        }
    }

    /// The samples of one family, which must stand together.
    private struct Samples {
        let name: String
        var text = ""

        mutating func sample(_ labels: KeyValuePairs<String, String>, _ value: Double) {
            sample(labels.map { ($0.key, $0.value) }, value)
        }

        mutating func sample(_ labels: [(String, String)], _ value: Double) {
            let pairs = labels.map { "\($0)=\"\(MetricsText.escape($1))\"" }.joined(separator: ",")
            let number = value.rounded() == value && abs(value) < 1e15 ? String(Int64(value)) : String(value)
            text += "\(name){\(pairs)} \(number)\n"
        }
    }

    private mutating func family(_ name: String, _ type: String, _ help: String, _ fill: (inout Samples) -> Void) {
        var samples = Samples(name: name)
        fill(&samples)
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n\(samples.text)"
    }

    private static func labels(_ worker: WorkerSnapshot) -> [(String, String)] {
        [("pool", worker.status.id.pool), ("worker", worker.name)]
    }

    private static func escape(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
    }
}

extension StateSnapshot {
    fileprivate var workers: [WorkerSnapshot] { pools.flatMap(\.workers) }
}
