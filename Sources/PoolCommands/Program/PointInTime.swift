internal import ArgumentParser
internal import PoolModel

/// `--since`: how long ago (`10m`), or a time (`2026-11-22T07:41:05Z`).
enum PointInTime: ExpressibleByArgument, Hashable, Sendable {
    case ago(Duration)
    case at(Timestamp)

    init?(argument: String) {
        if let time = Timestamp(argument) {
            self = .at(time)
        } else if let ago = Duration(spoken: argument) {
            self = .ago(ago)
        } else {
            return nil
        }
    }

    func time(now: Timestamp) -> Timestamp {
        switch self {
        case .ago(let duration): Timestamp(microseconds: now.microseconds - duration.nanoseconds / 1000)
        case .at(let time): time
        }
    }
}
