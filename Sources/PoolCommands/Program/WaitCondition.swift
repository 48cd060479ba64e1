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
        let all = state.pools.flatMap(\.workers).map(\.status)
        let chosen = selectors.isEmpty ? nil : Set(try Selector.resolve(selectors, among: all))
        let workers = all.filter { chosen?.contains($0.id) ?? true }
        return switch self {
        case .healthy: workers.allSatisfy(\.isRoutable) && !workers.isEmpty
        case .ready(let count): workers.count(where: \.isRoutable) >= count
        case .running: workers.allSatisfy { $0.state == .running } && !workers.isEmpty
        case .stopped: workers.allSatisfy { !$0.state.isAlive && $0.state != .backoff }
        case .daemon: true
        case .operation(let id): state.operations.first { $0.id == id }?.state.isFinished ?? false
        }
    }

    /// Who keeps it from being so, and why: `example_2: STARTING, unknown: waiting for the first probe`.
    func reasons(in state: StateSnapshot) -> [String] {
        state.pools.flatMap(\.workers).filter {
            switch self {
            case .healthy, .ready: !$0.status.isRoutable
            case .running: $0.status.state != .running
            case .stopped: $0.status.state.isAlive || $0.status.state == .backoff
            case .daemon, .operation: false
            }
        }.map {
            let why = StatusOutput.why($0.status, at: state.at)
            return
                "\($0.name): \($0.status.state.rawValue), \($0.status.health.rawValue)\(why.isEmpty ? "" : ": \(why)")"
        }
    }
}
