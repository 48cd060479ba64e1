internal import ArgumentParser
internal import PoolAPI
internal import PoolModel

/// What `poolctl wait --for` waits for.
enum WaitCondition: ExpressibleByArgument, Hashable, Sendable, CustomStringConvertible {
    case healthy
    case ready(Int)
    case running
    case stopped
    case daemon
    case operation(OperationID)

    init?(argument: String) {
        switch argument {
        case "healthy", "ready": self = .healthy
        case "running": self = .running
        case "stopped": self = .stopped
        case "daemon": self = .daemon
        default:
            if argument.hasPrefix("ready="), let count = Int(argument.dropFirst(6)), count >= 0 {
                self = .ready(count)
            } else if argument.hasPrefix("op"), let id = OperationID(argument.drop { $0 != ":" }.dropFirst()) {
                self = .operation(id)
            } else if let id = OperationID(argument) {
                self = .operation(id)
            } else {
                return nil
            }
        }
    }

    var description: String {
        switch self {
        case .healthy: "healthy"
        case .ready(let count): "ready=\(count)"
        case .running: "running"
        case .stopped: "stopped"
        case .daemon: "daemon"
        case .operation(let id): "op:\(id)"
        }
    }

    /// Throws where a selector means nobody.
    func holds(in state: StateSnapshot, for selectors: [Selector]) throws(PoolError) -> Bool {
        let workers = try chosen(in: state, for: selectors)
        return switch self {
        case .healthy: workers.allSatisfy(\.isRoutable) && !workers.isEmpty && gates(in: state, for: workers).isEmpty
        case .ready(let count): workers.count(where: \.isRoutable) >= count
        case .running: workers.allSatisfy { $0.state == .running } && !workers.isEmpty
        case .stopped: workers.allSatisfy { !$0.state.isAlive && $0.state != .backoff }
        case .daemon: true
        case .operation(let id): state.operations.first { $0.id == id }?.state.isFinished ?? false
        }
    }

    /// The fronts of the workers that let nothing through: `pool example: held until …`.
    private func gates(in state: StateSnapshot, for workers: [WorkerStatus]) -> [String] {
        let concerned = Set(workers.map(\.id.pool))
        return state.pools.filter { concerned.contains($0.name) }.compactMap { pool in
            pool.gate.map { "pool \(pool.name): \($0.words) (poolctl front open \(pool.name))" }
        }
    }

    private func chosen(in state: StateSnapshot, for selectors: [Selector]) throws(PoolError) -> [WorkerStatus] {
        let all = state.pools.flatMap(\.workers).map(\.status)
        guard !selectors.isEmpty else { return all }
        let chosen = Set(try Selector.resolve(selectors, among: all))
        return all.filter { chosen.contains($0.id) }
    }

    /// What keeps it from being so, among what was asked about: `example_2: STARTING, unknown: waiting for the first
    /// probe`.
    func reasons(in state: StateSnapshot, for selectors: [Selector]) -> [String] {
        let workers = (try? chosen(in: state, for: selectors)) ?? []
        let late = workers.filter {
            switch self {
            case .healthy, .ready: !$0.isRoutable
            case .running: $0.state != .running
            case .stopped: $0.state.isAlive || $0.state == .backoff
            case .daemon, .operation: false
            }
        }
        return (self == .healthy ? gates(in: state, for: workers) : [])
            + late.map {
                let why = StatusOutput.why($0, at: state.at)
                return "\($0.id): \($0.state.rawValue), \($0.health.rawValue)\(why.isEmpty ? "" : ": \(why)")"
            }
    }
}
