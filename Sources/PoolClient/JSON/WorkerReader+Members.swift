internal import PoolModel

/// The parts of a worker, key by key.
extension WorkerReader {
    private static let workerKeys = JSONKeys(["name", "resources", "status", "traffic"])

    func worker(at place: Int) -> WorkerSnapshot? {
        var name = ""
        var status: WorkerStatus?
        var traffic = TrafficStats()
        var resources: ResourceStats?
        let isWhole = members(place, WorkerReader.workerKeys, required: 0b1101) { key, value in
            switch key {
            case 0: return text(value, into: &name)
            case 1:
                resources = self.resources(at: value)
                return resources != nil
            case 2:
                status = self.status(at: value)
                return status != nil
            default: return self.traffic(at: value, into: &traffic)
            }
        }
        guard isWhole, let status else { return nil }
        return WorkerSnapshot(name: name, status: status, traffic: traffic, resources: resources)
    }

    // MARK: status

    private static let statusKeys = JSONKeys([
        "address", "admin", "attempt", "ejectedUntil", "generation", "health", "id", "isJoining", "lastExit",
        "lastProbe", "life", "process", "reason", "restarts", "retryAt", "since", "startedAt", "state", "weight",
    ])
    private static let states = JSONKeys(ProcessState.allCases.map(\.rawValue))
    private static let healths = JSONKeys(Health.allCases.map(\.rawValue))
    private static let admins = JSONKeys(AdminState.allCases.map(\.rawValue))

    private func status(at place: Int) -> WorkerStatus? {
        // Address and id are required: what stands here is never seen.
        var status = WorkerStatus(
            id: WorkerID(pool: "", number: 0),
            state: .stopped,
            address: .tcp(host: "", port: 0),
            since: Timestamp(microseconds: 0)
        )
        // All but ejectedUntil, isJoining, lastExit, lastProbe, process, reason, retryAt and startedAt.
        let required: UInt64 = 0b110_1010_0100_0111_0111
        let isWhole = members(place, WorkerReader.statusKeys, required: required) { key, value in
            switch key {
            case 0:
                guard let address = address(value) else { return false }
                status.address = address
            case 1: return word(value, WorkerReader.admins, AdminState.allCases, into: &status.admin)
            case 2: return whole(value, into: &status.attempt)
            case 3: return time(value, into: &status.ejectedUntil)
            case 4: return whole(value, into: &status.generation)
            case 5: return word(value, WorkerReader.healths, Health.allCases, into: &status.health)
            case 6:
                guard let id = id(value) else { return false }
                status.id = id
            case 7: return other(value, into: &status.isJoining)
            case 8: return other(value, into: &status.lastExit)
            case 9:
                status.lastProbe = probe(at: value)
                return status.lastProbe != nil
            case 10: return whole(value, into: &status.life)
            case 11:
                status.process = process(at: value)
                return status.process != nil
            case 12: return text(value, into: &status.reason)
            case 13: return whole(value, into: &status.restarts)
            case 14: return time(value, into: &status.retryAt)
            case 15:
                guard let since = time(value) else { return false }
                status.since = since
            case 16: return time(value, into: &status.startedAt)
            case 17: return word(value, WorkerReader.states, ProcessState.allCases, into: &status.state)
            default: return whole(value, into: &status.weight)
            }
            return true
        }
        return isWhole ? status : nil
    }

    private static let processKeys = JSONKeys(["pid", "startTicks"])

    private func process(at place: Int) -> ProcessIdentity? {
        var process = ProcessIdentity(pid: 0, startTicks: 0)
        let isWhole = members(place, WorkerReader.processKeys, required: 0b11) { key, value in
            key == 0 ? whole(value, into: &process.pid) : whole(value, into: &process.startTicks)
        }
        return isWhole ? process : nil
    }

    private static let probeKeys = JSONKeys(["at", "detail", "elapsedSeconds", "phase", "status"])
    private static let phases = JSONKeys(ProbeResult.Phase.allCases.map(\.rawValue))

