internal import ArgumentParser
internal import PoolModel

/// `poolctl status --format`: a line for each worker, made of text and of fields in braces.
///
/// `{{` and `}}` are braces, `\t` and `\n` what they usually are. What a worker does not have is `-`; numbers are
/// plain, in base units, for programs: seconds, bytes.
struct StatusTemplate: ExpressibleByArgument, Hashable, Sendable {
    enum Field: String, CaseIterable {
        case pool, name, number, state, health, admin, routable, pid, uptime, restarts, life, generation, weight
        case requests, rate, inflight, errors, failed = "5xx", p50, p90, p99, cpu, rss, fds, address, why
    }

    private enum Part: Hashable {
        case text(String)
        case field(Field)
    }

    private var parts: [Part] = []

    /// nil where a brace is not closed, or a field is not known.
    init?(argument: String) {
        var text = ""
        var rest = Substring(argument)
        while let character = rest.popFirst() {
            switch (character, rest.first) {
            case ("{", "{"), ("}", "}"):
                text.append(character)
                rest.removeFirst()
            case ("{", _):
                guard let end = rest.firstIndex(of: "}"), let field = Field(rawValue: String(rest[..<end])) else {
                    return nil
                }
                if !text.isEmpty { parts.append(.text(text)) }
                text = ""
                parts.append(.field(field))
                rest = rest[rest.index(after: end)...]
            case ("}", _): return nil
            case ("\\", "t"), ("\\", "n"), ("\\", "\\"):
                text.append(rest.first == "t" ? "\t" : rest.first == "n" ? "\n" : "\\")
                rest.removeFirst()
            default: text.append(character)
            }
        }
        if !text.isEmpty { parts.append(.text(text)) }
    }

    func line(_ worker: WorkerSnapshot, at now: Timestamp) -> String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .field(let field): TerminalText.clean(StatusTemplate.value(field, worker, at: now) ?? "-")
            }
        }.joined()
    }

    private static func value(_ field: Field, _ worker: WorkerSnapshot, at now: Timestamp) -> String? {
        let (status, traffic, resources) = (worker.status, worker.traffic, worker.resources)
        func seconds(_ milliseconds: Double?) -> String? { milliseconds.map { String($0 / 1000) } }
        switch field {
        case .pool: return status.id.pool
        case .name: return worker.name
        case .number: return String(status.id.number)
        case .state: return status.state.rawValue
        case .health: return status.health.rawValue
        case .admin: return status.admin.rawValue
        case .routable: return String(status.isRoutable)
        case .pid: return status.process.map { String($0.pid) }
        case .uptime:
            return status.process == nil ? nil : status.startedAt.map { String(max(0, now.seconds - $0.seconds)) }
        case .restarts: return String(status.restarts)
        case .life: return String(status.life)
        case .generation: return String(status.generation)
        case .weight: return String(status.weight)
        case .requests: return String(traffic.requests)
        case .rate: return String(traffic.requestsPerSecond)
        case .inflight: return String(traffic.inFlight)
        case .errors: return String(traffic.errors)
        case .failed: return String(traffic.status5xx)
        case .p50: return seconds(traffic.p50Milliseconds)
        case .p90: return seconds(traffic.p90Milliseconds)
        case .p99: return seconds(traffic.p99Milliseconds)
        case .cpu: return resources.map { String($0.cpuPercent) }
        case .rss: return resources.map { String($0.rssBytes) }
        case .fds: return resources.map { String($0.fileDescriptors) }
        case .address: return status.address.description
        case .why:
            let why = StatusOutput.why(status, at: now)
            return why.isEmpty ? nil : why
        }
    }
}