    private func probe(at place: Int) -> ProbeResult? {
        var at: Timestamp?
        var detail = ""
        var elapsed = 0.0
        var phase = ProbeResult.Phase.done
        var status: Int?
        let isWhole = members(place, WorkerReader.probeKeys, required: 0b01111) { key, value in
            switch key {
            case 0: return time(value, into: &at)
            case 1: return text(value, into: &detail)
            case 2: return real(value, into: &elapsed)
            case 3: return word(value, WorkerReader.phases, ProbeResult.Phase.allCases, into: &phase)
            default:
                var code = 0
                guard whole(value, into: &code) else { return false }
                status = code
                return true
            }
        }
        guard isWhole, let at else { return nil }
        return ProbeResult(phase: phase, status: status, detail: detail, elapsed: .seconds(elapsed), at: at)
    }

    // MARK: figures

    private static let trafficKeys = JSONKeys([
        "bytesIn", "bytesOut", "clientAborts", "connectFailures", "ejections", "errors", "errorsPerSecond", "inFlight",
        "p50Milliseconds", "p90Milliseconds", "p99Milliseconds", "panics", "raceAvoided", "replayed", "requests",
        "requestsPerSecond", "retries", "status1xx", "status2xx", "status3xx", "status4xx", "status5xx", "timeouts",
        "tunnels",
    ])

    private func traffic(at place: Int, into traffic: inout TrafficStats) -> Bool {
        // All but the three latencies.
        members(place, WorkerReader.trafficKeys, required: 0b1111_1111_1111_1000_1111_1111) { key, value in
            switch key {
            case 0: whole(value, into: &traffic.bytesIn)
            case 1: whole(value, into: &traffic.bytesOut)
            case 2: whole(value, into: &traffic.clientAborts)
            case 3: whole(value, into: &traffic.connectFailures)
            case 4: whole(value, into: &traffic.ejections)
            case 5: whole(value, into: &traffic.errors)
            case 6: real(value, into: &traffic.errorsPerSecond)
            case 7: whole(value, into: &traffic.inFlight)
            case 8: real(value, into: &traffic.p50Milliseconds)
            case 9: real(value, into: &traffic.p90Milliseconds)
            case 10: real(value, into: &traffic.p99Milliseconds)
            case 11: whole(value, into: &traffic.panics)
            case 12: whole(value, into: &traffic.raceAvoided)
            case 13: whole(value, into: &traffic.replayed)
            case 14: whole(value, into: &traffic.requests)
            case 15: real(value, into: &traffic.requestsPerSecond)
            case 16: whole(value, into: &traffic.retries)
            case 17: whole(value, into: &traffic.status1xx)
            case 18: whole(value, into: &traffic.status2xx)
            case 19: whole(value, into: &traffic.status3xx)
            case 20: whole(value, into: &traffic.status4xx)
            case 21: whole(value, into: &traffic.status5xx)
            case 22: whole(value, into: &traffic.timeouts)
            default: whole(value, into: &traffic.tunnels)
            }
        }
    }

    private static let resourceKeys = JSONKeys([
        "cpuPercent", "cpuSeconds", "fileDescriptors", "rssBytes", "threads", "uptimeSeconds",
    ])

    private func resources(at place: Int) -> ResourceStats? {
        var stats = ResourceStats(
            cpuPercent: 0,
            cpuSeconds: 0,
            rssBytes: 0,
            threads: 0,
            fileDescriptors: 0,
            uptimeSeconds: 0
        )
        let isWhole = members(place, WorkerReader.resourceKeys, required: 0b111111) { key, value in
            switch key {
            case 0: real(value, into: &stats.cpuPercent)
            case 1: real(value, into: &stats.cpuSeconds)
            case 2: whole(value, into: &stats.fileDescriptors)
            case 3: whole(value, into: &stats.rssBytes)
            case 4: whole(value, into: &stats.threads)
            default: real(value, into: &stats.uptimeSeconds)
            }
        }
        return isWhole ? stats : nil
    }
}
